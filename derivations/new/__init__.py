"""``python -m derivations.new NAME``: write the two files of a new operation."""
