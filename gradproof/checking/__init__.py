"""Check the gradients of other people's files: find the pairs, call them, judge them, print."""
