"""The book: every operation's page, in the order of the course. ``python -m report`` prints it."""
