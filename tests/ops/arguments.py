"""Arguments for every function of the table: numbers in its domain, arrays in its shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.ops import ArrayOperation, Elementwise

_UNIT = ("arcsin", "arccos", "arctanh", "logit")
_ABOVE_ONE = ("arccosh",)
_POSITIVE = (
    "log",
    "log2",
    "log10",
    "sqrt",
    "gamma",
    "log1p",
    "entr",
    "power",
    "float_power",
    "xlogy",
    "xlog1py",
    "rel_entr",
    "kl_div",
    "boxcox",
    "betaln",
    "beta",
    "pseudo_huber",
)
_TRUTHS = ("logical_and", "bitwise_and", "logical_or", "bitwise_or", "logical_xor", "bitwise_xor",
           "logical_not", "invert")  # fmt: skip


def number_arguments(record: Elementwise) -> Iterator[tuple[Any, ...]]:
    """Yield arguments for a function of each element, as numbers of NumPy."""
    if record.name in _TRUTHS:
        for pair in ((True, False), (True, True), (False, False)):
            yield tuple(map(np.bool_, pair[: record.arity]))
        return
    for values in ((0.37, 0.81), (0.62, 0.24), (0.15, 0.93)):
        moved = [v + 1 for v in values] if record.name in _ABOVE_ONE else list(values)
        if record.name not in (*_UNIT, *_ABOVE_ONE, *_POSITIVE) and not record.where_positive:
            moved[0] -= 0.5
        yield tuple(map(np.float64, moved[: record.arity]))


@dataclass(frozen=True)
class Call:
    """A call of a function of whole arrays; ``of`` carries it out where NumPy has it elsewhere."""

    args: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    of: Any = None

    def original(self, record: ArrayOperation) -> Any:
        """Return what the function itself makes of it, without the table."""
        if self.of is not None:
            return self.of(*self.args, **self.options)
        found = next(record.originals(), None)
        return (record.plain() if found is None else found)(*self.args, **self.options)


_RNG = np.random.default_rng(7)


def _a(*shape: int) -> Any:
    return np.round(_RNG.uniform(-2, 2, size=shape), 3)


_M = np.array([[2.0, 0.3], [0.4, 1.5]])
_S = np.array([[2.0, 0.3], [0.3, 1.5]])
_X, _V, _W = _a(2, 3), _a(3), _a(3)
_INDEX = np.array([[0, 1, 1]])


def _calls(names: str, *args: Any, **options: Any) -> dict[str, Call | str]:
    return {name: Call(args, options) for name in names.split()}


_ANSWERS = ("may_share_memory", "shares_memory", "ndim", "shape", "size", "array_equal", "allclose",
            "iscomplexobj", "isrealobj", "result_type", "can_cast", "isscalar", "common_type",
            "min_scalar_type", "einsum_path", "isclose", "isreal")  # fmt: skip
CALLS: dict[str, Call | str] = {
    **_calls("sum mean var std max min prod", _X, axis=1),
    **_calls("any all argmax argmin argsort", _X, axis=1),
    **_calls("linalg.norm average median ptp", _X, axis=1),
    **_calls("trace", _M), **_calls("count_nonzero", _X),
    **_calls("cumsum cumprod diff sort", _X, axis=1),
    **_calls("partition argpartition", _X, 1, axis=1),
    **_calls("round", _X, 1),
    **_calls("matmul dot inner tensordot", _X, _a(2, 3).T) | {
        "inner": Call((_X, _a(2, 3))), "tensordot": Call((_X, _a(3, 2)), {"axes": 1}),
        "matmul": Call((_X, _a(3, 2))), "dot": Call((_X, _a(3, 2)))},
    "einsum": Call(("ij,jk->ik", _X, _a(3, 2))),
    **_calls("outer vdot vecdot convolve correlate cross kron", _V, _W),
    "matvec": Call((_X, _V)), "vecmat": Call((_a(2), _X)),
    "linalg.multi_dot": Call(([_X, _a(3, 2), _a(2, 2)],)),
    **_calls("linalg.inv linalg.det linalg.slogdet", _M),
    "linalg.solve": Call((_M, _a(2))), "linalg.cholesky": Call((_S,)),
    "linalg.matrix_power": Call((_M, 3)),
    **_calls("softmax log_softmax logsumexp", _X, axis=1),
    "polygamma": Call((1, np.abs(_V) + 0.5)),
    "where": Call((_X > 0, _X, _a(2, 3))), "clip": Call((_X, -1.0, 1.0)),
    "select": Call(([_X > 1, _X > 0], [_X, 2 * _X])),
    "piecewise": "it is given functions: tests/proof",
    "getitem": Call((_X, 1)), "setitem": Call((_X, 1, _V)), "add_at": Call((_X, 1, _V)),
    "astype": Call((_X, "<f8")), "returned": Call((_X,)),
    "pick": "of a list of results: np.linalg.slogdet has it",
    "scaled": Call((_X,), {"of": "tanh", "by": 0.5}),
    "reshape": Call((_X, (3, 2))), "ravel": Call((_X,)), "transpose": Call((_X,)),
    "broadcast_to": Call((_V, (2, 3))), "take": Call((_X, np.array([1, 0, 1]))),
    "expand_dims": Call((_X,), {"axis": 1}), "squeeze": Call((_a(1, 3),)),
    "swapaxes": Call((_X, 0, 1)), "moveaxis": Call((_X, 0, 1)), "rollaxis": Call((_X, 1)),
    "tile": Call((_V, 2)), "repeat": Call((_V, 2)),
    **_calls("concatenate stack hstack vstack dstack column_stack", [_V, _W]),
    "atleast_1d": Call((_V,)), "atleast_2d": Call((_V,)), "atleast_3d": Call((_V,)),
    "flip": Call((_X,)), "fliplr": Call((_X,)), "flipud": Call((_X,)), "roll": Call((_V, 1)),
    "pad": Call((_V, 1)), "append": Call((_V, _W)), "permute_dims": Call((_X, (1, 0))),
    "matrix_transpose": Call((_X,)), "rot90": Call((_X,)),
    "broadcast_arrays": "several results, each a view", "meshgrid": "several results",
    "unstack": "several results",
    **_calls("split array_split hsplit", _a(4), 2), "vsplit": Call((_a(4, 2), 2)),
    "dsplit": Call((_a(1, 1, 4), 2)),
    "diag": Call((_V,)), "diagflat": Call((_V,)), "diagonal": Call((_M,)), "tril": Call((_M,)),
    "triu": Call((_M,)), "delete": Call((_V, 1)), "insert": Call((_V, 1, 2.5)),
    "resize": Call((_V, (2, 2))),
    "take_along_axis": Call((_X, _INDEX, 0)), "compress": Call(([True, False, True], _V)),
    "extract": Call((np.array([True, False, True]), _V)),
    "choose": "its first argument chooses: whole numbers",
    "as_strided": Call((_a(5), (3, 3), (8, 8))), "sliding_window_view": Call((_a(5), 3)),
    "linspace": Call((np.array(0.5), np.array(2.5)), {"num": 4}),
    **_calls("copy array asarray asanyarray ascontiguousarray asfortranarray real", _X),
    **_calls("asarray_chkfinite real_if_close", _X),
    **_calls("zeros ones empty", (2, 3)), "full": Call(((2,), 1.5)),
    "eye": Call((2,)), "identity": Call((2,)), "arange": Call((4,)),
    **_calls("zeros_like ones_like", _X), "empty_like": "its values are none",
    "full_like": Call((_X, 2.0)),
    **dict.fromkeys(_ANSWERS, "an answer about arrays"),
    **dict.fromkeys(("nonzero", "flatnonzero", "argwhere"), "how many there are depends on values"),
}  # fmt: skip
