"""The quantities that a term of backward may be made of, and how they are written."""
