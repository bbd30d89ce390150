"""The page about one's own file: its source with every wrong term marked, and each verdict."""
