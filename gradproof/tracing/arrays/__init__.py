"""The traced array, and NumPy's functions on it."""
