"""Which outputs depend on which inputs, and which evaluations can share a call."""
