"""The conventions by which people write gradients: how each is found and called."""
