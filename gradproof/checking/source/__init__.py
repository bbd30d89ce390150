"""What the text of a file says, read without running it."""
