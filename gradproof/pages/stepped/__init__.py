"""The graph of an operation that one can step through: built, gone back, drawn, told."""
