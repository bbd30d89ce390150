"""A computation written down step by step: plain data that can be carried out again."""
