"""Functions that no one here wrote, and how the numeric check fares on them.

``python -m benchmarks.strangers`` runs right code (false accusations, error bars), and with
``--wrong`` every single change of it (false passes).
"""
