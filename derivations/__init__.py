"""What the mathematics says: one file per operation, each with a ``DERIVATION``."""
