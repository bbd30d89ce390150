"""The golden file: what gradproof says today about every subject and every labelled slip.

``python -m tests.golden`` says it all again and prints what moved; see ``__main__.py``.
"""
