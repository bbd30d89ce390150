"""Arguments that are made of several arrays: lists, tuples, dictionaries, weights of the module."""
