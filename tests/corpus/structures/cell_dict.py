import numpy as np


def lstm_cell_forward(x_t, h_prev, c_prev, params):
    """x_t: (n_x, m), h_prev and c_prev: (n_h, m)"""
    z = np.concatenate([h_prev, x_t])
    f = 1 / (1 + np.exp(-(params["Wf"] @ z + params["bf"])))
    i = 1 / (1 + np.exp(-(params["Wi"] @ z + params["bi"])))
    g = np.tanh(params["Wc"] @ z + params["bc"])
    c = f * c_prev + i * g
    h = np.tanh(c)
    return h, c, (z, f, i, g, c_prev, h, h_prev.shape[0], params)


def lstm_cell_backward(dh, dc, cache):
    z, f, i, g, c_prev, h, n, params = cache
    dc = dc + dh * (1 - h ** 2)
    df = dc * c_prev * f * (1 - f)
    di = dc * g * i * (1 - i)
    dg = dc * i * (1 - g ** 2)
    dz = params["Wf"].T @ df + params["Wi"].T @ di + params["Wc"].T @ dg
    return {
        "dx_t": dz[n:], "dh_prev": dz[:n], "dc_prev": dc * f,
        "dWf": df @ z.T, "dWi": di @ z.T, "dWc": dg @ z.T,
        "dbf": df.sum(axis=1, keepdims=True), "dbi": di.sum(axis=1, keepdims=True),
        "dbc": dg.sum(axis=1, keepdims=True),
    }
