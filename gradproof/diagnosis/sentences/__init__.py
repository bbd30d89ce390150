"""The sentences about a slip, in both languages."""
