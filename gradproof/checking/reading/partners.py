"""Which function a derivative is the derivative of, by its name, its parameters and its text.

A name can say it wholly (relu_prime beside relu, kernel_grad_ell beside kernel(x, z, ell)); or it
says only that there is a derivative (jacobian, forces, linearize), and the function is the one of
the file that takes the same parameters.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradproof.checking.reading.listed import does_otherwise, speaks_of_derivative
from gradproof.checking.source.argument_roles import parameters
from gradproof.checking.source.gradient_names import (
    BARE_JACOBIANS,
    LOSS,
    argument_of,
    first_known,
    forwards_of,
    gradient_cores,
    looks_backward,
    looks_upstream,
    second_of,
)

Functions = Mapping[str, ast.FunctionDef]

# A derivative that a field has a word for -> what it is the derivative of, in names or docstrings.
_WORDS = {"forces?": r"energy|potential|hamiltonian", "lineari[sz](e|ed|ation)": r"."}
# One that may mean something else as well: a classifier's score(X, y) is no derivative.
_VAGUE = {"score": r"log_?lik|loglike|likelihood|posterior|log_?(p|prob|pdf|density)\b|nll"}
_HESSIAN = re.compile(r"hess|헤시안|(prime|deriv|grad|derivative)_?(2|two|second)$", re.I)
_NEGATIVE = re.compile(r"\W*(\w+\W+){0,3}(minus|negative|negated)\b.*(gradient|derivative)", re.I)
_NEGATED = re.compile(r"(^|_)(neg(ative)?|minus)(_|log)|nll", re.I)
_SAYS = re.compile(  # "Minus the gradient of the energy."
    r"\W*(\w+\W+){0,3}(gradients?|derivatives?|jacobians?|partials?)\b"
    r"[^.]*\b(of|by|with respect to|w\.?r\.?t)\b"
    r"|[^.]*(기울기|미분|도함수|야코비안)",
    re.I,
)


@dataclass(frozen=True)
class Partner:
    """The function that a derivative belongs to.

    guessed: whether neither names, calls nor text say so, only that no other function takes the
             same parameters.
    """

    name: str
    guessed: bool = False


def partner(name: str, node: ast.FunctionDef, functions: Functions) -> Partner | None:
    """What a function is the derivative of, among the functions of its file; None for none.

    >>> text = "def f(x, a): ...\\ndef f_grad_a(x, a): ...\\ndef g(x): ..."
    >>> found = {each.name: each for each in ast.parse(text).body}
    >>> partner("f_grad_a", found["f_grad_a"], found), partner("g", found["g"], found)
    (Partner(name='f', guessed=False), None)
    """
    hessian = bool(_HESSIAN.search(name))
    if hessian:  # of the gradient, not of the function
        said = first_known(second_of(name), functions, name)
    else:
        said = (
            _beside_gradient(name, node, functions)
            or first_known(forwards_of(name), functions, name)
            or _by_argument(name, functions)
            or _by_upstream(name, node, functions)
            or _same_parameters(name, node, functions)
        )
    if said is not None:
        return None if said == name else Partner(said)
    return _only_other(name, node, functions, hessian)


def speaks(name: str, node: ast.FunctionDef, functions: Functions) -> bool:
    """Whether a function says that it is a derivative, in words of any field or in its text."""
    return (
        speaks_of_derivative(name)
        or _is_of_own_loss(name, node, functions)
        or _says_so(name, node)
        or any(
            _in_field(name, functions[each], _WORDS | _VAGUE)
            for each in _alike(name, node, functions)
        )
    )


def signs_of(
    name: str, node: ast.FunctionDef, functions: Functions, of: Partner | None = None
) -> tuple[int, ...]:
    """What a derivative is to be multiplied by to be that of its partner, likeliest first.

    of: the partner, where it is known.

    Minus one where its text says so, and for forces beside an energy; either sign for a score
    beside a negative log likelihood, and for their Hessian.

    >>> text = "def nll(w, x): ...\\ndef score(w, x): ...\\ndef energy(x): ...\\ndef force(x): ..."
    >>> found = {each.name: each for each in ast.parse(text).body}
    >>> [signs_of(each, found[each], found) for each in ("score", "force", "nll")]
    [(-1, 1), (-1,), (1,)]
    """
    of = of or partner(name, node, functions)
    if of is None:
        return (1,)
    if _HESSIAN.search(name):
        return (1,) if signs_of(of.name, functions[of.name], functions) == (1,) else (-1, 1)
    named = [word for word in _WORDS | _VAGUE if _is_called(name, word)]
    if _NEGATIVE.match(_first_sentence(node)) or "forces?" in named:
        return (-1,)
    return (-1, 1) if "score" in named and _NEGATED.search(of.name) else (1,)


def _by_argument(name: str, functions: Functions) -> str | None:
    """The function of which a name is the derivative by one of its parameters: df_du."""
    return next((each for each, other in functions.items()
                 if each != name and argument_of(name, each, parameters(other))), None)  # fmt: skip


def _by_upstream(name: str, node: ast.FunctionDef, functions: Functions) -> str | None:
    """The function after which an upstream gradient is called: K beside update(dL_dK, X)."""
    given = parameters(node)
    if not speaks_of_derivative(name) and not re.search(r"grad", name, re.I):
        return None
    for each in filter(looks_upstream, given):
        for core in gradient_cores(each):
            if core in functions and core != name and {*parameters(functions[core])} & {*given}:
                return core
    return None


def _beside_gradient(name: str, node: ast.FunctionDef, functions: Functions) -> str | None:
    """What a Jacobian is of where a gradient beside it takes the objective: the constraints.

    Its own name where nothing is left for it.
    """
    gradient = first_known(iter(("gradient", "grad")), functions, name)
    if name not in BARE_JACOBIANS or gradient is None:
        return None
    objective = first_known(forwards_of(gradient), functions, gradient)
    if objective is None or objective != first_known(forwards_of(name), functions, name):
        return None
    left = [each for each in _alike(name, node, functions)
            if each != objective and not speaks_of_derivative(each)]  # fmt: skip
    return left[0] if len(left) == 1 else name


def _same_parameters(name: str, node: ast.FunctionDef, functions: Functions) -> str | None:
    """The one loss with the parameters of a function that speaks of a gradient: loss(w, b, x, y)
    beside backprop(w, b, x, y)."""
    spoken = looks_backward(name) or speaks_of_derivative(name)
    if len(parameters(node)) < 2 or not (spoken or _is_of_own_loss(name, node, functions)):
        return None
    losses = [each for each in _alike(name, node, functions)
              if LOSS.search(each) and not speaks_of_derivative(each)]  # fmt: skip
    return losses[0] if len(losses) == 1 else None


def _is_of_own_loss(name: str, node: ast.FunctionDef, functions: Functions) -> bool:
    """Whether a loss with the same parameters has the name of a gradient and more: policy_gradient
    beside policy_gradient_loss, which by itself may be the name of a way to train."""
    return "grad" in name.lower() and any(
        each.startswith(name) and LOSS.search(each.removeprefix(name))
        for each in _alike(name, node, functions)
    )


def _only_other(
    name: str, node: ast.FunctionDef, functions: Functions, hessian: bool
) -> Partner | None:
    """The one function with the parameters of a derivative, and which is none itself; or the one
    that its text names: forward_kinematics(q) beside jacobian(q)."""
    given = parameters(node)
    upstream = any(looks_upstream(each) for each in given if each != "dt")  # a time step
    if not given or upstream or not speaks(name, node, functions):
        return None
    if hessian:  # of the gradient, not of the function
        return _only(_gradients(name, node, functions))
    alike = [
        each for each in _alike(name, node, functions)
        if not (speaks_of_derivative(each) or looks_backward(each))
    ]  # fmt: skip
    text = ast.get_docstring(node) or ""
    named = [each for each in alike if re.search(rf"\b{re.escape(each)}\b", text)]
    field = [each for each in alike if _in_field(name, functions[each], _WORDS)]
    core = [each for each in alike if _has_core(name, each)]
    for found in (named, field, core):
        if len(found) == 1:
            return Partner(found[0])
    return _only(alike)


def _only(found: Sequence[str]) -> Partner | None:
    return Partner(found[0], guessed=True) if len(found) == 1 else None


def _alike(name: str, node: ast.FunctionDef, functions: Functions) -> Iterator[str]:
    """The other functions that take the same parameters."""
    given = parameters(node)
    return (each for each, other in functions.items()
            if each != name and given and parameters(other) == given)  # fmt: skip


def _gradients(name: str, node: ast.FunctionDef, functions: Functions) -> list[str]:
    """The derivatives with the same parameters, of which a Hessian may be the derivative."""
    return [
        each for each in _alike(name, node, functions)
        if not _HESSIAN.search(each) and (
            speaks(each, functions[each], functions) or each in ("df", "fprime", "g", "der"))
    ]  # fmt: skip


def _in_field(name: str, other: ast.FunctionDef, words: Mapping[str, str]) -> bool:
    """Whether a field calls the derivative of such a function by such a name: forces, energy."""
    said = f"{other.name} {_first_sentence(other)}"
    return any(_is_called(name, word) and re.search(of, said, re.I) for word, of in words.items())


def _is_called(name: str, word: str) -> bool:
    """Whether a field's word stands in a name as a word: spring_forces."""
    return bool(re.fullmatch(rf"(\w+_)?{word}(_\w+)?", name, re.I))


def _has_core(name: str, other: str) -> bool:
    """Whether what a derivative's name speaks of is a word of the other's: jac_f of f_motion."""
    cores = {core for core in forwards_of(name) if core != name}
    return bool(cores & set(other.split("_")))


def _says_so(name: str, node: ast.FunctionDef) -> bool:
    """Whether a function's text begins by saying that it is a derivative."""
    said = _SAYS.match(_first_sentence(node))
    return bool(said) and not (LOSS.search(name) or does_otherwise(name))


def _first_sentence(node: ast.FunctionDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n\n")[0]


__all__ = ["Partner", "partner", "signs_of", "speaks"]
