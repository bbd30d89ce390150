"""Right formulas whose floats are wrong: the step that loses digits, and its stable form."""
