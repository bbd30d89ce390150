"""Exercises on the course's path, judged by proof: ``gradproof learn``.

An exercise is a Markdown file in ``exercises/`` for each language: ``exercise_text.py`` reads it.
"""
