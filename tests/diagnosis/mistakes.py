"""The mistakes that people really make, each as a whole file with its label.

Every example of the project's list of mistakes, in each of the styles it is made in, and some that
are not on it but of the same kinds. ``RIGHT`` holds what is right and often reported as wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gradproof.diagnosis import Kind
from tests.diagnosis.everyday_subjects import EVERYDAY
from tests.diagnosis.held_out_subjects import FRESH
from tests.diagnosis.open_subjects import OPEN
from tests.diagnosis.planting import Slip, text_of
from tests.diagnosis.subjects import HELD_OUT, SUBJECTS, Subject


@dataclass(frozen=True)
class Mistake:
    """In ``subject``, the text ``old`` becomes ``new``, below the text ``after``.

    value:   whether a gradient becomes wrong; else only arithmetic or memory suffers.
    forward: whether the forward is changed, so that the backward's own truth is another.
    """

    subject: str
    old: str
    new: str
    kinds: tuple[Kind, ...]
    term: str
    after: str = ""
    value: bool = True
    forward: bool = False

    def slip(self) -> Slip:
        """Return the wrong version of the file, with its label."""
        subject = by_name(self.subject)
        text = text_of(subject.file)
        start = text.index(self.after or f"def {subject.path.partition('.')[2] or subject.path}(")
        if "." in subject.path and not self.after:
            start = text.index("def backward", text.index(f"class {subject.path.split('.')[0]}:"))
        at = text.index(self.old, start)
        changed = text[:at] + self.new + text[at + len(self.old) :]
        line = text.count("\n", 0, at) + 1
        return Slip(subject, changed, self.kinds, line, self.old, self.new, self.term,
                    forward=self.forward)  # fmt: skip


@cache
def by_name(name: str) -> Subject:
    """The subject that prints as ``name``."""
    known = (*SUBJECTS, *HELD_OUT, *FRESH, *OPEN, *EVERYDAY)
    return next(s for s in known if str(s) == name and not s.square)


PATH, SIGN, FACTOR = Kind.MISSING_PATH, Kind.WRONG_SIGN, Kind.WRONG_FACTOR
MISSING, EXTRA, POWER = Kind.MISSING_FACTOR, Kind.EXTRA_FACTOR, Kind.WRONG_EXPONENT
CONSTANT, VARIABLE, FUNCTION = Kind.WRONG_CONSTANT, Kind.WRONG_VARIABLE, Kind.WRONG_FUNCTION
MASK, OTHER, SHAPE = Kind.WRONG_MASK, Kind.OTHER_FUNCTION, Kind.WRONG_SHAPE
AXIS, REDUCTION = Kind.WRONG_AXIS, Kind.WRONG_REDUCTION
MEAN, SUM, STALE = Kind.MEAN_FOR_SUM, Kind.SUM_FOR_MEAN, Kind.STALE_STATISTICS
DOUBLED, TRANSPOSED, MATRIX = Kind.DOUBLED_PATH, Kind.TRANSPOSED, Kind.ELEMENTWISE
OPERATOR, INVERTED, SWAPPED = Kind.WRONG_OPERATOR, Kind.INVERTED_FACTOR, Kind.OTHER_ARGUMENT
IN_PLACE = Kind.IN_PLACE

_PAPER = "course_layers:batchnorm_paper_backward"
_STAGED = "course_layers:batchnorm_staged_backward"
_SHORT = "course_layers:batchnorm_short_backward"
_NORM, _FUSED = "batch_norm:backward", "batch_norm:backward_fused"
_LAYER = "layer_classes:BatchNorm.backward"
_DX = "dx = dx_hat / std + dvar * 2 * x_minus_mu / m + dmu / m"
_DX_PAPER = "dx = dxhat / np.sqrt(var + eps) + dvar * 2 * xmu / N + dmu / N"


def mistake(
    subject: str, old: str, new: str, kinds: Sequence[Kind] | Kind, term: str, **more: Any
) -> Mistake:
    """Write a Mistake in one line; ``kinds`` may be a single one."""
    chosen = (kinds,) if isinstance(kinds, Kind) else tuple(kinds)
    return Mistake(subject, old, new, chosen, term, **more)


def of_file(file: str) -> Callable[..., Mistake]:
    """Return what writes the mistakes in one file of ``subjects/``, each with the name of a pair,
    whose backward is meant, or of a function or method by itself."""

    def of(
        name: str, old: str, new: str, kinds: Sequence[Kind] | Kind, term: str, **more: Any
    ) -> Mistake:
        path = name if "." in name or "grads" in name else f"{name}_backward"
        return mistake(f"{file}:{path}", old, new, kinds, term, **more)

    return of


_m = mistake

BATCH_NORM = [
    _m(_NORM, " + dvar * 2 * x_minus_mu / m + dmu / m", " + dmu / m", PATH,
       "dvar * 2 * x_minus_mu / m"),
    _m(_PAPER, " + dvar * 2 * xmu / N + dmu / N", " + dmu / N", PATH, "dvar * 2 * xmu / N"),
    _m(_STAGED, "dx1 = dxmu1 + dxmu2", "dx1 = dxmu1", PATH, "dxmu2"),
    _m(_NORM, " + dmu / m\n", "\n", PATH, "dmu / m"),
    _m(_PAPER, " / N + dmu / N", " / N", PATH, "dmu / N"),
    _m(_STAGED, "dx = dx1 + dx2", "dx = dx1", PATH, "dx2"),
    _m(_LAYER, "dx = dxc - dmu / self.m", "dx = dxc", PATH, "dmu / self.m"),
    _m(_SHORT, " - dbeta)", ")", PATH, "dbeta"),
    _m(_NORM, "** -1.5", "** -0.5", POWER, "var + eps"),
    _m(_PAPER, "** (-1.5)", "** (-0.5)", POWER, "var + eps"),
    _m(_NORM, " * -0.5 * (", " * (", (FACTOR, MISSING), "-0.5"),
    _m(_PAPER, "* -0.5 *", "*", (FACTOR, MISSING), "-0.5"),
    _m(_NORM, "* -0.5", "* 0.5", (SIGN, FACTOR), "-0.5"),
    _m(_PAPER, "-0.5", "0.5", (SIGN, FACTOR), "-0.5"),
    _m(_STAGED, "-1.0 / (", "1.0 / (", (SIGN, FACTOR), "-1.0"),
    _m(_NORM, "2 * x_minus_mu / m + dmu", "2 * x_minus_mu + dmu", MISSING, "1/m", after="dx = dx"),
    _m(_PAPER, "2 * xmu / N + dmu", "2 * xmu + dmu", MISSING, "1/N", after="dx = dxhat / np"),
    _m(_NORM, "/ m + dmu / m", "/ m + dmu", MISSING, "1/m"),
    _m(_PAPER, "/ N + dmu / N", "/ N + dmu", MISSING, "1/N"),
    _m(_LAYER, "dxc - dmu / self.m", "dxc - dmu", MISSING, "1/self.m"),
    _m(_NORM, "(var + eps) ** -1.5", "var ** -1.5", CONSTANT, "eps"),
    _m(_PAPER, "(var + eps) ** (-1.5)", "var ** (-1.5)", CONSTANT, "eps"),
    _m(_NORM, "std = (var + eps) ** 0.5", "std = var ** 0.5", CONSTANT, "eps"),
    _m(_STAGED, "np.sqrt(var + eps)", "np.sqrt(var)", CONSTANT, "eps"),
    _m(_NORM, "m = _axes(x_hat), _batch_size(x_hat)", "m = _axes(x_hat), _batch_size(x_hat) - 1",
       CONSTANT, "m"),
    _m(_PAPER, "N = dout.shape[0]", "N = dout.shape[0] - 1", CONSTANT, "N"),
    _m(_SHORT, "N = dout.shape[0]", "N = dout.shape[0] - 1", CONSTANT, "N"),
    _m(_NORM, "(dy * x_hat).sum", "dy.sum", MISSING, "x_hat"),
    _m(_PAPER, "np.sum(dout * xhat, axis=0)", "np.sum(dout, axis=0)", MISSING, "xhat"),
    _m(_LAYER, "self.xn * dout", "dout", MISSING, "self.xn"),
    _m(_NORM, "dbeta = dy.sum(", "dbeta = dy.mean(", (Kind.MEAN_FOR_SUM, EXTRA),
       "dy.sum(axis=axes)"),
    _m(_PAPER, "dbeta = np.sum(", "dbeta = np.mean(", (Kind.MEAN_FOR_SUM, EXTRA),
       "np.sum(dout, axis=0)"),
    _m(_PAPER, "np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=0, keepdims=True)",
       (SHAPE, REDUCTION), "np.sum(dout * xhat, axis=0)"),
    _m(_FUSED, "narrow(dgamma).reshape(-1)", "narrow(dgamma)", (SHAPE, REDUCTION), "dgamma"),
    _m(_NORM, "dx_hat = dy * gamma", "dx_hat = dy", MISSING, "gamma"),
    _m(_PAPER, "dxhat = dout * gamma", "dxhat = dout", MISSING, "gamma"),
    _m(_STAGED, "dxhat = dout * gamma", "dxhat = dout", MISSING, "gamma"),
    _m(_FUSED, "a = gamma / (var", "a = 1 / (var", MISSING, "gamma"),
    # Not on the list: the statistics as constants, swapped results, changes in place.
    _m(_PAPER, _DX_PAPER, "dx = dxhat / np.sqrt(var + eps)", (Kind.STALE_STATISTICS, PATH),
       "dxhat / np.sqrt(var + eps)"),
    _m(_NORM, _DX, "dx = dx_hat / std", (Kind.STALE_STATISTICS, PATH), "dx_hat / std"),
    _m(_FUSED, "    dx += (-a * dgamma / m) * x_hat\n    dx += -a * dbeta / m\n", "\n\n",
       (Kind.STALE_STATISTICS, PATH), "dx"),
    _m(_PAPER, "return dx, dgamma, dbeta", "return dx, dbeta, dgamma",
       (Kind.OTHER_ARGUMENT, VARIABLE), "dx, dgamma, dbeta"),
    _m(_NORM, "narrow(dgamma), narrow(dbeta)", "narrow(dbeta), narrow(dgamma)",
       (Kind.OTHER_ARGUMENT, VARIABLE), "narrow(dgamma)"),
    _m(_PAPER, "    dxhat = dout * gamma\n", "    dout *= gamma\n    dxhat = dout\n", Kind.IN_PLACE,
       "dout"),
    _m(_SHORT, "    dbeta = dout.sum(axis=0)\n", "    dout -= dout.mean(axis=0)\n    "
       "dbeta = dout.sum(axis=0)\n", Kind.IN_PLACE, "dout"),
    _m(_STAGED, "    dxmu1 = dxhat * ivar\n", "    xmu *= ivar\n    dxmu1 = dxhat * ivar\n",
       Kind.IN_PLACE, "xmu"),
    _m(_SHORT, "N * dout", "dout", MISSING, "N"),
    _m(_SHORT, "xhat * dgamma", "xmu * dgamma", VARIABLE, "xhat"),
]  # fmt: skip

ELEMENTWISE = [
    _m("course_layers:logistic_backward", "(1 - y)", "(1 - z)", VARIABLE, "y"),
    _m("course_layers:logistic_backward", "y * (1 - y)", "z * (1 - z)", VARIABLE, "y * (1 - y)"),
    _m("course_layers:logistic_backward", "y * (1 - y)", "y", (MISSING,), "1 - y"),
    _m("derivatives:sigmoid_prime", "sigmoid(x) * (1 - sigmoid(x))", "x * (1 - x)",
       (VARIABLE, FUNCTION), "sigmoid(x) * (1 - sigmoid(x))"),
    _m("derivatives:sigmoid_prime_of_output", "y * (1 - y)", "sigmoid(y) * (1 - sigmoid(y))",
       (VARIABLE, FUNCTION), "y * (1 - y)"),
    _m("derivatives:tanh_prime_of_output", "1.0 - y * y", "1.0 - np.tanh(y) ** 2",
       (VARIABLE, FUNCTION), "1.0 - y * y"),
    _m("layer_classes:Tanh.backward", "1.0 - self.y * self.y", "1.0 - self.y", (POWER, MISSING,
       FUNCTION), "self.y * self.y"),
    _m("derivatives:tanh_prime", "1 - np.tanh(x) ** 2", "1 - np.tanh(x)", (POWER, MISSING,
       FUNCTION), "np.tanh(x)"),
    _m("derivatives:tanh_prime", "1 - np.tanh(x) ** 2", "1 - x ** 2", (VARIABLE, FUNCTION),
       "np.tanh(x)"),
    _m("derivatives:tanh_prime", "1 - np.tanh(x) ** 2", "1 / (1 + x ** 2)", (FUNCTION, OTHER),
       "1 - np.tanh(x) ** 2"),
    _m("course_layers:tanh_backward", "(1 - out ** 2)", "(1 - out) ** 2", (FUNCTION, POWER,
       Kind.WRONG_OPERATOR), "1 - out ** 2"),
    _m("course_layers:relu_backward", "dx = dout * mask", "dx = dout * x * mask",
       (EXTRA, FUNCTION), "x"),
    _m("course_layers:relu_backward", "dx = dout * mask", "dx = mask * 1.0", MISSING, "dout"),
    _m("course_layers:relu_backward", "mask = x > 0", "mask = dout > 0", (VARIABLE, MASK), "x > 0"),
    _m("layer_classes:ReLU.backward", "dx[self.mask] = 0", "dx[~self.mask] = 0", MASK,
       "self.mask"),
    _m("layer_classes:ReLU.backward", "dx[self.mask] = 0", "dx[self.mask] = 1", (MASK, CONSTANT),
       "0"),
    _m("course_layers:leaky_relu_backward", "grad[x < 0] = slope", "grad[x < 0] = 0.01",
       (CONSTANT, FACTOR, OTHER), "slope"),
    _m("derivatives:leaky_relu_prime", "= 0.1", "= 0.01", (CONSTANT, FACTOR, OTHER), "0.1"),
    _m("derivatives:leaky_relu_prime", "= 0.1", "= 0", (MASK, CONSTANT, OTHER, FACTOR, PATH,
       FUNCTION), "0.1"),
    _m("leaky_relu:backward", "slope * dy, x", "0.01 * dy, x", (CONSTANT, FACTOR, OTHER), "slope"),
    _m("layer_classes:LeakyReLU.backward", "1.0, self.alpha", "1.0, 0.0", (MASK, CONSTANT, OTHER,
       FACTOR, PATH, FUNCTION), "self.alpha"),
    _m("leaky_relu:backward", "slope * dy, x", "slope, x", (MISSING, MASK), "dy"),
    _m("course_layers:elu_backward", "out + alpha", "x + alpha", VARIABLE, "out"),
    _m("course_layers:elu_backward", "out + alpha", "out", (PATH, CONSTANT), "alpha"),
    _m("derivatives:elu_prime", "0.5 * np.exp(x)", "np.exp(x)", (MISSING, FACTOR, CONSTANT, OTHER),
       "0.5"),
    _m("derivatives:elu_prime", "0.5 * np.exp(x)", "0.5 * (np.exp(x) - 1)",
       (Kind.DOUBLED_PATH, FUNCTION, VARIABLE), "np.exp(x)"),
    _m("layer_classes:ELU.backward", "self.alpha * np.exp(self.x)", "np.exp(self.x)",
       (MISSING, CONSTANT, OTHER), "self.alpha"),
]  # fmt: skip

LAYERS = [
    _m("layer_classes:Maxout.backward", "chosen * dy", "dy + 0 * chosen",
       (MASK, MISSING), "chosen"),
    _m("layer_classes:Maxout.backward", "== self.winner", "!= self.winner", MASK,
       "np.arange(self.pieces)[:, None, None] == self.winner"),
    _m("maxout:backward", "np.where(winner == pieces, dy, 0)", "dy + 0.0 * pieces",
       (MASK, MISSING), "np.where(winner == pieces, dy, 0)"),
    _m("course_layers:maxout_backward", "first = z1 > z2", "first = z1 < z2", MASK, "z1 > z2"),
    _m("course_layers:maxout_backward", "dz1 = dout * first", "dz1 = dout", (MASK, MISSING),
       "first"),
    _m("dense:backward", "dW = x.T @ dy", "dW = (dy.T @ x)", (Kind.TRANSPOSED, SHAPE), "x.T @ dy",
       after="x, W = cache"),
    _m("course_layers:affine_backward", "dw = np.dot(x.T, dout)", "dw = np.dot(dout.T, x)",
       (Kind.TRANSPOSED, SHAPE), "np.dot(x.T, dout)"),
    _m("course_layers:affine_backward", "np.sum(dout, axis=0)", "np.sum(dout)",
       (AXIS, REDUCTION, SHAPE), "np.sum(dout, axis=0)"),
    _m("course_layers:affine_backward", "np.sum(dout, axis=0)", "dout", (REDUCTION, SHAPE),
       "np.sum(dout, axis=0)"),
    _m("dense:backward", "dy.sum(axis=0)", "dy", (REDUCTION, SHAPE), "dy.sum(axis=0)"),
    _m("layer_classes:Dense.backward", "dy.sum(axis=0)", "dy.mean(axis=0)",
       (Kind.MEAN_FOR_SUM, EXTRA), "dy.sum(axis=0)"),
    _m("course_layers:softmax_backward", "p * (dout - inner)", "p * (1 - p) * dout",
       (Kind.ELEMENTWISE, FUNCTION), "p * (dout - inner)"),
    _m("softmax:backward", "y * _centred(_centred(dy, y), y)", "dy * y * (1 - y)",
       (Kind.ELEMENTWISE, FUNCTION), "y * _centred(_centred(dy, y), y)"),
    _m("layer_classes:Softmax.backward", "dx = dx - self.y * total", "dx = dx - self.y * dx",
       (Kind.ELEMENTWISE, REDUCTION, VARIABLE), "total"),
    _m("course_layers:softmax_loop_backward", " - np.outer(row, row)", "", PATH,
       "np.outer(row, row)"),
    _m("course_layers:softmax_loss_backward", "dx = dx / N", "dx = dx + 0", MISSING, "1/N"),
    _m("layer_classes:SoftmaxWithLoss.backward", "(self.y - self.t) / batch_size",
       "(self.y - self.t)", MISSING, "1/batch_size"),
    _m("softmax_cross_entropy:backward", "p_minus_t * dy / e.shape[0]", "p_minus_t * dy", MISSING,
       "1/e.shape[0]"),
    _m("course_layers:softmax_loss_backward", "-= 1", "= -1", (MASK, VARIABLE, PATH,
       Kind.WRONG_OPERATOR), "1"),
    _m("course_layers:softmax_loss_backward", "-= 1", "+= 1", SIGN, "1"),
    _m("course_layers:softmax_loss_backward", "dx = probs.copy()", "dx = np.zeros_like(probs)",
       (PATH, MISSING), "probs"),
    _m("course_layers:bce_backward", "(p - t)", "(t - p)", SIGN, "p - t"),
    _m("course_layers:bce_backward", "(p - t)", "(p - t) * p * (1 - p)", EXTRA, "p * (1 - p)"),
    _m("course_layers:bce_probability_backward", "-t / p + (1 - t) / (1 - p)", "p - t",
       (FUNCTION, MISSING), "-t / p + (1 - t) / (1 - p)"),
    _m("course_layers:mse_backward", "2.0 * diff", "diff", (FACTOR, MISSING), "2.0"),
    _m("course_layers:half_mse_backward", "(x - t)", "2 * (x - t)", (FACTOR, EXTRA), "2"),
    _m("course_layers:half_mse_backward", "/ x.shape[0]", "/ x.size",
       (VARIABLE, EXTRA, CONSTANT, FACTOR), "x.shape[0]"),
    _m("course_layers:mse_backward", "/ diff.size", "/ diff.shape[0]",
       (VARIABLE, MISSING, CONSTANT, FACTOR), "diff.size"),
]  # fmt: skip

_FORWARD_SIGMOID = "def sigmoid_forward"
FORWARD = [
    _m("course_layers:sigmoid_backward", "np.exp(-x)", "np.exp(x)",
       (FUNCTION, SIGN, OTHER), "np.exp(-x)", after=_FORWARD_SIGMOID, forward=True),
    _m("course_layers:relu_backward", "np.maximum(0, x)", "(x > 0) * 1.0",
       (OTHER, FUNCTION, MASK, EXTRA), "np.maximum(0, x)", after="def relu_forward", forward=True),
    _m("course_layers:tanh_backward", "np.tanh(x)", "np.tanh(x / 2)", (OTHER, FACTOR, EXTRA,
       MISSING), "np.tanh(x)", after="def tanh_forward", forward=True),
    _m("layer_classes:MSE.backward", "np.mean(", "np.sum(", (EXTRA, OTHER, Kind.MEAN_FOR_SUM),
       "np.mean", after="self.pred, self.target = pred, target", forward=True),
    _m("layer_classes:SoftmaxWithLoss.backward", " / x.shape[0]", "", (EXTRA, OTHER,
       Kind.MEAN_FOR_SUM), "x.shape[0]", after="return -np.sum(t * np.log", forward=True),
    _m("course_layers:batchnorm_paper_backward", "np.sum(xmu ** 2, axis=0) / N",
       "np.sum(xmu ** 2, axis=0) / (N - 1)", (CONSTANT, OTHER), "N",
       after="def batchnorm_forward", forward=True),
    # One function for another, and so the wrong mask.
    _m("layer_classes:Maxout.backward", "np.argmax", "np.argmin", (MASK, FUNCTION), "np.argmax",
       after="self.winner = ", forward=True),
    _m("derivatives:leaky_relu_prime", "0.1 * x", "0.01 * x", (CONSTANT, FACTOR, OTHER), "0.1",
       after="def leaky_relu(", forward=True),
]  # fmt: skip


# A statement that is forgotten, or that assigns where it should add.
STATEMENTS = [
    _m(_FUSED, "dx += (-a", "dx = (-a", (PATH, Kind.WRONG_OPERATOR), "a * dy"),
    _m(_FUSED, "    dx += -a * dbeta / m\n", "\n", PATH, "-a * dbeta / m"),
    _m(_FUSED, "dx += -a * dbeta", "dx -= -a * dbeta", SIGN, "-a * dbeta / m"),
    _m(_LAYER, "        dxc = dxc + (2.0 / self.m) * self.xc * dvar\n", "\n", PATH,
       "(2.0 / self.m) * self.xc * dvar"),
    _m("course_layers:softmax_loss_backward", "    dx[np.arange(N), t] -= 1\n", "\n",
       (PATH, MASK), "1"),
    _m("course_layers:softmax_loss_backward", "    dx = dx / N\n", "\n", MISSING, "1/N"),
    _m("course_layers:leaky_relu_backward", "    grad[x < 0] = slope\n", "\n",
       (MASK, MISSING, FUNCTION, OTHER, CONSTANT), "slope"),
    _m("layer_classes:ReLU.backward", "        dx[self.mask] = 0\n", "\n",
       (MASK, MISSING, FUNCTION, OTHER), "self.mask"),
    _m("layer_classes:Softmax.backward", "        dx = dx - self.y * total\n", "\n", PATH,
       "self.y * total"),
]  # fmt: skip

MISTAKES = [*BATCH_NORM, *ELEMENTWISE, *LAYERS, *STATEMENTS, *FORWARD]

_OUT = "out[self.mask] = 0"
RIGHT = [
    _m("course_layers:batchnorm_paper_backward", " + dvar * np.sum(-2 * xmu, axis=0) / N", "", (),
       ""),
    _m(_STAGED, "np.sum(dxmu1 + dxmu2, axis=0)", "np.sum(dxmu1, axis=0)", (), ""),
    _m("batch_norm:backward", " + dvar * _sum(-2 * x_minus_mu) / m", "", (), ""),
    _m("batch_norm:backward", _DX, "dx = gamma / (m * std) * (m * dy - _sum(dy) - x_hat * "
       "_sum(dy * x_hat))", (), ""),
    _m("course_layers:tanh_backward", "(1 - out ** 2)", "(1 - out) * (1 + out)", (), ""),
    _m("derivatives:tanh_prime_of_output", "1.0 - y * y", "(1 - y) * (1 + y)", (), ""),
    _m("course_layers:relu_backward", "mask = x > 0", "mask = x >= 0", (), ""),
    _m("derivatives:relu_prime", "x > 0, 1.0, 0.0", "x >= 0, 1.0, 0.0", (), ""),
    _m("derivatives:relu_prime", "np.where(x > 0, 1.0, 0.0)", "(np.sign(x) + 1) / 2", (), ""),
    _m("course_layers:elu_backward", "out + alpha", "alpha * np.exp(x)", (), ""),
    _m("derivatives:elu_prime", "0.5 * np.exp(x)", "elu(x) + 0.5", (), ""),
    _m("derivatives:sigmoid_prime", "sigmoid(x) * (1 - sigmoid(x))", "sigmoid(x) * sigmoid(-x)",
       (), ""),
    _m("derivatives:sigmoid_prime_by_quotient", "e / (1 + e) ** 2", "1 / (2 + e + 1 / e)", (), ""),
    _m("derivatives:tanh_prime", "1 - np.tanh(x) ** 2", "1 / np.cosh(x) ** 2", (), ""),
    _m("derivatives:tanh_prime", "1 - np.tanh(x) ** 2", "4 * sigmoid(2 * x) * sigmoid(-2 * x)",
       (), ""),
    _m("course_layers:bce_probability_backward", "(-t / p + (1 - t) / (1 - p))",
       "((p - t) / (p * (1 - p)))", (), ""),
    _m("layer_classes:Dense.backward", "self.x.T @ dy", "(dy.T @ self.x).T", (), ""),
    _m("course_layers:softmax_backward", "p * (dout - inner)", "p * dout - p * inner", (), ""),
    _m("course_layers:batchnorm_mean_backward", "dx = ivar * (g - g.mean(axis=0) - xhat * "
       "np.mean(g * xhat, axis=0))", "c = g - g.mean(axis=0)\n    dx = ivar * (c - xhat * "
       "np.mean(c * xhat, axis=0))", (), ""),
    _m("course_layers:leaky_relu_backward", "x < 0", "x <= 0", (), ""),
    _m("course_layers:maxout_backward", "z1 > z2", "z1 >= z2", (), ""),
]  # fmt: skip

# Right in value, and still no good: the array of the caller is changed, or floats lose it.
RIGHT_IN_VALUE = [
    _m("layer_classes:ReLU.backward", "dx = dout.copy()", "dx = dout", Kind.IN_PLACE, "dout",
       value=False),
    _m("derivatives:sigmoid_prime", "sigmoid(x) * (1 - sigmoid(x))", "sigmoid(x) * (1.0 - "
       "sigmoid(x))", Kind.LOST_DIGITS, "1 - sigmoid(x)", value=False),
    _m("derivatives:elu_prime", "0.5 * np.exp(x)", "elu(x) + 0.5", Kind.LOST_DIGITS,
       "elu(x) + 0.5", value=False),
    _m("course_layers:batchnorm_paper_backward", "np.sum(xmu ** 2, axis=0) / N",
       "np.sum(x ** 2, axis=0) / N - mu ** 2", Kind.LOST_DIGITS,
       "np.sum(x ** 2, axis=0) / N - mu ** 2", after="def batchnorm_forward", value=False),
    _m("course_layers:softmax_backward", "shifted = x - np.max(x, axis=1, keepdims=True)",
       "shifted = x + 0", Kind.LOST_DIGITS, "shifted", after="def softmax_forward", value=False),
]  # fmt: skip
