"""The chapters of the story, each with its tasks and what is made of their results.

A chapter file has ``TITLE``, ``INTRO``, ``FIGURES`` (the names of the figures that must stand in
it), ``tasks(scale)``, which names groups of tasks, and ``blocks(results)``, which gets the results
of each group.
"""
