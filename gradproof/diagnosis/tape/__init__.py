"""A run of forward and backward, written down array by array, to be carried out again."""
