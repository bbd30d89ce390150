"""A trace as plain data: the same verdict from it, and nothing else is accepted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gradproof.proof import prove_gradient, prove_program
from gradproof.tracing.nodes import fresh_table
from gradproof.tracing.record_trace import Program, trace
from gradproof.tracing.serial import SerialError, packed, unpacked


def elsewhere(program, paths):
    """Trace in a table of its own, and read what comes of it as text in this one."""
    with fresh_table(100_000):
        text = json.dumps(packed(trace(program, paths)))
    return unpacked(json.loads(text), program)


def leaky(x):
    return np.where(x > 0, x, 0.1 * x), x


def leaky_backward(dy, x):
    dy *= 1.0  # in place, as people do
    return np.where(x > 0, dy, 0.1 * dy)


def norm(x):
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return x_hat, (x_hat, np.sqrt(x.var(axis=0) + 1e-5))


def norm_backward(dy, cache):
    x_hat, std = cache
    return (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0)) / std


def entropy(x):
    if x.sum() > 100:
        raise ValueError("too large")
    return -np.sum(np.log(x / x.sum()) * x / x.sum()) * np.sin(np.pi / 3), x


def entropy_backward(dy, x):
    p = x / x.sum()
    return dy * (-(np.log(p) + 1) + (p * (np.log(p) + 1)).sum()) / x.sum() * np.sin(np.pi / 3)


def cube_root(x):
    return np.cbrt(x) * np.tanh(x) / x, x


def cube_root_backward(dy, x):
    y = np.cbrt(x) * np.tanh(x) / x
    return dy * (y / (3 * x) - y / x + np.cbrt(x) / x * (1 - np.tanh(x) ** 2))


RIGHT = [
    (leaky, leaky_backward, np.array([0.3, -1.2])),
    (norm, norm_backward, np.array([[0.3, -1.2], [0.7, 0.1], [2.0, 1.0]])),
    (entropy, entropy_backward, np.array([0.3, 1.2, 0.5])),
    (cube_root, cube_root_backward, np.array([0.3, -1.2])),
]


@pytest.mark.parametrize(("forward", "backward", "x"), RIGHT)
@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_the_verdict_is_that_of_a_trace_made_here(forward, backward, x, factor):
    def scaled(dy, cache):
        return factor * backward(dy, cache)

    here = prove_gradient(forward, scaled, x)
    there = prove_program(Program(forward, scaled, {"x": x}, ["x"]), elsewhere)
    assert str(there) == str(replace(here, explain=None))
    assert here.holds == (factor == 1.0)


def plain(program):
    with fresh_table(100_000):
        return json.loads(json.dumps(packed(trace(program, 64))))


PROGRAM = Program(leaky, leaky_backward, {"x": np.array([0.3, -1.2])}, ["x"])
DATA = plain(PROGRAM)


def put(data, value, *path):
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ("nodes",)),
        ([["symbol", "z"]], ("nodes",)),
        (["symbol", "y[0]"], ("nodes", 0)),
        (["eval", "__import__('os')"], ("nodes", 0)),
        (["call", "eval", 0], ("nodes", 1)),
        (["add", [1], 99], ("nodes", 1)),
        (["add", [1], -1], ("nodes", 1)),
        (["add", [1], True], ("nodes", 1)),
        (["add", [1, 2], 0], ("nodes", 1)),
        (["add", [0.5], 0], ("nodes", 1)),
        (["add", ["1e9999"], 0], ("nodes", 1)),
        (["add", ["1/0"], 0], ("nodes", 1)),
        (["add", ["9" * 5000], 0], ("nodes", 1)),
        (["mul", [10**9], 0], ("nodes", 1)),
        (["case", "sign", 0, 0], ("nodes", 1)),
        (["case", "label", 0, 0, 0, 0], ("nodes", 1)),
        ([[3], "<f8", [0, 0]], ("y",)),
        ([[2], "|O", [0, 0]], ("y",)),
        ([[2], "<f8", [0, 10**9]], ("y",)),
        ({}, ("gradients",)),
        ("many", ("paths",)),
        (["deletes your files"], ("effects",)),
        ([[0, 9]], ("obligations",)),
        ([[0, 0]], ("obligations",)),
        ([["x", "y"]], ("literals",)),
    ],
)
def test_what_is_no_trace_is_refused(value, path):
    data = json.loads(json.dumps(DATA))
    put(data, value, *path)
    with fresh_table(100_000), pytest.raises(SerialError):
        unpacked(data, PROGRAM)


def test_truth_values_are_no_numbers():
    data = json.loads(json.dumps(DATA))
    data["nodes"].append(["bool", True])
    data["y"][2] = [len(data["nodes"]) - 1] * 2
    with fresh_table(100_000), pytest.raises(SerialError, match="truth value"):
        unpacked(data, PROGRAM)


def test_signs_are_worked_out_here():
    """A symbol that was positive over there is any real number here."""
    positive = Program(leaky, leaky_backward, {"x": np.array([1.0])}, ["x"], positive=["x"])
    data = plain(positive)
    anywhere = Program(leaky, leaky_backward, {"x": np.array([1.0])}, ["x"])
    verdict = prove_program(anywhere, lambda program, paths: unpacked(data, program), points=[5])
    assert not verdict.holds
    assert "not faithful" in verdict.reason


def test_a_right_graph_for_wrong_code_is_not_believed():
    def wrong(dy, x):
        return np.where(x > 0, dy, dy)

    program = Program(leaky, wrong, {"x": np.array([0.3, -1.2])}, ["x"])
    verdict = prove_program(program, lambda program, paths: unpacked(DATA, program), points=[7])
    assert not verdict.holds
    assert "not faithful" in verdict.reason


def test_a_trace_for_every_batch_size_is_not_sent():
    program = Program(leaky, leaky_backward, {"x": np.ones(2)}, ["x"], batch=["x"])
    with fresh_table(100_000):
        record = trace(program, 64)
        with pytest.raises(SerialError, match="every batch size"):
            packed(record)


def relu6(x):
    return np.minimum(np.maximum(x, 0), 6), x


@pytest.mark.parametrize("right", [True, False])
def test_a_trace_from_elsewhere_is_tried_on_both_sides_of_its_conditions(right):
    """That the mask above 6 is missing shows only there, and the graph does not say so."""

    def backward(dy, x):
        return np.where((x > 0) & (x < 6), dy, 0.0)

    def without_mask(dy, x):
        return np.where(x > 0, dy, 0.0)

    x = {"x": np.array([0.3, -1.2, 2.0])}
    data = plain(Program(relu6, backward, x, ["x"]))
    program = Program(relu6, backward if right else without_mask, x, ["x"])
    verdict = prove_program(program, lambda program, paths: unpacked(data, program), points=[3])
    assert verdict.holds == right


def test_a_gradient_that_is_never_finite_is_not_believed():
    def nowhere(dy, x):
        return np.where(x > 0, dy, np.nan)

    program = Program(leaky, nowhere, {"x": np.array([0.3, -1.2])}, ["x"])
    verdict = prove_program(program, lambda program, paths: unpacked(DATA, program), points=[3])
    assert not verdict.holds

    def never(dy, x):
        return dy * np.array([np.nan, 1.0])

    program = Program(leaky, never, {"x": np.array([0.3, -1.2])}, ["x"])
    verdict = prove_program(program, lambda program, paths: unpacked(DATA, program), points=[3])
    assert not verdict.holds
