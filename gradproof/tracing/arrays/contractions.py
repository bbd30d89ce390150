"""Products of traced arrays that sum over axes: everything goes through ``contract``."""

from __future__ import annotations

import itertools
import string
from typing import Any

import numpy as np

from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.array_reductions import reduce_with
from gradproof.tracing.arrays.lifting import lift, numbers, wrap
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.batch_sum import batch_sum
from gradproof.tracing.errors import NotTraceableError
from gradproof.tracing.nodes import Node


def _with_labels(array: TracedArray, labels: str, order: str) -> tuple[np.ndarray, set[str]]:
    """Return the nodes with one axis per label of ``order``, of length 1 where absent."""
    data = numbers(array)
    if len(labels) != data.ndim:
        raise ValueError(f"einsum: {labels!r} has {len(labels)} labels for {data.ndim} axes")
    batch = {labels[axis] for axis in array.batch}
    while len(set(labels)) < len(labels):
        label = next(c for c in labels if labels.count(c) > 1)
        first, second = [i for i, c in enumerate(labels) if c == label][:2]
        if label in batch:
            raise NotTraceableError("the diagonal of a batch axis")
        data = np.diagonal(data, axis1=first, axis2=second)
        labels = "".join(c for i, c in enumerate(labels) if i not in (first, second)) + label
    data = np.transpose(data, [labels.index(c) for c in order if c in labels])
    shape, lengths = [], dict(zip((c for c in order if c in labels), data.shape))
    for label in order:
        shape.append(lengths.get(label, 1))
    return data.reshape(shape), batch


def contract(inputs: list[str], output: str, arrays: list[TracedArray]) -> Any:
    """Return the sum, over the labels missing from the output, of the product of the arrays."""
    order = output + "".join(dict.fromkeys(c for c in "".join(inputs) if c not in output))
    batch: set[str] = set()
    parts: list[np.ndarray] = []
    lengths: dict[str, int] = {}
    for array, labels in zip(arrays, inputs):
        part, has = _with_labels(array, labels, order)
        batch |= has
        parts.append(part)
        for label, n in zip(order, part.shape):
            if label in labels and lengths.setdefault(label, n) != n:
                raise ValueError(f"einsum: lengths {lengths[label]} and {n} for one axis")
    if len(batch) > 1:
        raise NotTraceableError("a product with two batch axes")
    for array, labels in zip(arrays, inputs):
        lost = {c for i, c in enumerate(labels) if c in batch and i not in array.batch}
        if lost:
            raise NotTraceableError("an axis of fixed length against the batch axis")
    product = np.frompyfunc(lambda *nodes: ex.mul(*nodes), len(parts), 1)(*parts)
    if not isinstance(product, np.ndarray):
        product = np.array(product, dtype=object)
    product = np.broadcast_to(product, [lengths[c] for c in order])
    dtype = np.result_type(*(array.dtype for array in arrays))
    joined = TracedArray(product, dtype, frozenset(order.index(c) for c in batch))
    summed = tuple(range(len(output), len(order)))
    if not summed:
        return wrap(product, dtype, joined.batch)
    return reduce_with(joined, _add, summed, False, dtype, product, batch_sum)


def _add(row: Any) -> Node:
    return ex.add(*row)


def einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    """np.einsum, with a string of subscripts or with a list of them after each operand."""
    if not isinstance(subscripts, str):
        subscripts, given = _as_string([subscripts, *operands])
        operands = tuple(given)
    out = kwargs.get("out")
    if out is not None:
        out[...] = einsum(subscripts, *operands)
        return out
    arrays = [lift(operand) for operand in operands]
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    spare = [c for c in string.ascii_letters if c not in subscripts]
    extra = 0
    for i, (labels, array) in enumerate(zip(inputs, arrays)):
        if "..." in labels:
            missing = array.data.ndim - (len(labels) - 3)
            extra = max(extra, missing)
            inputs[i] = labels.replace("...", "".join(spare[:extra][extra - missing :]))
    dots = "".join(spare[:extra])
    if arrow:
        output = right.replace("...", dots)
    else:
        joined = "".join(inputs)
        output = dots + "".join(sorted(c for c in set(joined) - set(dots) if joined.count(c) == 1))
    return contract(inputs, output, arrays)


def _as_string(given: list[Any]) -> tuple[str, list[Any]]:
    """Return the subscripts of ``operand, [0, 1], operand, [1, 2], [0, 2]`` as a string."""

    def text(labels: Any) -> str:
        return "".join("..." if k is Ellipsis else string.ascii_letters[int(k)] for k in labels)

    output = given.pop() if len(given) % 2 else None
    inputs = ",".join(map(text, given[1::2]))
    return inputs if output is None else f"{inputs}->{text(output)}", given[::2]


def matmul(a: Any, b: Any, **kwargs: Any) -> Any:
    """a @ b."""
    x, y = lift(a), lift(b)
    if not x.data.ndim or not y.data.ndim:
        raise ValueError("matmul: a scalar operand; use * instead")
    stack = "abcdefgh"
    rows = "" if x.data.ndim == 1 else "m"
    columns = "" if y.data.ndim == 1 else "n"
    left = stack[: max(x.data.ndim - 2, 0)]
    right = stack[: max(y.data.ndim - 2, 0)]
    if left and right and left != right:
        raise NotTraceableError("matmul of stacks with different numbers of axes")
    for label in left if right else "":
        if x.data.shape[left.index(label)] != y.data.shape[right.index(label)]:
            raise NotTraceableError("matmul that broadcasts its stacks")
    output = (left or right) + rows + columns
    return contract([left + rows + "k", right + "k" + columns], output, [x, y])


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """np.dot."""
    x, y = lift(a), lift(b)
    if not x.data.ndim or not y.data.ndim:
        return x * y
    if y.data.ndim <= 2 and x.data.ndim <= 2:
        result = matmul(x, y)
    else:
        result = tensordot(x, y, ([x.data.ndim - 1], [max(y.data.ndim - 2, 0)]))
    if out is not None:
        out[...] = result
        return out
    return result


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """np.tensordot."""
    x, y = lift(a), lift(b)
    if isinstance(axes, (int, np.integer)):
        ours = list(range(x.data.ndim - int(axes), x.data.ndim))
        theirs = list(range(int(axes)))
    else:
        ours, theirs = (
            [int(k) for k in (side if isinstance(side, (list, tuple)) else [side])] for side in axes
        )
    names = itertools.cycle(string.ascii_letters)
    left = [next(names) for _ in range(x.data.ndim)]
    right = [next(names) for _ in range(y.data.ndim)]
    ours, theirs = [k % x.data.ndim for k in ours], [k % y.data.ndim for k in theirs]
    if len(ours) != len(theirs):
        raise ValueError("shape-mismatch for sum")
    for i, j in zip(ours, theirs):
        right[j] = left[i]
    summed = {left[i] for i in ours}
    output = [c for c in left + right if c not in summed]
    return contract(["".join(left), "".join(right)], "".join(output), [x, y])


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """np.convolve."""
    x, y = lift(a), lift(v)
    if x.batch or y.batch:
        raise NotTraceableError("np.convolve of a batch of any size")
    n, k = len(x.data), len(y.data)
    full = np.empty(n + k - 1, dtype=object)
    xs, ys = numbers(x), numbers(y)
    for i in range(n + k - 1):
        full[i] = ex.add(*(ex.mul(xs[j], ys[i - j]) for j in range(n) if 0 <= i - j < k))
    start, length = {
        "full": (0, n + k - 1),
        "same": ((min(n, k) - 1) // 2, max(n, k)),
        "valid": (min(n, k) - 1, max(n, k) - min(n, k) + 1),
    }[mode]
    return wrap(full[start : start + length], np.result_type(x.dtype, y.dtype))
