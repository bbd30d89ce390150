"""Where a gradient is looked at: inputs, other sizes and parameters, extreme numbers."""
