"""What functions do to the arrays that they are given, beside what they return."""
