"""The arguments of a call in terms of plain arrays, whatever structure they came in."""
