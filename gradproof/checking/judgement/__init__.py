"""From a pair that can be called to a verdict that was confirmed."""
