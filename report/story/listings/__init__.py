"""Code for readers to copy. The book shows these files, and runs them."""
