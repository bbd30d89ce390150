"""What the code computes: forward and backward of each operation in NumPy, written by hand.

One file per operation. Each ``forward`` returns ``(y, cache)``; ``backward(dy, cache)`` takes the
upstream gradient and returns the gradients. The decorators on them validate, convert and copy
(``impl/_contract.py``); ``inspect.unwrap(forward)`` is the bare formula. ``impl/network/`` composes
them into networks that learn.
"""
