"""Slips in files of subjects that no earlier set has, labelled before any of them was checked.

Mechanics, statistics, recurrent and convolutional layers, attention, losses with a temperature or
with two heads, an ordinary differential equation and a linear solve with their adjoints. The right
files are in ``subjects/sixth/``; ``python -m tests.diagnosis.asked --set sixth`` plants and tells.
"""

from __future__ import annotations

from tests.diagnosis.asked_slips import AskedSlip


def _slip(file: str, right: str, wrong: str) -> AskedSlip:
    return AskedSlip(file, right, wrong, "sixth")


SIXTH_SLIPS = [
    _slip(
        "poisson_offset",
        "mu = np.exp(X @ beta + log_exposure)\n    return X.T",
        "mu = np.exp(X @ beta)\n    return X.T",
    ),
    _slip("poisson_offset", "return X.T @ (mu - y) / n", "return X.T @ (mu - y)"),
    _slip("poisson_offset", "return X.T @ (mu - y) / n", "return X.T @ (y - mu) / n"),
    _slip("spring_chain", "g[:-1] -= K * stretch", "g[:-1] += K * stretch"),
    _slip("spring_chain", "g[1:] += K * stretch", "g[1:] = K * stretch**2"),
    _slip(
        "spring_chain",
        "    stretch = x[1:] - x[:-1] - REST\n    g = ",
        "    stretch = x[1:] - x[:-1]\n    g = ",
    ),
    _slip("lennard_jones", "/ r**2", "/ r"),
    _slip("lennard_jones", "-12 * sr6**2 + 6 * sr6", "-12 * sr6**2 + 6 * sr6**2"),
    _slip("lennard_jones", "grad[j] -= f * d", "grad[j] = -f * d"),
    _slip("gru_cell", "dr = dxrh[:, n_in:] * h", "dr = dxrh[:, n_in:] * r"),
    _slip("gru_cell", "        dh += dxrh[:, n_in:] * r\n", ""),
    _slip("gru_cell", "dz = dh_next * (g - h)", "dz = dh_next * (h - g)"),
    _slip("gru_cell", "self.dWr = xh.T @ da_r", "self.dWr = xrh.T @ da_r"),
    _slip("elman", "dnext = da @ Wh.T", "dnext = dh @ Wh.T"),
    _slip("elman", "prev = hs[t - 1] if t > 0 else np.zeros_like(hs[0])", "prev = hs[t]"),
    _slip("elman", "db += da.sum(axis=0)", "db = da.sum(axis=0)"),
    _slip(
        "elman",
        "dnext = np.zeros_like(hs[0])\n    for t in reversed(range(len(xs))):\n",
        "for t in reversed(range(len(xs))):\n        dnext = np.zeros_like(hs[0])\n",
    ),
    _slip(
        "conv1d_im2col",
        "i * stride : i * stride + k] += dcols",
        "i * stride : i * stride + k] = dcols",
    ),
    _slip("conv1d_im2col", "dx[:, :, i * stride : i * stride + k]", "dx[:, :, i : i + k]"),
    _slip("conv1d_im2col", "db = dflat.sum(axis=(0, 1))", "db = dflat.mean(axis=(0, 1))"),
    _slip(
        "conv1d_im2col",
        ".reshape(x.shape[0], c, k)",
        ".reshape(x.shape[0], k, c).transpose(0, 2, 1)",
    ),
    _slip(
        "instance_norm",
        "m = dout.shape[2] * dout.shape[3]",
        "m = dout.shape[0] * dout.shape[2] * dout.shape[3]",
    ),
    _slip("instance_norm", "s2 = (dxhat * self.xhat)", "s2 = (dout * self.xhat)"),
    _slip("instance_norm", "self.inv / m *", "self.inv *"),
    _slip("maxpool1d", "dx[rows, where[:, j]] += dout[:, j]", "dx[rows, where[:, j]] = dout[:, j]"),
    _slip(
        "maxpool1d",
        "where[:, j] = window.argmax(axis=1) + j * stride",
        "where[:, j] = window.argmax(axis=1) + j",
    ),
    _slip("maxpool1d", "range(dout.shape[1])", "range(dout.shape[1] - 1)"),
    _slip("label_smoothing", "(np.exp(logp) - target) / n", "(np.exp(logp) - target) / k"),
    _slip("label_smoothing", "np.exp(logp) - target", "logp - target"),
    _slip(
        "label_smoothing",
        "dlogits = (np.exp(logp) - target) / n",
        "dlogits = np.exp(logp)\n    dlogits[np.arange(n), labels] -= 1\n    dlogits /= n",
    ),
    _slip("vae_loss", "0.5 * beta * (np.exp(logvar) - 1) / n", "0.5 * (np.exp(logvar) - 1) / n"),
    _slip("vae_loss", "(np.exp(logvar) - 1)", "(np.exp(logvar) + 1)"),
    _slip("vae_loss", "drecon = (recon - x) / n", "drecon = (recon - x) / x.size"),
    _slip("info_nce", "ds /= tau", "ds *= tau"),
    _slip("info_nce", "dkeys = ds.T @ queries", "dkeys = ds @ queries"),
    _slip("info_nce", "(p - np.eye(n)) / n", "(p - 1) / n"),
    _slip(
        "bilinear_einsum",
        '"no,oij,ni->nj", grad, self.W, self.a',
        '"no,oji,ni->nj", grad, self.W, self.a',
    ),
    _slip("bilinear_einsum", "grad, self.a, self.c)", "grad, self.a, self.a)"),
    _slip("bilinear_einsum", "self.db = grad.sum(axis=0)", "self.db = grad.sum()"),
    _slip("two_heads", "db = lam * (b - yb) / n", "db = (b - yb) / n"),
    _slip("two_heads", "dh = da @ Wa.T + db @ Wb.T", "dh = da @ Wa.T"),
    _slip("two_heads", "dh[h <= 0] = 0", "dh[dh <= 0] = 0"),
    _slip("smoothing_loop", "carry = (1 - alpha) * total", "carry = (1 - alpha) * ds[t]"),
    _slip("smoothing_loop", "dx[0] = ds[0] + carry", "dx[0] = alpha * (ds[0] + carry)"),
    _slip("smoothing_loop", "total = ds[t] + carry", "total = ds[t - 1] + carry"),
    _slip(
        "fourier_fit",
        "t * (b * np.cos(w * t) - a * np.sin(w * t))",
        "t * (b * np.cos(w * t) + a * np.sin(w * t))",
    ),
    _slip("fourier_fit", "J[:, 2] = t * (", "J[:, 2] = w * ("),
    _slip("fourier_fit", "J[:, 1] = np.sin(w * t)", "J[:, 1] = np.sin(t)"),
    _slip("robot_arm", "[-L1 * s1 - L2 * s12, -L2 * s12]", "[-L1 * s1 - L2 * s12, -L2 * s1]"),
    _slip("robot_arm", "[L1 * c1 + L2 * c12, L2 * c12]", "[L1 * c1, L2 * c12]"),
    _slip("robot_arm", "[L1 * c1 + L2 * c12, L2 * c12]", "[L1 * c1 + L2 * c12, L1 * c12]"),
    _slip("heteroscedastic", "draw = dvar / (1 + np.exp(-raw))", "draw = dvar * softplus(raw)"),
    _slip(
        "heteroscedastic",
        "dvar = 0.5 / var - 0.5 * err**2 / var**2",
        "dvar = 0.5 / var - 0.5 * err**2 / var",
    ),
    _slip("heteroscedastic", "dmean = -err / var", "dmean = -err / np.sqrt(var)"),
    _slip("biased_mf", "dV = -err.T @ U + reg * V", "dV = -err @ U + reg * V"),
    _slip("biased_mf", "dbu = -err.sum(axis=1)", "dbu = -err.sum(axis=1) + reg * bu"),
    _slip(
        "biased_mf",
        "err = mask * (R - U @ V.T - bu[:, None] - bi[None, :])\n    dU",
        "err = R - U @ V.T - bu[:, None] - bi[None, :]\n    dU",
    ),
    _slip("rbf_lengthscale", "return dell * ell", "return dell"),
    _slip("rbf_lengthscale", "dK = K * d2 / ell**3", "dK = K * d2 / ell**2"),
    _slip("rbf_lengthscale", "dK = K * d2 / ell**3", "dK = -K * d2 / ell**3"),
    _slip(
        "poisson1d_adjoint", "lam = np.linalg.solve(A.T, u - data)", "lam = np.linalg.solve(A.T, u)"
    ),
    _slip("poisson1d_adjoint", "return -(ue[1:] - ue[:-1])", "return (ue[1:] - ue[:-1])"),
    _slip("poisson1d_adjoint", "(le[1:] - le[:-1])", "(le[1:] + le[:-1])"),
    _slip("student_t", "(nu + 1) / (nu + r**2)", "(nu + 1) / (1 + r**2)"),
    _slip("student_t", "(weight * r) / scale", "(weight * r)"),
    _slip("student_t", "(nu + 1) / (nu + r**2)", "nu / (nu + r**2)"),
    _slip("cosine_loss", "self.cos * self.a / self.na**2", "self.cos * self.a / self.na"),
    _slip("cosine_loss", "self.cos * self.b / self.nb**2", "self.cos * self.b / self.na**2"),
    _slip("cosine_loss", "db = -(self.a", "db = (self.a"),
    _slip("multihead", "    ds *= scale\n", ""),
    _slip(
        "multihead", "np.sum(dp * p, axis=-1, keepdims=True)", "np.sum(dp, axis=-1, keepdims=True)"
    ),
    _slip("multihead", '"bhij,bhid->bhjd", ds, q', '"bhij,bhjd->bhid", ds, q'),
    _slip(
        "multihead",
        'dv = np.einsum("bhij,bhid->bhjd", p, do)',
        'dv = np.einsum("bhij,bhjd->bhid", p, do)',
    ),
    _slip("logistic_growth", "dfdx = r * (1 - 2 * x / cap)", "dfdx = r * (1 - x / cap)"),
    _slip(
        "logistic_growth",
        "sc + DT * (dfdx * sc + r * x**2 / cap**2)",
        "sc + DT * (dfdx * sc + r * x**2 / cap)",
    ),
    _slip(
        "logistic_growth",
        "sr + DT * (dfdx * sr + x * (1 - x / cap))",
        "sr + DT * (dfdx * sr + x * (1 - x * cap))",
    ),
    _slip(
        "token_embedding",
        "np.add.at(self.dE, self.ids, dout * self.scale)",
        "self.dE[self.ids] += dout * self.scale",
    ),
    _slip("token_embedding", "self.ids, dout * self.scale)", "self.ids, dout)"),
    _slip("token_embedding", "dout.sum(axis=0)", "dout.mean(axis=0)"),
]

__all__ = ["SIXTH_SLIPS"]
