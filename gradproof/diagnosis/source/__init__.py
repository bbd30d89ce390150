"""The author's text: where something stands in it, and how it runs when rewritten."""
