"""Whether an expression is zero: exact normal forms, and a random point of a prime field."""
