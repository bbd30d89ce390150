"""What a verdict about tensors says beside the numbers: the precision, and code to paste."""

from __future__ import annotations

from typing import Any

import torch

from gradproof.adapters.torch_arrays import DOUBLE, Pair, to_array
from gradproof.arguments.returned import gradient_name
from gradproof.verdicts import Counterexample

# Arrays with more elements are not written down.
_PRINTED = 64


def precision_told(pair: Pair) -> list[str]:
    """In which precision the gradient was checked, where the tensors are not double."""
    given = list(
        dict.fromkeys(
            str(leaf.tensor.dtype).removeprefix("torch.")
            for leaf in pair.call.leaves
            if leaf.moves and leaf.tensor.dtype not in DOUBLE
        )
    )
    return pair.precision.told(pair.call.name, given)


def snippet(pair: Pair, example: Counterexample) -> str:
    """Code that prints the element that is wrong; "" where it takes more than a few numbers."""
    call = pair.call
    name, element = _place(example.at, [leaf.name for leaf in call.leaves])
    simple = call.called and all(leaf.name.isidentifier() for leaf in call.leaves)
    if not simple or not name or "dy" not in example.inputs or len(pair.carrying or ()) != 1:
        return ""
    if call.log is not None and call.taken != len(call.leaves):
        return ""
    if any(leaf.tensor.is_complex() for leaf in call.leaves):  # elements are named by their parts
        return ""
    if sum(leaf.tensor.numel() for leaf in call.leaves) > _PRINTED:
        return ""
    lines = ["import torch", ""]
    for leaf in call.leaves:
        grad = ", requires_grad=True" if leaf.name in pair.wanted else ""
        dtype = "float64" if leaf.moves and not pair.precision.narrow else _dtype(leaf.tensor)
        lines.append(
            f"{leaf.name} = torch.tensor({_numbers(leaf.tensor)}, dtype=torch.{dtype}{grad})"
        )
    which = f"[{pair.carrying[0]}]" if pair.count > 1 and pair.carrying else ""
    lines += [
        f"y = {call.called}({', '.join(leaf.name for leaf in call.leaves)}){which}",
        f"y.backward(torch.tensor({example.inputs['dy']}, dtype=y.dtype))",
        f"print({name}.grad{element})  # wanted: {example.wanted}",
    ]
    return "\n".join(lines)


def _place(at: str, names: list[str]) -> tuple[str, str]:
    """ "dx[0, 2]" as the name of the input and the element."""
    for name in names:
        called = gradient_name(name)
        if at == called or at.startswith(f"{called}["):
            return name, at[len(called) :]
    return "", ""


def _numbers(tensor: torch.Tensor) -> Any:
    return repr(to_array(tensor).tolist()).replace("inf", "float('inf')")


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


__all__ = ["precision_told", "snippet"]
