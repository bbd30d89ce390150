"""The parameters of a program as it is called, and which of them backward has."""

from __future__ import annotations

import ast
from typing import Any

from gradproof.arguments.signatures import accepted, signature_of
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.tape import Tape
from gradproof.diagnosis.tape.tape_recorder import is_number
from gradproof.tracing.record_trace import Program

TINY = 0.01  # a smaller number, such as eps, hardly shows: whatever is wrong about it
_EVERYWHERE = (0.0, 1.0, -1.0, 2.0)  # such a number in backward need not be a parameter


def parameters_of(program: Program) -> dict[str, Any]:
    """Return forward's parameters with the values that they have in a call."""
    signature = signature_of(program.forward)
    found = signature.parameters.values() if signature is not None else ()
    known = {p.name: p.default for p in found if p.kind is not p.VAR_KEYWORD}
    given = accepted(program.forward, program.constants)
    return {k: v for k, v in known.items() if k not in program.inputs} | given


def forward_alone(program: Program, tape: Tape) -> dict[str, float]:
    """Return the parameters that are numbers and that backward has not, under any name."""
    numbers = {k: float(v) for k, v in parameters_of(program).items() if is_number(v)}
    accepted = _accepted(program)
    return {k: v for k, v in numbers.items()
            if k not in accepted and k not in tape.constants
            and v not in tape.constants.values()}  # fmt: skip


def written_out(program: Program, tape: Tape) -> set[str]:
    """Return the parameters that backward has as a number instead of by name."""
    later = tape.ops[tape.start :]
    numbers = {float(a) for op in later for a in op.args if is_number(a)}
    return {k for k, v in forward_alone(program, tape).items()
            if v in numbers and v not in _EVERYWHERE}  # fmt: skip


def relied_on(program: Program, asked: Program, tape: Tape) -> set[str]:
    """Return the parameters that have other values in a program than in the one that was asked
    about, where a backward that has them not may be right for those alone."""
    own = parameters_of(asked)
    return {k for k, v in forward_alone(program, tape).items()
            if is_number(own.get(k)) and v != own[k] and abs(own[k]) >= TINY}  # fmt: skip


def given_values(naming: Naming, asked: Program) -> dict[str, float | None]:
    """Return the values that forward's own numbers have as the code is called; None where that
    depends on the sizes of the inputs."""
    parameters = parameters_of(asked)
    found: dict[str, float | None] = {}
    for name, value in naming.tape.foreign.items():
        if name in parameters:
            found[name] = parameters[name] if is_number(parameters[name]) else None
        else:
            fixed = name.startswith("self.") or _is_written(naming, name)
            found[name] = value if fixed else None
    return found


def _is_written(naming: Naming, name: str) -> bool:
    """Whether a variable of forward is assigned nothing but a number."""
    files = {op.site.file for op in naming.tape.ops[: naming.tape.start] if op.site is not None}
    values = [node.value for file in files for node in naming.sources.nodes(file)
              if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name]  # fmt: skip
    return bool(values) and all(isinstance(value, ast.Constant) for value in values)


def _accepted(program: Program) -> set[str]:
    signature = signature_of(program.backward)
    return set() if signature is None else set(signature.parameters)
