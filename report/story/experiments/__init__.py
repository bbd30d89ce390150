"""The experiments: each file has ``run(**parameters)``, which returns plain data.

A result is a function of the parameters alone: whatever is drawn at random has its seed there.
"""
