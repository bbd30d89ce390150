"""prove_gradient: what is proved, refuted and left undecided, and in which words."""

import time

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.verdicts import Status
from tests.proof.programs import CASES, draw

X = draw(2, 3)


def relu(x):
    return np.maximum(x, 0), x


def relu_backward(dy, x):
    return dy * (x > 0)


def sigmoid(x):
    y = 1 / (1 + np.exp(-x))
    return y, y


def sigmoid_backward(dy, y):
    return dy * y * (1 - y)


def normalize(x, eps=1e-5):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    x_hat = (x - mu) / np.sqrt(var + eps)
    return x_hat, (x_hat, np.sqrt(var + eps))


def normalize_backward(dy, cache):
    x_hat, std = cache
    return (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0)) / std


def proved(*args, **options):
    verdict = prove_gradient(*args, **options)
    assert verdict.status is Status.PROVED, str(verdict)
    return verdict


def refuted(*args, **options):
    verdict = prove_gradient(*args, **options)
    assert verdict.status is Status.REFUTED, str(verdict)
    assert verdict.counterexample is not None
    return verdict


def undecided(*args, **options):
    verdict = prove_gradient(*args, **options)
    assert verdict.status is Status.UNDECIDED, str(verdict)
    return verdict


# --- the operations of the book -------------------------------------------------------------------


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "checked"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_operation_is_proved(case, bare):
    proved(*case.functions(bare), *case.inputs, **case.options)


@pytest.mark.parametrize("case", [c for c in CASES if "batch" in c.options], ids=str)
def test_for_every_batch_size(case):
    assert "for every batch size m" in proved(
        *case.functions(), *case.inputs, **case.options
    ).scope  # fmt: skip


@pytest.mark.parametrize("name", ["backward", "backward_fused"])
def test_batch_norm_for_every_batch_size_and_eps_to_second_order(name):
    case = next(c for c in CASES if c.module == "batch_norm" and c.backward == name)
    verdict = proved(
        *case.functions(), *case.inputs, batch="x", symbolic={"eps": "positive"}, order=2
    )
    assert "eps > 0" in verdict.scope
    assert "second derivatives too" in verdict.scope


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softmax"])
def test_second_order_of_the_activations(name):
    case = next(c for c in CASES if c.module == name)
    assert proved(*case.functions(), *case.inputs, order=2).details["order"] == 2


def test_elu_for_every_alpha():
    case = next(c for c in CASES if c.module == "elu")
    scope = proved(*case.functions(), *case.inputs, symbolic={"alpha": "real"}).scope
    assert "real alpha" in scope
    assert "at x = 0 the code returns the left-hand derivative" in scope


# --- scopes ---------------------------------------------------------------------------------------


def test_kink_is_reported():
    scope = proved(relu, relu_backward, X).scope
    assert scope == (
        "for all real x, dy of shape (2, 3); at x = 0 the code returns 0, a subgradient in [0, 1]"
    )


def test_any_subgradient_is_accepted():
    def backward(dy, x):
        return dy * np.where(x == 0, 0.5, x > 0)

    assert "the code returns 1/2, a subgradient in [0, 1]" in proved(relu, backward, X).scope


def test_no_subgradient_is_refuted_at_the_kink():
    def backward(dy, x):
        return dy * np.where(x == 0, 1.5, x > 0)

    example = refuted(relu, backward, X).counterexample
    assert example.inputs["x"][0][0] == 0
    assert example.got == "1.5"


def test_smooth_point_that_the_code_gets_wrong():
    def cube(x):
        return np.where(x > 0, x**3, -(x**3)), x

    def backward(dy, x):
        return dy * np.where(x == 0, 1, 3 * x * np.abs(x))

    refuted(cube, backward, X)


def test_value_at_one_point_that_only_the_forward_singles_out():
    def same(x):
        return np.where(x == 2, 2, x), x

    refuted(same, lambda dy, x: dy * (x != 2), X)
    proved(same, lambda dy, x: dy, X)


def test_jump_has_no_derivative():
    verdict = proved(lambda x: (np.sign(x), x), lambda dy, x: np.zeros_like(x), X)
    assert "at x = 0 the output jumps and has no derivative" in verdict.scope


def test_domain_is_stated():
    def backward(dy, x):
        return dy / (2 * np.sqrt(x))

    assert "where x > 0" in proved(lambda x: (np.sqrt(x), x), backward, abs(X)).scope


def test_cancelled_division_is_not_forgotten():
    scope = proved(lambda x: (x, x), lambda dy, x: dy * x / x, X).scope
    assert "where x != 0" in scope


def test_side_effect_is_reported():
    def backward(dy, x):
        dx = dy
        dx[x <= 0] = 0
        return dx

    verdict = proved(relu, backward, X)
    assert verdict.details["side_effects"] == ("changes dy in place",)
    assert "changes dy in place" in verdict.scope


def test_expression_is_shown():
    expressions = proved(sigmoid, sigmoid_backward, draw(1)).details["expressions"]
    assert str(expressions["y"]) == "1/(1 + exp(-x))"
    assert str(expressions["dx"].sympy()) == "dy*(1 - 1/(1 + exp(-x)))/(1 + exp(-x))"
    assert r"e^{- x}" in expressions["y"].latex()


def test_recognised_literal_is_noted():
    def scaled(x):
        return np.sqrt(2 / np.pi) * x, x

    assert "as sqrt(2/pi)" in proved(scaled, lambda dy, x: dy * np.sqrt(2 / np.pi), X).scope


def test_literals_are_decimals():
    refuted(lambda x: (0.1 * x, x), lambda dy, x: dy * 0.11, X)
    undecided(lambda x: (0.1 * x, x), lambda dy, x: dy * 0.1000000000001, X)
    proved(lambda x: ((0.1 + 0.2) * x, x), lambda dy, x: dy * 0.3, X)


# --- refutations ----------------------------------------------------------------------------------


def test_counterexample_is_short_and_reproduces(capsys):
    def wrong(dy, y):
        return dy * y * (1 + y)

    example = refuted(sigmoid, wrong, X).counterexample
    assert example.inputs == {"x": [[0, 0, 0], [0, 0, 0]], "dy": [[1, 0, 0], [0, 0, 0]]}
    exec(example.snippet, {"relu": relu})
    printed = capsys.readouterr().out
    assert "but the derivative is 0.24999" in printed or "but the derivative is 0.25" in printed
    assert example.at in printed


@pytest.mark.parametrize(
    "wrong",
    [
        lambda dy, c: (dy - dy.mean(0)) / c[1],
        lambda dy, c: (dy - c[0] * (dy * c[0]).mean(0)) / c[1],
        lambda dy, c: (dy - dy.mean(0) - c[0] * (dy * c[0]).sum(0)) / c[1],
        lambda dy, c: normalize_backward(dy, c) * 1.01,
        lambda dy, c: normalize_backward(dy, c) / c[1],
    ],
)
@pytest.mark.parametrize("batch", [None, "x"])
def test_wrong_batch_norms_are_refuted(wrong, batch):
    refuted(normalize, wrong, draw(4, 2), batch=batch)


def test_normalize_itself_is_proved():
    scope = proved(normalize, normalize_backward, draw(4, 2), batch="x").scope
    assert scope.startswith("for every batch size m: for all real x, dy of shape (m, 2)")


def test_each_gradient_has_its_verdict():
    def dense(x, W, b):
        return x @ W + b, (x, W)

    def backward(dy, cache):
        x, W = cache
        return dy @ W.T, dy.T @ x, dy.sum(axis=0)

    verdict = refuted(dense, backward, draw(2, 3), draw(3, 3), draw(3))
    statuses = {k: v.status for k, v in verdict.details["gradients"].items()}
    assert statuses == {"x": Status.PROVED, "W": Status.REFUTED, "b": Status.PROVED}
    assert "dW[" in verdict.counterexample.at


def test_wrong_shape_is_refuted():
    def bias(x, b):
        return x + b, None

    verdict = refuted(bias, lambda dy, _: (dy, dy.sum(0, keepdims=True)), X, draw(3))
    assert verdict.reason == "db has shape (1, 3), but b has shape (3,)"


def test_two_wrongs_that_agree_for_ones_are_refuted():
    def softmax(x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True), None

    refuted(softmax, lambda dy, _: np.zeros_like(dy), X)


def test_true_only_for_the_example_batch_size_is_not_proved_for_every():
    def mean(x):
        return x.mean(axis=0), x

    def backward(dy, x):
        return np.ones_like(x) * dy / 4

    verdict = proved(mean, backward, draw(4, 2), batch="x")
    assert "every batch size" not in verdict.scope
    assert "not for every batch size" in verdict.reason
    refuted(mean, backward, draw(3, 2), batch="x")


# --- undecided ------------------------------------------------------------------------------------


def test_untraceable_function_is_named_with_its_line():
    verdict = undecided(lambda x: (np.floor(x), x), lambda dy, x: 0 * dy, X)
    assert "np.floor" in verdict.reason
    assert "test_prove.py, line" in verdict.reason


def test_limits_are_arguments_and_reported():
    many = draw(12)

    def loop(x):
        return np.array([v if v > 0 else 0 for v in x]), x

    assert "max_paths" in undecided(loop, relu_backward, many, max_paths=4).reason
    assert "size_limit = 50" in undecided(normalize, normalize_backward, X, size_limit=50).reason
    start = time.monotonic()
    reason = undecided(normalize, normalize_backward, draw(60, 60), time_limit=0.2).reason
    assert "time_limit = 0.2 s" in reason
    assert time.monotonic() - start < 5


def test_code_that_raises_is_undecided():
    def backward(dy, x):
        raise ValueError("out of order")

    assert "out of order" in undecided(relu, backward, X).reason


def test_code_that_catches_the_refusal_is_undecided():
    def forward(x):
        try:
            return np.floor(x), x
        except Exception:
            return np.zeros_like(x), x

    assert "np.floor" in undecided(forward, lambda dy, x: 0 * dy, X).reason


def test_code_that_differs_from_call_to_call_is_undecided():
    def forward(x):
        mask = np.random.default_rng().random(x.shape)
        return x * mask, mask

    assert "not faithful" in undecided(forward, lambda dy, mask: dy * mask, X).reason


def test_division_by_zero_everywhere_is_no_proof():
    def backward(dy, x):
        return dy * (x > 0) * ((x - x) / (x - x))

    assert prove_gradient(relu, backward, X).status is not Status.PROVED


def test_nowhere_defined_is_no_proof():
    def nowhere(x):
        return np.sqrt(-1 - x**2), x

    def backward(dy, x):
        return dy * -x / np.sqrt(-1 - x**2)

    assert prove_gradient(nowhere, backward, X).status is not Status.PROVED


def test_a_wrong_branch_that_random_floats_rarely_meet():
    def backward(dy, x):
        return dy * np.where(x > 1000, 2, x > 0)

    assert prove_gradient(relu, backward, X).status is not Status.PROVED


def test_an_impossible_branch_does_no_harm():
    def backward(dy, x):
        return np.where((x > 1) & (x < 0), 99, relu_backward(dy, x))

    proved(relu, backward, X)


def test_an_impossible_branch_across_variables_does_no_harm():
    def first(x):
        return x[0] * np.ones(1), x

    def backward(dy, x):
        strange = (x[0] > x[1]) & (x[1] > x[2]) & (x[2] > x[0])
        return np.array([np.where(strange, 5.0, dy[0]), 0.0, 0.0])

    proved(first, backward, draw(3))


# --- calling conventions --------------------------------------------------------------------------


def test_forward_without_cache():
    proved(lambda x: np.tanh(x), lambda dy, x: dy * (1 - np.tanh(x) ** 2), X)


def test_methods_that_keep_state():
    class Layer:
        def forward(self, x):
            self.x = x
            return np.maximum(0, x)

        def backward(self, dy):
            return dy * (self.x > 0)

    layer = Layer()
    proved(layer.forward, layer.backward, X)


def test_gradients_by_key():
    def product(x, w):
        return x * w, (x, w)

    def backward(dy, cache):
        return {"dw": dy * cache[0], "dx": dy * cache[1]}

    proved(product, backward, X, X)


def test_scalar_loss_and_labels():
    def loss(x, t):
        p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(x)), t]).mean(), (p, t)

    def backward(dy, cache):
        p, t = cache
        dx = p.copy()
        dx[np.arange(len(p)), t] -= 1
        return dy * dx / len(p)

    t = np.array([2, 0])
    assert "for these t" in proved(loss, backward, X, t).scope
    assert "t in 0..2" in proved(loss, backward, X, t, labels={"t": 3}).scope


@pytest.mark.parametrize(("divisor", "right"), [("len(x)", True), ("(len(x) - 1)", False)])
def test_len_of_a_batch_is_its_size(divisor, right):
    namespace = {"np": np}
    exec(f"def mean(x): return x.sum(axis=0) / {divisor}, x", namespace)

    def backward(dy, x):
        return np.zeros_like(x) + dy / len(x)

    verdict = prove_gradient(namespace["mean"], backward, X, batch="x")
    assert (verdict.status.value == "PROVED") == right, verdict
    assert ("for every batch size m" in verdict.scope) == right


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wrt": "w"}, "'w' is no input of forward"),
        ({"batch": "w"}, "batch: 'w' is no input"),
        ({"symbolic": {"eps": "tiny"}}, "expected positive, nonnegative or real"),
        ({"symbolic": {"alpha": "real"}}, "pass an example value"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        prove_gradient(normalize, normalize_backward, X, **options)
