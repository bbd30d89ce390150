"""The namespace in which the user's code runs: nothing else in the process changes."""
