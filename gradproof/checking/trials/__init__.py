"""Inputs with which a stranger's function is tried: shapes, settings, instances."""
