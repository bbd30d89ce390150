"""The processes of a check: those that judge, those that run a file, how they speak."""
