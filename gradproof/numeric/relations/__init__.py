"""How a wrong gradient relates to the true one, where only numbers are known."""
