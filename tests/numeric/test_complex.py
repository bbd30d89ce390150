"""Complex inputs and outputs: right in a convention that is named, or wrong in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import assert_gradient, check_gradient, check_jvp, jacobian

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(5)


def drawn(*shape: int) -> Array:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


Z, W, V, X = drawn(2, 3), drawn(3, 2), drawn(4), RNG.normal(size=(2, 3))
bar = np.conj


def at(place: tuple[int, int], gradient: Array) -> Array:
    """A gradient with one element conjugated: the sign of one imaginary part is wrong."""
    gradient[place] = bar(gradient[place])
    return gradient


def squared(z: Array) -> Any:
    return np.abs(z) ** 2


def mod_relu(z: Array) -> Any:
    return np.maximum(np.abs(z) - 0.3, 0) * z / np.abs(z)


def mod_relu_backward(dy: Array, z: Array) -> Any:
    size, unit = np.abs(z), z / np.abs(z)
    along = unit * np.real(bar(unit) * dy)
    return (size > 0.3) * along + np.maximum(size - 0.3, 0) / size * (dy - along)


def by_inverse(dy: Array, a: Array) -> Any:
    inverse = bar(np.linalg.inv(a)).T
    return -inverse @ dy @ inverse


TORCH, JAX, HALF = "as in torch", "as in JAX", "as Wirtinger's"
# What, forward, backward, inputs, and the convention in which it is right.
RIGHT: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...], str]] = {
    "|z|^2": (squared, lambda dy, z: 2 * dy * z, (Z,), TORCH),
    "|z|^2, conjugated": (squared, lambda dy, z: 2 * dy * bar(z), (Z,), JAX),
    "|z|^2, Wirtinger's": (squared, lambda dy, z: dy * z, (Z,), HALF),
    "z conj(z)": (lambda z: z * bar(z), lambda dy, z: dy * z + bar(dy) * z, (Z,), TORCH),
    "|z|": (np.abs, lambda dy, z: dy * z / np.abs(z), (Z,), TORCH),
    "phase": (np.angle, lambda dy, z: dy * 1j * z / squared(z), (Z,), TORCH),
    "phase, conjugated": (np.angle, lambda dy, z: bar(dy * 1j * z / squared(z)), (Z,), JAX),
    "product": (lambda z, w: z @ w, lambda dy, z, w: (dy @ bar(w).T, bar(z).T @ dy), (Z, W), TORCH),
    "product, conjugated": (
        lambda z, w: z @ w, lambda dy, z, w: (dy @ w.T, z.T @ dy), (Z, W), JAX),
    "transform": (np.fft.fft, lambda dy, z: 3 * np.fft.ifft(dy), (Z,), TORCH),
    "transform, conjugated": (np.fft.fft, lambda dy, z: np.fft.fft(dy), (Z,), JAX),
    "transform of reals": (
        np.fft.rfft, lambda dy, x: np.fft.fft(np.pad(bar(dy), ((0, 0), (0, 1)))).real, (X,), TORCH),
    "power spectrum of reals": (
        lambda x: squared(np.fft.fft(x)),
        lambda dy, x: 6 * np.fft.ifft(dy * np.fft.fft(x)).real, (X,), ""),
    "exponential of reals": (
        lambda x: np.exp(1j * x), lambda dy, x: (dy * 1j * np.exp(1j * x)).real, (X,), JAX),
    "weights of a real loss": (
        lambda w: np.sum(squared(Z @ w)), lambda dy, w: 2 * dy * bar(Z).T @ (Z @ w), (W,), TORCH),
    "reals beside complex numbers": (
        lambda x, z: x * z, lambda dy, x, z: ((dy * bar(z)).real, dy * x), (X, Z), TORCH),
    "ReLU of both parts": (
        lambda z: np.maximum(z.real, 0) + 1j * np.maximum(z.imag, 0),
        lambda dy, z: dy.real * (z.real > 0) + 1j * dy.imag * (z.imag > 0), (Z,), TORCH),
    "ReLU of the modulus": (mod_relu, mod_relu_backward, (Z,), TORCH),
    "inverse": (np.linalg.inv, by_inverse, (drawn(2, 2),), TORCH),
    "imaginary part": (np.imag, lambda dy, z: -1j * dy, (Z,), JAX),
    "single precision": (squared, lambda dy, z: 2 * dy * z, (Z.astype(np.complex64),), TORCH),
    "a number": (squared, lambda dy, z: 2 * dy * z, (1.5 - 0.5j,), TORCH),
}  # fmt: skip
WRONG: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]] = {
    "the sign of one imaginary part": (squared, lambda dy, z: at((0, 1), 2 * dy * z), (Z,)),
    "the same of an analytic function": (
        lambda z: z**3, lambda dy, z: at((1, 2), dy * bar(3 * z**2)), (Z,)),
    "the real part alone": (squared, lambda dy, z: 2 * dy * z.real, (Z,)),
    "the sign of a phase": (np.angle, lambda dy, z: -dy * 1j * z / squared(z), (Z,)),
    "no conj of weights": (
        lambda w: np.sum(squared(Z @ w)), lambda dy, w: 2 * dy * Z.T @ (Z @ w), (W,)),
    "no factor N of a transform": (np.fft.fft, lambda dy, z: np.fft.ifft(dy), (Z,)),
    "the inverse of rfft": (np.fft.rfft, lambda dy, x: np.fft.irfft(dy, 3), (X,)),
    "the imaginary part of an exponential of reals": (
        lambda x: np.exp(1j * x), lambda dy, x: (dy * 1j * np.exp(1j * x)).imag, (X,)),
    "conj passed on as it is": (bar, lambda dy, z: dy, (Z,)),
    "half of an analytic function": (np.exp, lambda dy, z: dy * bar(np.exp(z)) / 2, (Z,)),
    "1 % in single precision": (
        squared, lambda dy, z: 2.02 * dy * z, (Z.astype(np.complex64),)),
    "the real part, where all imaginary parts are 0": (
        squared, lambda dy, z: 2 * dy * z.real, (X + 0j,)),
}  # fmt: skip


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", RIGHT)
def test_right_in_a_convention_that_is_named(name: str) -> None:
    forward, backward, inputs, convention = RIGHT[name]
    verdict = check_gradient(forward, backward, *inputs)
    assert verdict.holds, str(verdict)
    said = [each for each in (TORCH, JAX, HALF) if each in verdict.scope]
    assert said == [convention] * bool(convention)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", WRONG)
def test_wrong_in_every_convention(name: str) -> None:
    forward, backward, inputs = WRONG[name]
    assert str(check_gradient(forward, backward, *inputs).status) == "REFUTED"


def test_an_assertion_that_fails_says_so() -> None:
    with pytest.raises(AssertionError, match="nor conjugated, nor as half of either, is it"):
        assert_gradient(squared, lambda dy, z: 2 * dy * z.real, Z)


def test_two_inputs_in_two_conventions_are_told_apart() -> None:
    verdict = check_gradient(lambda z, w: z @ w, lambda dy, z, w: (dy @ bar(w).T, z.T @ dy), Z, W)
    assert str(verdict.status) == "REFUTED"
    assert "right by itself, but not in one convention: dz is dL/dRe(z) + i" in verdict.reason
    assert "dw is dL/dRe(w) - i" in verdict.reason


@pytest.mark.parametrize("conjugate", [False, True])
def test_a_complex_gradient_of_a_real_input(conjugate: bool) -> None:
    def backward(dy: Array, x: Array, z: Array) -> Any:
        return dy * (z if conjugate else bar(z)), dy * x

    verdict = check_gradient(lambda x, z: x * z, backward, X, Z)
    assert verdict.reason == "dx is complex, but x is real: return dx.real"
    assert (JAX if conjugate else TORCH) in verdict.scope


def test_what_backward_does_to_a_complex_input_is_said_of_the_input() -> None:
    verdict = check_gradient(squared, lambda dy, z: np.multiply(z, 2 * dy, out=z), Z)
    assert verdict.details["side_effects"] == ("backward changes z in place",)


def test_real_numbers_as_the_upstream_gradient_of_a_complex_y() -> None:
    def backward(dy: Array, z: Array) -> Any:
        return dy * bar(np.exp(z))

    assert check_gradient(np.exp, backward, V, dy=np.ones(4)).holds


def test_jvp() -> None:
    def pushed(inputs: Any, tangents: Any) -> Any:
        return 2 * np.real(bar(inputs[0]) * tangents[0])

    assert check_jvp(squared, pushed, Z).holds
    assert not check_jvp(squared, lambda i, t: 2 * np.real(i[0] * t[0]), Z).holds
    told = check_jvp(squared, lambda i, t: 2 * bar(i[0]) * t[0], Z)
    assert "the JVP is complex where y is, and only there" in told.reason


UNIT = np.eye(4)[:, None, :]
JACOBIANS = {
    "|z|^2": (squared, V, 2 * UNIT * np.stack([V.real, V.imag])),
    "exponential": (np.exp, V, UNIT * np.exp(V) * np.array([[1], [1j]])),
    "conj": (bar, V, UNIT * np.array([[1], [-1j]])),
    "transform of reals": (np.fft.fft, V.real, np.fft.fft(np.eye(4))),
    "sum": (lambda z: (z * z).sum(), V, 2 * V * np.array([[1], [1j]])),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobian_by_real_and_imaginary_parts(name: str) -> None:
    f, point, wanted = JACOBIANS[name]
    found = jacobian(f, point)
    assert found.shape == wanted.shape
    assert (np.abs(found - wanted) <= found.error + 1e-15).all()
    assert found.error.max() < 1e-10


def test_jacobian_refuses_in_words() -> None:
    with pytest.raises(ValueError, match="a complex x has none"):
        jacobian(np.exp, V, bounds=(0, 1))
    with pytest.raises(TypeError, match="one of them at a time"):
        jacobian(lambda z: (z, z.real), V)
