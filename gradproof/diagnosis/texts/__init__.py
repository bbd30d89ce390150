"""Slips seen in the author's text: each change is put into the file and run."""
