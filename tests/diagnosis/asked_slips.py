"""Slips in whole files as people write them, labelled before ``gradproof check`` was run on any.

The kinds are those that public questions, bug reports and course forums tell of: a window that
overlaps written with ``=``, ``return`` one tab too far, a state one step off, a Jacobian's block
transposed, sin for cos, the chain rule of a logarithm left out, a factor of a Hessian, and so on.
The right files are in ``subjects/asked/``; ``python -m tests.diagnosis.asked`` plants and tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SUBJECTS = Path(__file__).parent / "subjects"


@dataclass(frozen=True)
class AskedSlip:
    """A file, its right text, and what stands there instead."""

    file: str
    right: str
    wrong: str
    folder: str = "asked"

    def right_text(self) -> str:
        """The right file."""
        return (SUBJECTS / self.folder / f"{self.file}.py").read_text()

    def text(self) -> str:
        """The file with the slip."""
        right = self.right_text()
        if right.count(self.right) != 1:
            raise ValueError(f"{self.file}: not one place for {self.right!r}")
        return right.replace(self.right, self.wrong)

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line that the slip touches, counted in the wrong file."""
        before = self.right_text().split(self.right)[0]
        first = before.count("\n") + 1
        return first, first + self.wrong.count("\n")


ASKED_SLIPS = [
    AskedSlip("peak_fit", "J[:, 1] = -a * t * e * c", "J[:, 1] = -a * e * c"),
    AskedSlip("peak_fit", "J[:, 2] = -a * t * e * s", "J[:, 2] = -a * t * e * c"),
    AskedSlip("peak_fit", "J[:, 3] = -a * e * s", "J[:, 3] = a * e * s"),
    AskedSlip("vertex_fit", "-2 * p[0] * d,", "-2 * p[0] * d * p[1],"),
    AskedSlip("vertex_fit", "-2 * p[0] * d,", "2 * p[0] * d,"),
    AskedSlip("weibull", "[dk * k, dlam * lam]", "[dk, dlam]"),
    AskedSlip("weibull", "[dk * k, dlam * lam]", "[dk * k, dlam]"),
    AskedSlip("weibull", "dlam = np.sum(-k / lam + k / lam * z**k)",
              "dlam = -k / lam + np.sum(k / lam * z**k)"),
    AskedSlip("rosen", "g[1:] += 200 * inner", "g[1:] = 200 * inner"),
    AskedSlip("rosen", "-400 * x[:-1] * inner", "-200 * x[:-1] * inner"),
    AskedSlip("rosen", "- 2 * (1 - x[:-1])", "+ 2 * (1 - x[:-1])"),
    AskedSlip("quartic_hessian", "return A + A.T + np.diag", "return A + np.diag"),
    AskedSlip("quartic_hessian", "np.diag(3 * x**2)", "np.diag(x**2)"),
    AskedSlip("quartic_hessian", "(A + A.T) @ x", "2 * A @ x"),
    AskedSlip("bicycle", "[1, 0, -dt * v * np.sin(th)", "[1, 0, dt * v * np.sin(th)"),
    AskedSlip("bicycle", "[0, 1, dt * v * np.cos(th), dt * np.sin(th)]",
              "[0, 1, dt * v * np.cos(th), dt * np.cos(th)]"),
    AskedSlip("bicycle", "[0, 0, 1, dt / wheelbase * np.tan(steer)]",
              "[0, 0, dt / wheelbase * np.tan(steer), 1]"),
    AskedSlip("range_bearing", "[dy / q, -dx / q, -1]", "[-dx / q, dy / q, -1]"),
    AskedSlip("range_bearing", "[dy / q, -dx / q, -1]", "[dy / r, -dx / r, -1]"),
    AskedSlip("total_variation", "g[:-1, :] -= lam * wy", "g[:-1, :] += lam * wy"),
    AskedSlip("total_variation", "wx = dx / np.sqrt(dx**2 + eps)", "wx = dx / (dx**2 + eps)"),
    AskedSlip("total_variation", "    g[:, :-1] -= lam * wx\n", ""),
    AskedSlip("heat_rod", "        u = us[t]\n        dsource",
              "        u = us[t + 1]\n        dsource"),
    AskedSlip("heat_rod", "+ 0.2 * du * source * u", "+ 0.2 * source * u"),
    AskedSlip("heat_rod", "dsource += 0.1", "dsource = 0.1"),
    AskedSlip("garch", "dparams[2] += total * h[t - 1]", "dparams[2] += total * h[t]"),
    AskedSlip("garch", "total = dh[t] + carry", "total = dh[t]"),
    AskedSlip("garch", "range(len(r) - 1, 0, -1)", "range(len(r) - 1, 1, -1)"),
    AskedSlip("bradley_terry", "    np.add.at(g, winners, -p)", "    g[winners] -= p"),
    AskedSlip("bradley_terry", "p = 1 / (1 + np.exp(d))", "p = 1 / (1 + np.exp(-d))"),
    AskedSlip("bradley_terry", "g = 2 * reg * skill", "g = np.zeros_like(skill)"),
    AskedSlip("skipgram", "np.outer(1 - neg, center)", "np.outer(neg - 1, center)"),
    AskedSlip("skipgram", "(pos - 1) * outside + (1 - neg) @ negatives",
              "(pos - 1) * outside + neg @ negatives"),
    AskedSlip("skipgram", "grad_outside = (pos - 1) * center",
              "grad_outside = (pos - 1) * outside"),
    AskedSlip("glove", "2 * dout * self.weight * self.diff", "2 * dout * self.diff"),
    AskedSlip("glove", "self.dbc = d.sum(axis=0)", "self.dbc = d.mean(axis=0)"),
    AskedSlip("glove", "self.dC = d.T @ self.W", "self.dC = d.T @ self.C"),
    AskedSlip("factorization_machine", " - V * ((X**2).T @ dout)[:, None]", ""),
    AskedSlip("factorization_machine", "(w + s @ V.T - X * np.sum(V**2, axis=1))", "(w + s @ V.T)"),
    AskedSlip("svm_multiclass", "-mask.sum(axis=1)", "-1"),
    AskedSlip("svm_multiclass", " / N + 2 * reg * W", " / N + reg * W"),
    AskedSlip("svm_multiclass", "X.T @ mask / N", "X.T @ mask"),
    AskedSlip("siamese", "gap / dist\n", "gap\n"),
    AskedSlip("siamese", "2 * same - 2 * (1 - same)", "2 * same + 2 * (1 - same)"),
    AskedSlip("siamese", "db = -da", "db = da"),
    AskedSlip("swiglu", "(self.s + self.g * self.s * (1 - self.s))", "self.s * (1 - self.s)"),
    AskedSlip("swiglu", "du = dh * self.a", "du = dh * self.g"),
    AskedSlip("swiglu", "return dg @ self.W.T + du @ self.V.T", "return dg @ self.W.T"),
    AskedSlip("logdet_gaussian", "np.linalg.inv(P).T", "np.linalg.inv(P)"),
    AskedSlip("logdet_gaussian", "0.5 * X.shape[0] * np.linalg.inv", "0.5 * np.linalg.inv"),
    AskedSlip("logdet_gaussian", "dmu = -0.5", "dmu = 0.5"),
    AskedSlip("ridge_solve", "np.linalg.solve(A.T, dy)", "np.linalg.solve(A, dy)"),
    AskedSlip("ridge_solve", "np.outer(db, y)", "np.outer(y, db)"),
    AskedSlip("deep_lists", "W2.T) * sigmoid_grad(z1)", "W2.T) * sigmoid_grad(a1)"),
    AskedSlip("deep_lists", "(a2 - Y) * sigmoid_grad(z2)", "(a2 - Y)"),
    AskedSlip("deep_lists", "return X.T @ delta1, delta1.sum(axis=0)",
              "return X.T @ delta1, delta1.sum(axis=1)"),
    AskedSlip("affine_coupling", " + dlogdet[:, None]", ""),
    AskedSlip("affine_coupling", "dx2 = dy2 * np.exp(s)", "dx2 = dy2 * s"),
    AskedSlip("policy", "beta * p * (logp + entropy[:, None])", "beta * p * (logp + 1)"),
    AskedSlip("policy", "dlogits += beta", "dlogits -= beta"),
    AskedSlip("policy", "(p - onehot)", "(onehot - p)"),
    AskedSlip("returns_to_go", "for t in range(len(dG)):", "for t in reversed(range(len(dG))):"),
    AskedSlip("returns_to_go", "run = dG[t] + gamma * run", "run = dG[t] + run"),
    AskedSlip("bahdanau", "de = a * (da - a @ da)", "de = a * (1 - a) * da"),
    AskedSlip("bahdanau", "dWq = np.outer(q, dt.sum(axis=0))",
              "dWq = np.outer(q, dt.mean(axis=0))"),
    AskedSlip("bahdanau", "dH = np.outer(a, dc) + dt @ Wh.T", "dH = np.outer(a, dc)"),
    AskedSlip("causal_head", "        ds = ds / self.scale\n", ""),
    AskedSlip("causal_head", "np.sum(dp * self.p, axis=-1, keepdims=True)",
              "np.sum(dp * self.p, axis=-2, keepdims=True)"),
    AskedSlip("causal_head", "ds.transpose(0, 2, 1) @ self.q", "ds @ self.q"),
    AskedSlip("dilated_conv", "return dxp[:, :, pad:], dw, db",
              "return dxp[:, :, : dxp.shape[2] - pad], dw, db"),
    AskedSlip("dilated_conv", "dxp[:, :, sl] +=", "dxp[:, :, sl] ="),
    AskedSlip("dilated_conv", '"nft,fc->nct", dy, w[:, :, k]',
              '"nft,fc->nct", dy, w[:, :, -k - 1]'),
    AskedSlip("overlapping_pool", "w : w + size] += mask", "w : w + size] = mask"),
    AskedSlip("overlapping_pool", "    return dx\n", "        return dx\n"),
    AskedSlip("overlapping_pool", "h, w = i * stride, j * stride", "h, w = i * size, j * size"),
    AskedSlip("upsample", ".sum(axis=(3, 5))", ".mean(axis=(3, 5))"),
    AskedSlip("upsample", "dgain = np.sum(dy * big,", "dgain = np.sum(dy,"),
    AskedSlip("running_norm", "std = np.sqrt(self.var + self.eps)",
              "std = np.sqrt(self.running_var + self.eps)"),
    AskedSlip("running_norm", " - self.xhat * np.mean(dy * self.xhat, axis=0)", ""),
    AskedSlip("running_norm", "std = np.sqrt(self.var + self.eps)", "std = self.var + self.eps"),
    AskedSlip("prelu_channels", "np.sum(dout * np.minimum(self.x, 0), axis=(0, 2, 3))",
              "np.sum(np.minimum(self.x, 0), axis=(0, 2, 3))"),
    AskedSlip("prelu_channels", "np.minimum(self.x, 0)", "np.maximum(self.x, 0)"),
    AskedSlip("prelu_channels", "np.where(self.x > 0, dout", "np.where(dout > 0, dout"),
    AskedSlip("mish_prime", "x * (1 - t**2) * s", "x * (1 - t**2)"),
    AskedSlip("mish_prime", "(1 + 3 * 0.044715 * x**2)", "(1 + 0.044715 * x**2)"),
    AskedSlip("mish_prime", "return 2 * x\n", "return x\n"),
    AskedSlip("cox", "np.cumsum(event / risk)", "np.cumsum((event / risk)[::-1])[::-1]"),
    AskedSlip("cox", "(event - share)", "(1 - share)"),
    AskedSlip("complex_fit", "2 * A.conj().T @ e", "2 * A.T @ e"),
    AskedSlip("complex_fit", "2 * mu * w", "2 * mu * w.conj()"),
    AskedSlip("token_position", "np.add.at(dtable, ids, dh)", "dtable[ids] += dh"),
    AskedSlip("token_position", "dh = dout * keep / (1 - rate)", "dh = dout * keep"),
    AskedSlip("token_position", "dh.sum(axis=0)", "dh[0]"),
    AskedSlip("three_layer_model", "return dy * self.y * (1 - self.y)", "return dy * (1 - self.y)"),
    AskedSlip("three_layer_model", "self.dW = self.x.T @ dy\n        self.db = dy.sum(axis=0)",
              "self.dW = self.x.T @ dy\n        self.db = dy.mean(axis=0)"),
    AskedSlip("three_layer_model", "self.act.grad(self.last.backward(dy))",
              "self.last.backward(dy)"),
]  # fmt: skip
