"""Theorems of the course that are not about one operation's gradient: no partner in ``impl``."""
