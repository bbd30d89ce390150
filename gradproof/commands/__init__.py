"""Commands beside ``gradproof check``: each adds its parser to the command line's, and runs."""
