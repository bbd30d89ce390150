"""How a pair of a stranger's is read: what it takes, what it returns, by which convention."""
