"""Changes carried out together give what they give one by one; and a screen sorts them by that."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradproof.diagnosis.search.repair import Repair, Words
from gradproof.diagnosis.search.trial_batch import Screen
from gradproof.diagnosis.tape.batched import NotStackedError, Stack, rerun_many
from gradproof.diagnosis.tape.points import Scene, scene_of
from gradproof.diagnosis.tape.quiet import quiet
from gradproof.diagnosis.tape.tape import Op, Ref, rerun
from gradproof.proof.prove import program_of
from gradproof.slip_kinds import Kind

RNG = np.random.default_rng(3)


def forward(x: Any, w: Any) -> Any:
    return x @ w, (x, w)


def backward(dy: Any, cache: Any) -> Any:
    """The true gradients, by way of one function of each sort that is carried out on stacks."""
    x, w = cache
    dx = dy @ w.T
    dx = dx - dx.mean(axis=0) + dx.mean(axis=0)
    dx = np.where(dx > 0, dx, 0) + np.minimum(dx, 0)
    dx = dx * np.exp(np.clip(dx.var(axis=1, keepdims=True), 0, 0))
    dx = dx.reshape(-1)[: dx.size].reshape(x.shape)
    dx[0] = dx[0] + dx.sum() * 0
    return dx, x.T @ dy


@pytest.fixture(scope="module")
def scene() -> Scene:
    program = program_of(
        forward, backward, (RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))), None, None, None,
        (), {},
    )  # fmt: skip
    made = scene_of(program)
    assert made is not None
    assert not made.wrong()
    return made


def test_changes_carried_out_together_give_what_they_give_one_by_one(scene: Scene) -> None:
    tape = scene.first.tape
    target, tried = tape.gradients["x"], set()
    for index in sorted(tape.made_of((target,))):
        value = tape.value(index)
        if index <= tape.start or value.dtype.kind != "f":
            continue
        changed = value + RNG.normal(size=(5, *value.shape))
        together = rerun_many(tape, {index: Stack(changed)}, target)
        alone = [rerun(tape, {index: each}, [target])[0] for each in changed]
        assert np.allclose(together, alone, rtol=1e-13, atol=1e-13)
        tried.add(tape.ops[index].name)
    assert {"matmul", "mean", "where", "exp", "var", "reshape", "getitem", "setitem"} <= tried


def test_what_cannot_be_stacked_says_so(scene: Scene) -> None:
    tape = scene.first.tape
    target = tape.gradients["x"]
    stack = Stack(RNG.normal(size=(5, *np.shape(tape.value(target)))))
    with pytest.raises(NotStackedError):
        rerun_many(tape, {target: Op("linalg.inv", (stack,), {}, None)}, target)
    before = next(k for k, op in enumerate(tape.ops) if op.name == "reshape")
    with pytest.raises(NotStackedError):  # what is given another shape must have its own before
        rerun_many(tape, {tape.ops[before].args[0].index: Stack(np.ones((5, 2)))}, before)


def test_a_screen_tells_what_holds_from_what_does_not(scene: Scene) -> None:
    screen = Screen(scene, "x", np.ones((3, *scene.first.true["x"].shape)))
    target = scene.first.tape.gradients["x"]
    for factor in (1.0, 1 + 1e-5, 2.0):
        screen.take(_times(target, factor))
    screen.finish()
    assert [r.cost for r in screen.held(9)] == [1.0]
    assert [r.cost for r in screen.likely(9)] == [1 + 1e-5]  # 2.0 costs too much
    assert len(screen.effects.below(9.0)[0]) == 2


def _times(index: int, factor: float) -> Repair:
    return Repair(Kind.WRONG_FACTOR, factor, index, (), lambda tape: {
        index: Op("multiply", (Ref(tape.ops[index].args[0].index), factor), {}, None)},
        lambda _: Words("", "", ""))  # fmt: skip


def test_what_is_tried_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            _nothing()
        with quiet():
            _nothing()


def _nothing() -> None:
    np.mean(np.zeros(0))
    np.array([np.inf]) @ np.array([0.0])
