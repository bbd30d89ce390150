"""The search for the change of backward after which its gradient is true."""
