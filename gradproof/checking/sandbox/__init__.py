"""The process in which a file under check runs, and everything that confines it."""
