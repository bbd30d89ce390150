"""The reference is made of docstrings: each public name has its sections, and its examples run."""

import doctest
import importlib.util
import inspect
import re

import numpy as np
import pytest

import gradproof

LIBRARIES = {"check_torch": "torch", "check_jax": "jax"}
INSTALLED = {name for name, library in LIBRARIES.items() if importlib.util.find_spec(library)}
PUBLIC = [
    name
    for name in gradproof.__all__
    if name != "WITNESSES" and (name not in LIBRARIES or name in INSTALLED)
]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(gradproof, name))]
# Records that somebody else makes: an example would say nothing beyond their attributes.
WITHOUT_EXAMPLES = {"Operation", "Witness"}


def documented(name: str, section: str = "") -> str:
    """The docstring of a public name, or one section of it."""
    text = inspect.getdoc(getattr(gradproof, name)) or ""
    if not section:
        return text
    found = re.search(rf"^{section}\n-+\n(.*?)(?=^\S[^\n]*\n-{{3,}}$|\Z)", text, re.M | re.S)
    return found.group(1) if found else ""


def named(section: str) -> set[str]:
    """The names that a section describes: lines that are not indented, up to their colon."""
    lines = [line.partition(" : ")[0] for line in section.splitlines() if line[:1].strip()]
    return {name.strip(" *") for line in lines for name in line.split(",")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_described(name: str) -> None:
    parameters = inspect.signature(getattr(gradproof, name)).parameters
    assert named(documented(name, "Parameters")) == set(parameters)
    assert documented(name, "Returns")


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - set(FUNCTIONS) - {"Status"}))
def test_every_attribute_is_described(name: str) -> None:
    fields = getattr(gradproof, name).__dataclass_fields__
    assert named(documented(name, "Attributes")) == set(fields)


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - WITHOUT_EXAMPLES))
def test_the_examples_run(name: str) -> None:
    known = {"np": np, **{each: getattr(gradproof, each) for each in PUBLIC}}
    if name in LIBRARIES:
        known[LIBRARIES[name]] = importlib.import_module(LIBRARIES[name])
    test = doctest.DocTestParser().get_doctest(documented(name), known, name, None, None)
    if name != "load_operations":  # its example needs a clone
        assert test.examples
    assert not doctest.DocTestRunner().run(test).failed


def test_a_parameter_without_a_word_is_found() -> None:
    assert named("x, y : array\n    Two points.\n*rest\n    More.\n") == {"x", "y", "rest"}
    assert "seed" not in named("x : array\n    seed : not a name here\n")
