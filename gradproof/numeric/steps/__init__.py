"""Derivatives along a line, from steps of many sizes, each with a bound on its error."""
