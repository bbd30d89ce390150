"""The modes of a numeric check: every element, sums over classes, sketches, directions."""
