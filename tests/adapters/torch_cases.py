"""``torch.autograd.Function``s as people write them, right and with one slip each.

A slip is chosen by the class attribute ``slip``: the same code, with the line that people get
wrong. Every case says which gradient is wrong (``by``) and what the numbers show (``says``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

FUNCTIONS: dict[str, Callable[[str], Any]] = {}


@dataclass(frozen=True)
class Case:
    """name: of the Function; slip: "" where it is right; by: the inputs with a wrong gradient."""

    name: str
    slip: str
    arguments: Callable[[], tuple[Any, ...]]
    by: tuple[str, ...] = ()
    says: str = ""

    @property
    def id(self) -> str:
        """The name in the report of pytest."""
        return f"{self.name}-{self.slip or 'right'}"

    def function(self) -> Any:
        """The Function, with its slip."""
        return FUNCTIONS[self.name](self.slip)


def named(make: Callable[[str], Any]) -> Callable[[str], Any]:
    FUNCTIONS[make.__name__] = make
    return make


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Normal numbers, the same every time, without touching torch's own generator."""
    generator = torch.Generator().manual_seed(seed + 17 * len(shape) + sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


@named
def bias_gelu(slip: str) -> Any:
    class BiasGelu(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, bias: Tensor) -> Tensor:
            z = x + bias
            ctx.save_for_backward(z)
            return 0.5 * z * (1 + torch.erf(z / math.sqrt(2)))

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            (z,) = ctx.saved_tensors
            cdf = 0.5 * (1 + torch.erf(z / math.sqrt(2)))
            pdf = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
            dz = dy * (cdf + z * pdf)
            if slip == "mean for sum":
                return dz, dz.mean(0)
            if slip == "only cdf":
                dz = dy * cdf
            return dz, dz if slip == "not reduced" else dz.sum(0)

    return BiasGelu


@named
def layer_norm(slip: str) -> Any:
    class LayerNorm(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
            mu = x.mean(-1, keepdim=True)
            rstd = (x.var(-1, unbiased=False, keepdim=True) + eps).rsqrt()
            x_hat = (x - mu) * rstd
            ctx.save_for_backward(x_hat, weight, rstd)
            return x_hat * weight + bias

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            x_hat, weight, rstd = ctx.saved_tensors
            g = dy * weight
            c1 = (g * x_hat).mean(-1, keepdim=True)
            c2 = 0 if slip == "mean path" else g.mean(-1, keepdim=True)
            dx = rstd * (g - c2 - x_hat * c1)
            rows = tuple(range(dy.dim() - 1))
            dw, db = (dy * x_hat).sum(rows), dy.sum(rows)
            if slip == "sign of weight":
                dw = -dw
            if slip == "two swapped":
                dw, db = db, dw
            return dx, dw, db, None

    return LayerNorm


@named
def rms_norm(slip: str) -> Any:
    class RMSNorm(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
            ctx.eps = eps
            ctx.save_for_backward(x, weight)
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            x, weight = ctx.saved_tensors
            r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + ctx.eps)
            g = dy * weight
            inner = (g * x).sum(-1, keepdim=True)
            if slip != "not divided by D":
                inner = inner / x.shape[-1]
            dx = r * g - r.pow(3) * x * inner
            dw = (dy * x * r).flatten(0, -2).sum(0)
            return dx, None if slip == "None for weight" else dw, None

    return RMSNorm


@named
def cross_entropy(slip: str) -> Any:
    class SoftmaxCrossEntropy(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, logits: Tensor, target: Tensor, ignore_index: int = -100) -> Tensor:
            keep = target != ignore_index
            logp = torch.log_softmax(logits, dim=1)
            safe = torch.where(keep, target, torch.zeros_like(target))
            loss = -logp.gather(1, safe[:, None])[:, 0] * keep
            ctx.save_for_backward(logp, safe, keep)
            return loss.sum() / keep.sum()

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            logp, safe, keep = ctx.saved_tensors
            d = logp.exp()
            d.scatter_add_(1, safe[:, None], -torch.ones_like(d[:, :1]))
            count = len(keep) if slip == "divided by N" else keep.sum()
            if slip != "ignored rows":
                d = d * keep[:, None]
            if slip == "dy left out":
                return d / count, None, None
            return dy * d / (1 if slip == "sum for mean" else count), None, None

    return SoftmaxCrossEntropy


@named
def embedding(slip: str) -> Any:
    class Embedding(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, weight: Tensor, index: Tensor) -> Tensor:
            ctx.save_for_backward(index)
            ctx.rows = weight.shape[0]
            return weight[index]

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            (index,) = ctx.saved_tensors
            dw = torch.zeros(ctx.rows, dy.shape[-1], dtype=dy.dtype, device=dy.device)
            flat = index.reshape(-1)
            if slip == "repeated lost":
                dw[flat] += dy.reshape(-1, dy.shape[-1])
            else:
                dw.index_add_(0, flat, dy.reshape(-1, dy.shape[-1]))
            return dw, None

    return Embedding


@named
def clamp(slip: str) -> Any:
    class Clamp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, low: float, high: float) -> Tensor:
            ctx.save_for_backward(x)
            ctx.low, ctx.high = low, high
            return x.clamp(low, high)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            (x,) = ctx.saved_tensors
            inside = (x > ctx.low) & (x < ctx.high)
            if slip == "one end":
                inside = x < ctx.high
            return dy * inside, None, None

    return Clamp


@named
def swish(slip: str) -> Any:
    class Swish(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            s = torch.sigmoid(x)
            ctx.save_for_backward(x * s if slip == "saved output" else x)
            return x * s

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            (x,) = ctx.saved_tensors
            s = torch.sigmoid(x)
            return dy * (s * (1 + x * (1 - s)))

    return Swish


@named
def matmul(slip: str) -> Any:
    class MatMul(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
            ctx.save_for_backward(a, b)
            return a @ b

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            a, b = ctx.saved_tensors
            da, db = dy @ b.t(), a.t() @ dy
            if slip == "no transpose":
                da = dy @ b
            if slip == "transposed":
                db = dy.t() @ a
            if slip == "wrong flag":
                da, db = (da if ctx.needs_input_grad[0] else None,
                          db if ctx.needs_input_grad[0] else None)  # fmt: skip
            return da, db

    return MatMul


@named
def group_norm(slip: str) -> Any:
    class GroupNorm(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, groups: int, weight: Tensor, bias: Tensor) -> Tensor:
            n, c = x.shape[:2]
            z = x.reshape(n, groups, -1)
            rstd = (z.var(-1, unbiased=False, keepdim=True) + 1e-5).rsqrt()
            x_hat = ((z - z.mean(-1, keepdim=True)) * rstd).reshape(x.shape)
            ctx.save_for_backward(x_hat, weight, rstd)
            ctx.groups = groups
            return x_hat * weight.reshape(1, c, 1, 1) + bias.reshape(1, c, 1, 1)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            x_hat, weight, rstd = ctx.saved_tensors
            n, c = dy.shape[:2]
            g = (dy * weight.reshape(1, c, 1, 1)).reshape(n, ctx.groups, -1)
            h = x_hat.reshape(n, ctx.groups, -1)
            dx = rstd * (g - g.mean(-1, keepdim=True) - h * (g * h).mean(-1, keepdim=True))
            over = (0, 2) if slip == "axes" else (0, 2, 3)
            dw = (dy * x_hat).sum((0, 2, 3))
            db = dy.sum(over)
            return dx.reshape(dy.shape), None, dw, db.sum(-1) / 3 if slip == "axes" else db

    return GroupNorm


@named
def rotary(slip: str) -> Any:
    class Rotary(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
            ctx.save_for_backward(cos, sin)
            a, b = x.chunk(2, dim=-1)
            return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            cos, sin = ctx.saved_tensors
            da, db = dy.chunk(2, dim=-1)
            if slip == "not inverted":
                sin = -sin
            if slip == "halves swapped":
                return torch.cat([db * cos - da * sin, da * cos + db * sin], dim=-1), None, None
            return torch.cat([da * cos + db * sin, db * cos - da * sin], dim=-1), None, None

    return Rotary


@named
def dropout(slip: str) -> Any:
    class Dropout(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, p: float) -> Tensor:
            mask = (torch.rand_like(x) >= p).to(x.dtype) / (1 - p)
            ctx.save_for_backward(mask)
            ctx.p = p
            return x * mask

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            (mask,) = ctx.saved_tensors
            if slip == "drawn again":
                mask = (torch.rand_like(dy) >= ctx.p).to(dy.dtype) / (1 - ctx.p)
            if slip == "not scaled":
                mask = (mask > 0).to(dy.dtype)
            return dy * mask, None

    return Dropout


@named
def gather(slip: str) -> Any:
    class Gather(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, index: Tensor) -> Tensor:
            ctx.save_for_backward(index)
            ctx.shape = x.shape
            return x.gather(1, index)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            (index,) = ctx.saved_tensors
            dx = dy.new_zeros(ctx.shape)
            if slip == "scatter without add":
                return dx.scatter_(1, index, dy), None
            return dx.scatter_add_(1, index, dy), None

    return Gather


@named
def conv1d(slip: str) -> Any:
    class Conv1d(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
            k = weight.shape[-1]
            columns = x.unfold(2, k, 1)  # (N, C, L, K)
            ctx.save_for_backward(columns, weight)
            ctx.length = x.shape[-1]
            return torch.einsum("nclk,ock->nol", columns, weight)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            columns, weight = ctx.saved_tensors
            dw = torch.einsum("nol,nclk->ock", dy, columns)
            dcol = torch.einsum("nol,ock->nclk", dy, weight)
            dx = dy.new_zeros(dy.shape[0], weight.shape[1], ctx.length)
            for k in range(weight.shape[-1]):
                at = weight.shape[-1] - 1 - k if slip == "not flipped" else k
                dx[:, :, k : k + dy.shape[-1]] += dcol[..., at]
            return dx, dw.flip(-1) if slip == "flipped weight" else dw

    return Conv1d


@named
def cumulative_sum(slip: str) -> Any:
    class CumSum(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x.cumsum(1)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            if slip == "not reversed":
                return dy.cumsum(1)
            if slip == "not flipped back":
                return dy.flip(1).cumsum(1)
            return dy.flip(1).cumsum(1).flip(1)

    return CumSum


@named
def lstm_cell(slip: str) -> Any:
    class LSTMCell(torch.autograd.Function):
        @staticmethod
        def forward(
            ctx: Any, x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor
        ) -> Any:
            i, f, g, o = (x @ W + h @ U + b).chunk(4, dim=1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c1 = f * c + i * g
            t = c1.tanh()
            ctx.save_for_backward(x, h, c, W, U, i, f, g, o, t)
            return o * t, c1

        @staticmethod
        def backward(ctx: Any, dh1: Tensor, dc1: Tensor) -> Any:
            x, h, c, W, U, i, f, g, o, t = ctx.saved_tensors
            do = dh1 * t
            if slip != "cell path":
                dc1 = dc1 + dh1 * o * (1 - t * t)
            df, dc, di, dg = dc1 * c, dc1 * f, dc1 * g, dc1 * i
            dz = torch.cat(
                [di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)], dim=1
            )
            db = dz.sum(0)
            return (
                dz @ W.t(),
                dz @ U.t(),
                dc,
                x.t() @ dz,
                h.t() @ dz,
                (2 * db if slip == "bias twice" else db),
            )

    return LSTMCell


@named
def logsumexp(slip: str) -> Any:
    class LogSumExp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, dim: int) -> Tensor:
            m = x.max(dim, keepdim=True).values
            y = (x - m).exp().sum(dim).log() + m.squeeze(dim)
            ctx.save_for_backward(x, y)
            ctx.dim = dim
            return y

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            x, y = ctx.saved_tensors
            p = (x - y.unsqueeze(ctx.dim)).exp()
            if slip == "not the softmax":
                p = x.exp()
            return dy.unsqueeze(ctx.dim) * p, None

    return LogSumExp


@named
def attention(slip: str) -> Any:
    class Attention(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
            scale = 1 / math.sqrt(q.shape[-1])
            s = (q @ k.transpose(-1, -2) * scale).masked_fill(~mask, -math.inf)
            p = s.softmax(-1)
            ctx.save_for_backward(q, k, v, p)
            ctx.scale = scale
            return p @ v

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            q, k, v, p = ctx.saved_tensors
            dp = dy @ v.transpose(-1, -2)
            ds = p * (dp - (dp * p).sum(-1, keepdim=True))
            scale = 1.0 if slip == "scale left out" else ctx.scale
            dk = ds.transpose(-1, -2) @ q * scale
            dq = ds @ k * (ctx.scale if slip != "scale left out" else 1.0)
            return dq, dk, p.transpose(-1, -2) @ dy, None

    return Attention


@named
def straight_through(slip: str) -> Any:
    class RoundSTE(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return torch.round(x)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            return 2 * dy if slip == "doubled" else dy

    return RoundSTE


@named
def scaled_in_place(slip: str) -> Any:
    class ScaleInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, s: float) -> Tensor:
            x.mul_(s)
            ctx.mark_dirty(x)
            ctx.s = s
            return x

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            return dy / ctx.s if slip == "divided" else dy * ctx.s, None

    return ScaleInPlace


@named
def top_value(slip: str) -> Any:
    class TopValue(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            values, index = x.max(1)
            ctx.mark_non_differentiable(index)
            ctx.save_for_backward(index)
            ctx.shape = x.shape
            return values, index

        @staticmethod
        def backward(ctx: Any, dvalues: Tensor, dindex: Any) -> Any:
            (index,) = ctx.saved_tensors
            dx = dvalues.new_zeros(ctx.shape)
            row = 0 if slip == "first row" else slice(None)
            dx[row] = dx[row].scatter(-1, index[row, None], dvalues[row, None])
            return dx

    return TopValue


@named
def flattened(slip: str) -> Any:
    class Flattened(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.shape = x.shape
            return x.view(-1)

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> Any:
            if slip == "other order":
                return dy.reshape(ctx.shape[::-1]).t()
            return dy.reshape(ctx.shape)

    return Flattened


@named
def sum_and_mean(slip: str) -> Any:
    class SumAndMean(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            ctx.set_materialize_grads(False)
            ctx.shape = x.shape
            return x.sum(0), x.mean(0)

        @staticmethod
        def backward(ctx: Any, dsum: Tensor | None, dmean: Tensor | None) -> Any:
            dx = torch.zeros(ctx.shape, dtype=torch.get_default_dtype())
            if dsum is not None:
                dx = dx + dsum
            if dmean is not None:
                dx = dx + dmean / (1 if slip == "not divided" else ctx.shape[0])
            return dx

    return SumAndMean


def _attention() -> tuple[Any, ...]:
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    return normal(2, 4, 3), normal(2, 4, 3, seed=1), normal(2, 4, 3, seed=2), mask


def _lstm() -> tuple[Any, ...]:
    n, d, h = 3, 4, 2
    return (normal(n, d), normal(n, h), normal(n, h, seed=5), normal(d, 4 * h),
            normal(h, 4 * h), normal(4 * h))  # fmt: skip


ARGUMENTS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "bias_gelu": lambda: (normal(6, 5), normal(5)),
    "layer_norm": lambda: (normal(2, 3, 5), normal(5, seed=2), normal(5), 1e-5),
    "rms_norm": lambda: (normal(2, 3, 5).requires_grad_(), normal(5).requires_grad_()),
    "cross_entropy": lambda: (normal(6, 5), torch.tensor([0, 3, -100, 4, 1, -100])),
    "embedding": lambda: (normal(7, 3), torch.tensor([[1, 4, 1], [0, 1, 6]])),
    "clamp": lambda: (3 * normal(5, 4), -1.0, 2.0),
    "swish": lambda: (normal(5, 4),),
    "matmul": lambda: (normal(4, 3), normal(3, 3)),
    "group_norm": lambda: (normal(2, 6, 3, 3), 2, normal(6), normal(6, seed=4)),
    "rotary": lambda: (
        normal(2, 5, 6).requires_grad_(),
        torch.cos(torch.outer(torch.arange(5.0, dtype=torch.float64), normal(3).abs())),
        torch.sin(torch.outer(torch.arange(5.0, dtype=torch.float64), normal(3).abs())),
    ),
    "dropout": lambda: (normal(6, 5), 0.4),
    "gather": lambda: (normal(4, 5), torch.tensor([[0, 0, 2], [1, 4, 4], [3, 2, 1], [0, 0, 0]])),
    "conv1d": lambda: (normal(2, 3, 8), normal(4, 3, 3)),
    "cumulative_sum": lambda: (normal(3, 6),),
    "lstm_cell": _lstm,
    "logsumexp": lambda: (normal(4, 6), 1),
    "attention": _attention,
    "straight_through": lambda: (3 * normal(4, 5),),
    "scaled_in_place": lambda: (normal(4, 5), 3.0),
    "top_value": lambda: (normal(4, 6),),
    "flattened": lambda: (normal(3, 5),),
    "sum_and_mean": lambda: (normal(4, 3),),
}

RIGHT = [Case(name, "", ARGUMENTS[name]) for name in ARGUMENTS if name != "straight_through"]
WRONG = [
    Case(name, slip, ARGUMENTS[name], by, says)
    for name, slip, by, says in [
        ("bias_gelu", "mean for sum", ("bias",), "1/6"),
        ("bias_gelu", "only cdf", ("x", "bias"), ""),
        ("layer_norm", "mean path", ("x",), "same all along axis 2"),
        ("layer_norm", "sign of weight", ("weight",), "wrong sign"),
        ("layer_norm", "two swapped", ("weight", "bias"), "gradient by `bias`"),
        ("rms_norm", "not divided by D", ("x",), ""),
        ("rms_norm", "None for weight", ("weight",), "None"),
        ("cross_entropy", "divided by N", ("logits",), "2/3"),
        ("cross_entropy", "ignored rows", ("logits",), "axis 0"),
        ("cross_entropy", "dy left out", ("logits",), "1/dy"),
        ("cross_entropy", "sum for mean", ("logits",), "4"),
        ("embedding", "repeated lost", ("weight",), "axis 0"),
        ("clamp", "one end", ("x",), "x is below a limit"),
        ("swish", "saved output", ("x",), ""),
        ("matmul", "no transpose", ("a",), ""),
        ("matmul", "transposed", ("b",), "transpose"),
        ("matmul", "wrong flag", ("b",), "needs_input_grad"),
        ("group_norm", "axes", ("bias",), "1/3"),
        ("rotary", "not inverted", ("x",), ""),
        ("rotary", "halves swapped", ("x",), ""),
        ("dropout", "drawn again", ("x",), ""),
        ("dropout", "not scaled", ("x",), "1 - p"),
        ("gather", "scatter without add", ("x",), "right elsewhere"),
        ("conv1d", "not flipped", ("x",), ""),
        ("conv1d", "flipped weight", ("weight",), "reversed along axis 2"),
        ("cumulative_sum", "not reversed", ("x",), ""),
        ("cumulative_sum", "not flipped back", ("x",), "reversed along axis 1"),
        ("lstm_cell", "cell path", ("x",), ""),
        ("lstm_cell", "bias twice", ("b",), "2 times"),
        ("logsumexp", "not the softmax", ("x",), ""),
        ("attention", "scale left out", ("q", "k"), "sqrt(3)"),
        ("straight_through", "", ("x",), "straight-through"),
        ("straight_through", "doubled", ("x",), "2 * dy"),
        ("scaled_in_place", "divided", ("x",), "1/s**2"),
        ("top_value", "first row", ("x",), "axis 0"),
        ("flattened", "other order", ("x",), "order of memory"),
        ("sum_and_mean", "not divided", ("x",), ""),
    ]
]
