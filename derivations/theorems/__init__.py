"""Theorems of the course that are not about one operation's gradient: no ``impl`` file pairs them."""
