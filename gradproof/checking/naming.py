"""Names by which people say what is a backward of what, and what a gradient is a gradient of."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

FLAGS = ("deriv", "derivative", "derive", "der", "prime", "grad", "gradient")
FORWARD_METHODS = ("__call__", "fn", "forward", "activate", "activation", "f", "function", "func",
                   "loss", "call", "apply", "evaluate")  # fmt: skip
DERIVATIVE_METHODS = ("gradient", "derivative", "grad", "prime", "deriv", "f_prime", "df", "dfn",
                      "activate_prime", "backward", "derivate")  # fmt: skip

_SUFFIXES = ("_prime", "_derivative", "_deriv", "_der", "_gradient", "_grad", "_derivate", "_d",
             "_backward", "_backprop", "_back", "_bwd", "Prime", "Derivative", "Deriv", "Grad",
             "Gradient", "Backward")  # fmt: skip
_PREFIXES = ("derivative_of_", "gradient_of_", "derivative_", "gradient_", "deriv_", "grad_",
             "backward_", "d_", "d")  # fmt: skip
_UPSTREAM = re.compile(
    r"(d[A-Z_]\w*|d(out|y|a|z|h|l|x|t|s|o|next\w*|output|top|upstream|loss|next_h)|.*grad(ient)?s?(_\w+)?|"
    r"upstream\w*|delta\w*|err(or)?|g|eta|sensitivity|top_diff)"
)
_GRADIENT_OF = re.compile(
    r"(?:dL_?d_?|dJ_?d_?|d_?loss_d|grad_|gradient_|d_|d)(\w+)|(\w+)_grad(?:ient)?"
)
LOSS = re.compile(
    r"loss|cost|entropy|mse|mae|hinge|svm|nll|objective|criterion|squared_error", re.I
)


def looks_upstream(name: str) -> bool:
    """Whether a parameter's name is one for the upstream gradient: dout, dA, grad_output."""
    return bool(_UPSTREAM.fullmatch(name))


def looks_backward(name: str) -> bool:
    """Whether a function's name says that it computes a gradient by an upstream gradient."""
    return bool(re.search(r"back(ward|prop)?(_|$)|bwd|Backward", name))


def forwards_of(name: str) -> Iterator[str]:
    """The names that the forward of a function called ``name`` may have, best first."""
    for word, other in (("backward", "forward"), ("Backward", "Forward"), ("bwd", "fwd"),
                        ("backprop", "forward"), ("back", "forward")):  # fmt: skip
        if word in name:
            swapped = name.replace(word, other)
            yield swapped
            yield re.sub(r"_(alt|fast|naive|v\d|\d|wrong|right|simple)$", "", swapped)
            break
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            base = name.removesuffix(suffix)
            yield from (base, f"{base}_forward", f"{base}_fwd")
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            base = name.removeprefix(prefix)
            yield from (base, f"{base}_forward")


def gradient_target(name: str, targets: Sequence[str]) -> str | None:
    """What a gradient called ``name`` is a gradient of, among ``targets``: dW -> W.

    The exact name counts more than one that differs in case; None where neither is unique.
    """
    found = [m for m in _GRADIENT_OF.finditer(name) if m.group() == name]
    cores = [part for match in found for part in match.groups() if part]
    for core in [*cores, name]:
        if core in targets:
            return core
    for core in cores:
        alike = [t for t in targets if t.lower().lstrip("_") == core.lower().lstrip("_")]
        if len(alike) == 1:
            return alike[0]
    return None


def gradient_names(name: str) -> list[str]:
    """The names under which the gradient of ``name`` may be kept."""
    bare = name.lstrip("_")
    return [form.format(n) for n in dict.fromkeys((name, bare, bare.lower(), bare.capitalize()))
            for form in ("d{}", "d_{}", "grad_{}", "{}_grad", "dLd{}", "dL_d{}", "dJd{}", "grad{}",
                         "{}_gradient", "gradient_{}", "g{}", "delta_{}", "_d{}",
                         "_grad_{}")]  # fmt: skip


def first_known(names: Iterator[str], known: Container[str], but: str) -> str | None:
    """The first of the names that is known and is not ``but``."""
    return next((name for name in names if name in known and name != but), None)
