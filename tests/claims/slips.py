"""Slips that people make, to be planted in the scripts of this folder: data.

Each is a text of a script, and what stands there instead. ``lines`` are the texts of the updates
that are then no multiple of the gradient of the script's loss (or another multiple than the rest);
none where the script computes no loss and too little fits the assumed one: that is undecided.
"""

from __future__ import annotations

from typing import NamedTuple


class Slip(NamedTuple):
    """One slip: what is replaced in which script, and the updates that it makes wrong."""

    script: str
    old: str
    new: str
    lines: tuple[str, ...]


SLIPS = [
    Slip("line_by_floats", "dc += 2 * miss / len(xs)", "dc += 2 * miss", ("c = c - rate",)),
    Slip("line_by_floats", "m = m - rate * dm", "m = m + rate * dm", ("m = m + rate",)),
    Slip("line_by_floats", "2 * miss * x /", "2 * miss /", ("m = m - rate",)),
    Slip("two_layers_mse", "(1 - h**2)", "(1 - z**2)", ("V -=", "v0 -=")),
    Slip("two_layers_mse", "d_out @ U.T * (1 - h**2)", "d_out @ U.T", ("V -=", "v0 -=")),
    Slip("two_layers_mse", "du0 = d_out.sum(axis=0)", "du0 = err.sum(axis=0)", ("u0 -=",)),
    Slip("two_layers_mse", "dV = data.T @ dz", "dV = data.T @ dz / len(data)", ("V -=",)),
    Slip("lists_of_weights", "np.dot(delta, acts[-k - 1].T)", "np.dot(delta, acts[-k].T[:, :1] "
         "@ np.ones((1, acts[-k - 1].shape[0])))", ("self.mats =",)),
    Slip("lists_of_weights", "delta) * s * (1 - s)", "delta) * s", ()),
    Slip("softmax_model_dict", "dW1 = np.dot(X.T, delta2)", "dW1 = np.dot(X.T, delta2) / len(X)",
         ("W1 +=",)),
    Slip("softmax_model_dict", "delta3.dot(W2.T) * (1 - np.power(a, 2))", "delta3.dot(W2.T) * "
         "(1 - a)", ("W1 +=", "b1 +=")),
    Slip("softmax_model_dict", "dW2 += reg * W2\n", "pass\n", ("W2 +=",)),
    Slip("logistic_cost_afterwards", "np.sum(guess - labels) / m", "np.sum(guess - labels)",
         ("bias = bias",)),
    Slip("class_holds_data", "slope @ self.w2.T * self.hidden * (1 - self.hidden)",
         "slope @ self.w2.T", ()),
    Slip("class_holds_data", "self.w1 += d1\n", "self.w1 -= d1\n", ()),
    Slip("neuron_objects", "* n.output * (1 - n.output)", "", ("n.weights[k] -=", "n.bias -=")),
    Slip("neuron_objects", "for layer in (hidden, last):", "for layer in (last, hidden):", ()),
    Slip("norm_layer_net", "n > 0, 1.0, 0.1)", "n > 0, 1.0, 0.0)", ("p -= 0.1",)),
    Slip("norm_layer_net", " - xhat * (dxhat * xhat).sum(0))", ")", ("p -= 0.1",)),
    Slip("norm_layer_net", "(dn * xhat).sum(0), dn", "(dn * n).sum(0), dn", ("p -= 0.1",)),
    Slip("momentum_tanh", "x.T @ g, g.sum(0)", "x.T @ g, g.mean(0)", ("b = b + vb",)),
    Slip("adam_object", "dh[z <= 0] = 0", "dh[h < 0] = 0", ("params[name] -=",)),
    Slip("adam_object", '"V": h.T @ ds', '"V": z.T @ ds', ("params[name] -=",)),
    Slip("hinge_margin", "2 * lam * w\n", "lam * w\n", ("w = w",)),
    Slip("hinge_margin", "gb = -(active * y).mean()", "gb = -active.mean()", ("b = b",)),
    Slip("ridge_penalty", "(features.T.dot(residual) + penalty * weights) / n",
         "features.T.dot(residual) / n", ("weights -=",)),
    Slip("ridge_penalty", "grad_b = np.sum(residual) / n", "grad_b = np.sum(residual)",
         ("intercept -=",)),
    Slip("skip_gram", "np.outer(x, np.dot(outer, e))", "np.outer(x, np.dot(outer, p))",
         ("inner = inner",)),
    Slip("skip_gram", "            d_inner = np.outer(x, np.dot(outer, e))\n"
         "            inner = inner - 0.05 * d_inner\n            outer = outer - 0.05 * d_outer\n",
         "            outer = outer - 0.05 * d_outer\n"
         "            d_inner = np.outer(x, np.dot(outer, e))\n"
         "            inner = inner - 0.05 * d_inner\n", ("inner = inner",)),
    Slip("old_matrices", "0.3 * miss.mean()", "0.3 * miss.sum()", ("offset = offset",)),
    Slip("poisson_counts", "base += 0.05 * np.mean(counts - mean)",
         "base += 0.05 * np.mean(counts - eta)", ("base +=",)),
    Slip("factor_matrix", "gQ = 2 * P.T @ gap", "gQ = P.T @ gap", ("Q -=",)),
    Slip("factor_matrix", "gP = 2 * gap @ Q.T + 0.04 * P", "gP = 2 * gap @ Q.T",
         ("P -=",)),
    Slip("char_rnn", "draw = (1 - hs[t] * hs[t]) * dh", "draw = (1 - hs[t]) * dh",
         ("param +=",)),
    # The gradient of the first letter's loss alone is one term of what is then added up.
    Slip("letters_with_state", "dh = O.T @ ds + dh_next", "dh = O.T @ ds", ("param -=",)),
]  # fmt: skip
