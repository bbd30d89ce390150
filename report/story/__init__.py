"""The story of the course, from one line to a deep network: experiments, figures and chapters.

``experiments/`` compute numbers (NumPy and ``impl`` only), each in a process and cached by
content; ``chapters/`` draw them and say what is seen, with every number taken from the data.
"""
