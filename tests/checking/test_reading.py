"""How a convention is read: whose step, whose cost, which of several readings."""

import pytest

from gradproof.checking.conventions.parameter_dicts import filled_with_arrays
from gradproof.checking.source.discover import discover
from gradproof.checking.source.docstring_shapes import stated_shapes
from tests.checking.corpus import examined

pytestmark = pytest.mark.usefixtures("unexplained")

IMPORT = "import numpy as np\n"


def examined_text(tmp_path, text, **options):
    path = tmp_path / "checked_file.py"
    path.write_text(IMPORT + text, encoding="utf-8")
    return examined(path, **options)


def verdicts(tmp_path, text):
    messages = examined_text(tmp_path, text)
    assert [m for m in messages if m["type"] != "gradient"] == []
    return {m["value"]["of"]: m["value"] for m in messages}


def test_shapes_as_docstrings_state_them():
    doc = """
    xt -- the input, numpy array of shape (n_x, m)
    W: weights of shape (n_a, n_a + n_x)
    x, y: arrays of shape (N, 4H)
    z: anything of shape (N, d_1, ..., d_k)
    Returns:
    out: of shape (N,)
    """
    found = stated_shapes(doc)
    (n_x, m), (n_a, both) = found["xt"], found["W"]
    assert m == 3
    assert both == n_a + n_x
    assert len({n_x, n_a, m}) == 3
    assert found["x"] == found["y"]
    assert found["x"][1] % 4 == 0
    assert "z" not in found
    assert "out" not in found


def test_dictionaries_of_parameters():
    first = next(iter(filled_with_arrays(["W1", "b1", "W2", "b2"], {}, 0)))
    assert {k: v.shape for k, v in first.items()} == {
        "W1": (5, 4), "b1": (5, 1), "W2": (2, 5), "b2": (2, 1),
    }  # fmt: skip
    assert list(filled_with_arrays(["W1", "b1", "depth"], {}, 0)) == []


STEP = """
class Dense:
    def __init__(self, n_in, n_out, lr=0.01):
        self.W = np.zeros((n_in, n_out))
        self.v = np.zeros((n_in, n_out))
        self.lr = lr
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        back = grad @ self.W.T
        g = self.x.T @ grad
        {0}
        return back
"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("step", "verdict"), [("self.W -= self.lr * g", "PROVED"), ("self.W += self.lr * g", "REFUTED")]
)
def test_gradients_are_read_from_plain_steps(tmp_path, step, verdict):
    found = verdicts(tmp_path, STEP.format(step))
    assert found["W"]["verdict"] == verdict
    assert found["x"]["verdict"] == "PROVED"
    assert "read from the step of backward" in found["W"]["scope"]


@pytest.mark.parametrize(
    "step",
    [
        "self.v = 0.9 * self.v + g; self.W -= self.lr * self.v",
        "self.W -= self.lr * (g + 0.1 * self.W)",
        "self.v += g ** 2; self.W -= self.lr * g / (np.sqrt(self.v) + 1e-8)",
    ],
)
def test_other_steps_are_not_taken_for_gradients(tmp_path, step):
    messages = examined_text(tmp_path, STEP.format(step))
    gradients = [m["value"]["of"] for m in messages if m["type"] == "gradient"]
    assert gradients == ["x"]
    (listed,) = [m["value"] for m in messages if m["type"] == "unmatched"]
    assert listed["name"] == "Dense.backward: W"
    assert "by more than a rate times a gradient" in listed["reason"]


def test_zeros_of_the_constructor_hide_nothing(tmp_path):
    text = STEP.format("self.W -= self.lr * g").replace("grad @ self.W.T", "2 * grad @ self.W.T")
    assert verdicts(tmp_path, text)["x"]["verdict"] == "REFUTED"


def test_a_derivative_does_not_depend_on_what_was_called_before(tmp_path):
    text = """
class Sigmoid:
    def forward(self, input):
        self.last = 1 / (1 + np.exp(-input))
        return self.last
    def derivative(self, input=None):
        return self.last * (1 - self.last)
"""
    assert verdicts(tmp_path, text)["input"]["verdict"] == "PROVED"


def test_the_output_of_an_activation_in_a_loss_is_given_again(tmp_path):
    text = """
class SoftmaxLoss:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.output[range(len(inputs)), y_true]))
    def backward(self, dvalues, y_true):
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs /= len(dvalues)
"""
    (found,) = verdicts(tmp_path, text).values()
    assert found["verdict"] in ("PROVED", "CHECKED")
    assert found["contract"] == "output"
    assert "backward is given the output, as dvalues" in found["scope"]


def test_vectors_that_were_meant_as_columns(tmp_path):
    text = """
class Softmax:
    def forward(self, z):
        e = np.exp(z)
        self.s = e / e.sum()
        return self.s
    def backward(self, grad):
        n = self.s.size
        return np.dot((np.identity(n) - self.s.T) * self.s, grad)
"""
    (found,) = verdicts(tmp_path, text).values()
    assert found["verdict"] in ("PROVED", "CHECKED")
    assert "for columns; it is wrong for shape (4,)" in found["scope"]


def test_a_wrong_shape_casts_no_doubt_on_the_others(tmp_path):
    text = """
def affine_forward(x, w, b):
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout
"""
    found = verdicts(tmp_path, text)
    assert {k: v["verdict"] for k, v in found.items()} == {
        "x": "PROVED", "w": "PROVED", "b": "REFUTED",
    }  # fmt: skip


NO_COST = """
def model_forward(X, parameters):
    A = 1 / (1 + np.exp(-(parameters["W1"] @ X + parameters["b1"])))
    return A, (X, A)
def model_backward(AL, Y, cache):
    X, A = cache
    return {"dW1": (A - Y) @ X.T, "db1": (A - Y).sum(axis=1, keepdims=True)}
"""
NIELSEN = """
class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = 1 / (1 + np.exp(-(w @ a + b)))
        return a
    def backprop(self, x, y):
        nabla_b, nabla_w = [0, 0], [0, 0]
        h = 1 / (1 + np.exp(-(self.weights[0] @ x + self.biases[0])))
        a = 1 / (1 + np.exp(-(self.weights[1] @ h + self.biases[1])))
        delta = (a - y) * a * (1 - a)
        nabla_b[1], nabla_w[1] = delta, delta @ h.T
        delta = self.weights[1].T @ delta * h * (1 - h)
        nabla_b[0], nabla_w[0] = delta, delta @ x.T
        return nabla_b, nabla_w
"""


@pytest.mark.parametrize(
    ("text", "loss"), [(NO_COST, "binary"), (NIELSEN, "half the sum of squares")]
)
def test_a_loss_that_no_code_computes_is_assumed_and_said_to_be(tmp_path, text, loss):
    found = verdicts(tmp_path, text)
    assert all(v["verdict"] == "PROVED" and loss in v["scope"] for v in found.values())
    assert all("assumed to be the loss" in v["scope"] for v in found.values())


def test_beside_a_weight_that_fits_an_assumed_loss_another_is_wrong(tmp_path):
    found = verdicts(tmp_path, NIELSEN.replace("delta * h * (1 - h)", "delta * h"))
    assert {k: v["verdict"] for k, v in found.items()} == {
        "biases[0]": "REFUTED", "biases[1]": "PROVED",
        "weights[0]": "REFUTED", "weights[1]": "PROVED",
    }  # fmt: skip


@pytest.mark.parametrize("text", [
    NO_COST.replace("(A - Y) @ X.T", "(A - Y) @ X.T + parameters['W1']").replace(
        "X, A)", "X, A, parameters)").replace("X, A = cache", "X, A, parameters = cache"),
    NIELSEN.replace("delta = (a - y) * a", "delta = (a - y) * y * a"),
])  # fmt: skip
def test_where_no_weight_fits_a_usual_loss_nothing_is_accused(tmp_path, text):
    (found,) = examined_text(tmp_path, text)
    assert found["type"] == "unmatched"
    assert "targets" in found["value"]["reason"]
    assert "are of no usual one" in found["value"]["reason"]


def test_what_is_not_implemented_is_listed():
    text = """
class Relu:
    def forward(self, x):
        return x * (x > 0)
    def backward(self, dout):
        raise NotImplementedError
def tanh_forward(x):
    return x, x
def tanh_backward(dout, cache):
    pass
"""
    found = discover(text)
    assert found.candidates == []
    assert set(found.unmatched) == {"Relu.backward", "tanh_backward"}
    assert all("not implemented yet" in reason for reason in found.unmatched.values())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("f = lambda x: x ** 2\ndf = lambda x: 2 * x\n", "df"),
        ("def compute_cost(w, X): return 0\ndef compute_gradient(w, X): return 0\n",
         "compute_gradient"),
        ("def propagate(w, X):\n    return grads, cost\n", "propagate"),
        ("class A:\n    def propagate(self, x): return x\n"
         "    def backpropagate(self, d): return d\n",
         "A.backpropagate"),
        ("class A:\n    def forward_pass(self, x): return x\n"
         "    def backward_pass(self, d): return d\n", "A.backward_pass"),
    ],
)  # fmt: skip
def test_more_names(text, title):
    assert [each.title for each in discover(text).candidates] == [title]


@pytest.mark.parametrize("slip", ["-dout * self.d / len(self.d)", "dout * self.d"])
def test_of_two_names_for_targets_the_first_is_the_prediction(tmp_path, slip):
    text = """
class MSE:
    def forward(self, y, t):
        self.d = y - t
        return 0.5 * np.sum(self.d ** 2) / len(y)
    def backward(self, dout=1):
        return dout * self.d / len(self.d)
"""
    wrong = verdicts(tmp_path, text.replace("dout * self.d / len(self.d)", slip))
    assert wrong["y"]["verdict"] == "REFUTED"


def test_one_index_is_no_reading_of_several(tmp_path):
    text = """
class Embedding:
    def __init__(self, vocabulary, dim):
        self.W = np.random.randn(vocabulary, dim)
    def forward(self, idx):
        self.idx = idx
        return self.W[idx]
    def backward(self, dout):
        self.grad = np.zeros_like(self.W)
        self.grad[self.idx] += dout
"""
    assert verdicts(tmp_path, text)["W"]["verdict"] == "REFUTED"
    right = text.replace("self.grad[self.idx] += dout", "np.add.at(self.grad, self.idx, dout)")
    assert verdicts(tmp_path, right)["W"]["verdict"] in ("PROVED", "CHECKED")


def test_a_bias_that_is_a_row_is_taken_as_one(tmp_path):
    text = """
def loss(w1, b1, w2, b2, x, y):
    return 0.5 * np.mean((np.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2)
def backprop(w1, b1, w2, b2, x, y):
    a = np.tanh(x @ w1 + b1)
    d2 = (a @ w2 + b2 - y) / (len(x) * w2.shape[1])
    d1 = d2 @ w2.T * (1 - a * a)
    return {"dw1": x.T @ d1, "db1": np.sum(d1, axis=0, keepdims=True),
            "dw2": a.T @ d2, "db2": np.sum(d2, axis=0, keepdims=True)}
"""
    assert {v["verdict"] for v in verdicts(tmp_path, text).values()} == {"PROVED"}
    wrong = verdicts(tmp_path, text.replace("np.sum(d1", "np.mean(d1"))
    assert {k for k, v in wrong.items() if v["verdict"] == "REFUTED"} == {"b1"}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("text", "of", "right", "slip"), [
    ("""
def f(u, x):
    return u * np.sin(x) + u ** 2
def df_du(u, x):
    return np.sin(x) + 2 * u
""", "u", "2 * u", "u"),
    ("""
def step(x, u):
    return np.array([x[0] + u[0] * np.cos(x[1]), x[1] + u[1]])
def step_jacobian(x, u):
    return np.array([[1.0, -u[0] * np.sin(x[1])], [0.0, 1.0]])
def predict(x, u):
    F = step_jacobian(x, u)
    return step(x, u), F
""", "x", "F = step_jacobian(x, u)", "F = 2 * step_jacobian(x, u)"),
    ("""
def hinge(s, y):
    m = 1 - y * s
    loss = np.sum(np.maximum(0, m))
    return loss, np.where(m > 0, -y, 0)
""", "s", "-y, 0)", "-2 * y, 0)"),
    ("""
class Kernel:
    def __init__(self, variance=1.5):
        self.variance = variance
    def K(self, X, X2):
        return self.variance * np.exp(-np.abs(X[:, None] - X2[None, :]))
    def update_gradients(self, dL_dK, X, X2):
        self.variance_gradient = np.sum(dL_dK * self.K(X, X2)) / self.variance
""", "variance", " / self.variance", ""),
    ("""
class Counts:
    def __init__(self):
        self.y = np.array([1.0, 2.0, 0.0, 3.0])
    def loglike(self, params):
        return np.sum(self.y * params[0] - np.exp(params[0]) * params[1] ** 2)
    def score(self, params):
        e = np.exp(params[0])
        return np.array([np.sum(self.y - e * params[1] ** 2), -2 * len(self.y) * e * params[1]])
""", "params", "-2 *", "2 *"),
    ("""
class Well:
    def __init__(self):
        self.k = 2.5
    def potential_energy(self, q):
        return 0.5 * self.k * np.sum(q ** 2)
    def forces(self, q):
        return -self.k * q
""", "q", "-self.k * q", "self.k * q"),
])  # fmt: skip
def test_pairs_by_what_names_say(tmp_path, text, of, right, slip):
    found = verdicts(tmp_path, text)
    assert found[of]["verdict"] in ("PROVED", "CHECKED")
    assert right in text
    assert verdicts(tmp_path, text.replace(right, slip))[of]["verdict"] == "REFUTED"


ATTENTION = """
def attention(Q, K, V):
    e = np.exp(Q @ K.T / np.sqrt(Q.shape[-1]))
    A = e / e.sum(axis=-1, keepdims=True)
    return A @ V, (Q, K, V, A)
def attention_backward(dO, cache):
    Q, K, V, A = cache
    dA = dO @ V.T
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    return dS @ K / np.sqrt(Q.shape[-1]), dS.T @ Q / np.sqrt(K.shape[-1]), A.T @ dO
"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("slips", "wrong"), [
    ({}, set()),
    ({"dS @ K / np.sqrt(Q.shape[-1])": "dS @ K / np.sqrt(V.shape[-1])"}, {"Q"}),
    ({"dS @ K / np.sqrt(Q.shape[-1])": "dS @ K / np.sqrt(V.shape[-1])",
      "np.sqrt(K.shape[-1])": "np.sqrt(K.shape[0])"}, {"Q", "K"}),
])  # fmt: skip
def test_lengths_that_forward_does_not_tie_are_different(tmp_path, slips, wrong):
    text = ATTENTION
    for right, slip in slips.items():
        text = text.replace(right, slip)
    found = verdicts(tmp_path, text)
    assert {k for k, v in found.items() if v["verdict"] == "REFUTED"} == wrong


def test_times_of_a_curve_are_no_labels(tmp_path):
    text = """
def residuals(p, t, y):
    a, k = p
    return a * np.exp(-k * t) - y
def jacobian(p, t, y):
    a, k = p
    e = np.exp(-k * t)
    return np.column_stack([e, -a * t * e])
"""
    assert verdicts(tmp_path, text)["p"]["verdict"] in ("PROVED", "CHECKED")
    wrong = verdicts(tmp_path, text.replace("-a * t * e", "-a * t ** 2 * e"))
    assert wrong["p"]["verdict"] == "REFUTED"
