"""The decision procedures: what is zero, what is not, and what cannot happen."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gradproof.proof.branch_regions import Branches
from gradproof.proof.differentiate import gradient
from gradproof.proof.zero.feasible import infeasible
from gradproof.proof.zero.identity import IdenticallyUndefinedError, decide_zero
from gradproof.proof.zero.normal_form import exact_zero
from gradproof.proof.zero.primes import imaginary_unit, is_prime, random_prime, square_root
from gradproof.proof.zero.reals import PRECISE, evaluate
from gradproof.tracing import conditions as co
from gradproof.tracing import elementary as el
from gradproof.tracing import expression as ex
from gradproof.tracing.batch_sum import batch_sum
from gradproof.tracing.literals import literal
from gradproof.tracing.nodes import (
    NEG,
    POS,
    ZERO,
    SizeLimitError,
    fresh_table,
    number,
    postorder,
    symbol,
)

half = Fraction(1, 2)


@pytest.fixture(autouse=True)
def _table():
    with fresh_table(100_000):
        yield


def variables():
    return symbol("x"), symbol("y"), symbol("a", POS), symbol("b", POS)


def square(node):
    return ex.power(node, 2)


def identities():
    """Return (name, expression, is it identically zero)."""
    x, y, a, b = variables()
    one = ex.one()
    s = ex.sqrt(ex.add(square(x), one))
    return [
        ("binomial", ex.sub(square(ex.add(x, y)), ex.add(square(x), square(y))), False),
        ("binomial", ex.add(square(ex.add(x, y)), ex.linear([(-1, square(x)), (-1, square(y)),
                                                             (-2, ex.mul(x, y))])), True),
        ("exp of a sum", ex.sub(ex.exp(ex.add(x, y)), ex.mul(ex.exp(x), ex.exp(y))), True),
        ("exp of half", ex.sub(ex.power(ex.exp(ex.linear([(half, x)])), 2), ex.exp(x)), True),
        ("exp is not linear", ex.sub(ex.exp(ex.add(x, y)), ex.add(ex.exp(x), ex.exp(y))), False),
        ("tanh", ex.sub(el.scalar("tanh", x),
                        ex.sub(ex.linear([(2, el.scalar("expit", ex.linear([(2, x)])))]), one)),
         True),
        ("sigmoid", ex.sub(ex.add(el.scalar("expit", x), el.scalar("expit", ex.neg(x))), one),
         True),
        ("softplus", ex.linear([(1, el.softplus(x)), (-1, el.softplus(ex.neg(x))), (-1, x)]), True),
        ("log of a product", ex.linear([(1, ex.log(ex.mul(a, b))), (-1, ex.log(a)),
                                        (-1, ex.log(b))]), True),
        ("log of a sum", ex.sub(ex.log(ex.add(a, b)), ex.add(ex.log(a), ex.log(b))), False),
        ("root squared", ex.sub(square(s), ex.add(square(x), one)), True),
        ("the other root", ex.add(s, ex.sqrt(ex.add(square(x), one))), False),
        ("conjugate", ex.sub(ex.mul(ex.sub(s, x), ex.add(s, x)), one), True),
        ("root of a product", ex.sub(ex.sqrt(ex.mul(a, b)), ex.mul(ex.sqrt(a), ex.sqrt(b))), True),
        ("minus a root", ex.add(ex.sqrt(ex.mul(x, y)), ex.mul(ex.sqrt(x), ex.sqrt(y))), False),
        ("nested root", ex.sub(square(ex.sqrt(ex.add(s, one))), ex.add(s, one)), True),
        ("nested root", ex.sub(ex.sqrt(ex.add(s, one)), s), False),
        ("denested", ex.sub(ex.sqrt(ex.linear([(3, one), (2, ex.sqrt(number(2)))])),
                            ex.sub(ex.neg(one), ex.sqrt(number(2)))), False),
        ("numbers under roots", ex.sub(ex.mul(ex.sqrt(number(2)), ex.sqrt(number(3))),
                                       ex.sqrt(number(6))), True),
        ("numbers under roots", ex.sub(ex.add(ex.sqrt(number(2)), ex.sqrt(number(3))),
                                       ex.sqrt(number(5))), False),
        ("cube root", ex.sub(ex.power(el.cbrt(x), 3), x), True),
        ("cube roots", ex.sub(el.cbrt(ex.linear([(8, x)])), ex.linear([(2, el.cbrt(x))])), True),
        ("double angle", ex.sub(el.sin(ex.linear([(2, x)])),
                                ex.linear([(2, ex.mul(el.sin(x), el.cos(x)))])), True),
        ("Pythagoras", ex.sub(ex.add(square(el.sin(x)), square(el.cos(x))), one), True),
        ("angles", ex.sub(el.sin(ex.add(x, y)), ex.add(el.sin(x), el.sin(y))), False),
        ("pi", ex.sub(ex.pi(), number(Fraction(355, 113))), False),
        ("a large prime", ex.linear([(2**127 - 1, x)]), False),
    ]  # fmt: skip


COUNT = 27


@pytest.mark.parametrize("k", range(COUNT))
@pytest.mark.parametrize("seed", range(2))
def test_identities_are_told_from_others(k, seed):
    assert len(identities()) == COUNT
    name, node, zero = identities()[k]
    assert decide_zero([node], seed).zero == [zero], name
    assert exact_zero(node) in (zero, None), name


def test_most_small_expressions_have_a_normal_form():
    settled = [exact_zero(node) is not None for _, node, _ in identities()]
    assert sum(settled) >= 17


def test_dependent_roots_are_never_taken_for_zero_by_luck():
    """sqrt(x*y) and sqrt(x)*sqrt(y) agree in sign at some points of a field and not at others."""
    x, y, _, _ = variables()
    sums = [ex.add(ex.sqrt(ex.mul(x, y)), ex.mul(ex.sqrt(x), ex.sqrt(y)))]
    assert not any(decide_zero(sums, seed).zero[0] for seed in range(40))


def test_error_bound_grows_the_prime_with_the_degree():
    x, *_ = variables()
    node = ex.sub(ex.power(ex.add(x, ex.one()), 2**40), ex.power(ex.add(x, number(2)), 2**40))
    decision = decide_zero([node], 0)
    assert decision.zero == [False]
    assert decision.prime_bits > 180


def test_a_vanishing_denominator_is_noticed():
    x, *_ = variables()
    nothing = ex.sub(
        square(ex.sub(x, ex.one())), ex.add(square(x), ex.linear([(-2, x), (1, ex.one())]))
    )
    with pytest.raises(IdenticallyUndefinedError):
        decide_zero([ex.power(nothing, -1)], 0)
    assert Branches(0, 10).zero([ex.power(nothing, -1), nothing]) == [False, True]


def test_sums_over_a_batch_are_linear_and_nothing_else():
    x, y = symbol("x[i]", indexed=True), symbol("y[i]", indexed=True)
    m = symbol("m", POS)
    mean = ex.div(batch_sum(x), m)
    centered = ex.sub(x, mean)
    cases = [
        (batch_sum(centered), True),
        (ex.sub(batch_sum(ex.add(x, y)), ex.add(batch_sum(x), batch_sum(y))), True),
        (ex.sub(batch_sum(square(x)), square(batch_sum(x))), False),
        (ex.sub(batch_sum(ex.mul(x, y)), ex.mul(batch_sum(x), batch_sum(y))), False),
        (ex.sub(batch_sum(square(centered)),
                ex.sub(batch_sum(square(x)), ex.mul(m, square(mean)))), True),
        (ex.sub(batch_sum(el.scalar("expit", x)),
                batch_sum(ex.sub(ex.one(), el.scalar("expit", ex.neg(x))))), True),
        (ex.sub(batch_sum(number(3)), number(3)), False),
        (ex.sub(x, mean), False),
    ]  # fmt: skip
    assert decide_zero([node for node, _ in cases], 0).zero == [zero for _, zero in cases]


def test_derivatives_agree_with_differences():
    x, y, a, _ = variables()
    node = ex.add(
        el.scalar("tanh", ex.mul(x, y)), ex.log(ex.add(a, square(x))), el.sin(x),
        ex.sqrt(ex.add(a, square(y))), el.scalar("arctan", ex.div(x, a)), el.scalar("erf", y),
        co.maximum(x, y), el.power(a, x),
    )  # fmt: skip
    point = {"x": Fraction(3, 4), "y": Fraction(1, 2), "a": Fraction(5, 4)}
    h = Fraction(1, 10**12)
    with mpmath.workdps(50):
        slopes = evaluate(gradient(node, [x, y, a]), point, PRECISE)
        for name, slope in zip(("x", "y", "a"), slopes):
            up, down = ({**point, name: point[name] + s * h} for s in (1, -1))
            difference = evaluate([node], up, PRECISE)[0] - evaluate([node], down, PRECISE)[0]
            assert abs(difference / 2 * 10**12 - slope) < 1e-20


@pytest.mark.parametrize(
    ("signs", "impossible"),
    [
        ([("x - y", POS), ("y - z", POS), ("z - x", POS)], True),
        ([("x - y", POS), ("y - z", POS), ("x - z", POS)], False),
        ([("x - y", ZERO), ("x - y", POS)], True),
        ([("x - y", ZERO), ("x", POS), ("y", NEG)], True),
        ([("x - y", ZERO), ("x", POS), ("y", POS)], False),
        ([("p", NEG)], True),
        ([("p + x", NEG), ("x", POS)], True),
    ],
)
def test_contradictions_are_recognised(signs, impossible):
    x, y, z, p = symbol("x"), symbol("y"), symbol("z"), symbol("p", POS)
    known = {
        "x - y": ex.sub(x, y), "y - z": ex.sub(y, z), "z - x": ex.sub(z, x), "x - z": ex.sub(x, z),
        "x": x, "y": y, "p": p, "p + x": ex.add(p, x),
    }  # fmt: skip
    assert infeasible([(known[text], sign) for text, sign in signs]) is impossible


def test_equal_comparisons_meet():
    x, _, a, _ = variables()
    positive = co.compare(x, ex.zero(), POS)
    assert co.compare(ex.zero(), ex.linear([(3, x)]), NEG) is positive
    assert co.compare(ex.exp(x), ex.one(), POS) is positive
    assert co.compare(ex.mul(a, x), ex.zero(), POS) is positive
    assert co.compare(co.maximum(x, ex.zero()), ex.zero(), POS) is positive
    assert co.negate(co.negate(positive)) is positive
    assert co.compare(ex.exp(x), ex.zero(), POS).payload is True
    assert co.both(positive, co.negate(positive)).payload is False


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "1/10"), (1e-5, "1/100000"), (3.0, "3"), (-2.5, "-5/2"), (1 / 3, "1/3"),
        (0.1 + 0.2, "3/10"), (np.pi, "pi"), (np.e, "exp(1)"), (float(np.sqrt(2)), "sqrt(2)"),
        (np.pi / 4, "pi/4"), (1 - 2.0**-52, "9999999999999998/10000000000000000"),
    ],
)  # fmt: skip
def test_literals(value, text):
    node = literal(value)
    if "/1000000" in text and "9" in text:
        assert node.payload == Fraction(repr(value)) != 1
    else:
        assert str(node) == text


def test_primes_have_what_is_asked():
    p = random_prime(128, 0, (3, 5), False, (2, 3))
    assert p.bit_length() == 128
    assert p % 4 == 3
    assert p % 3 == 2
    assert all(square_root(a, p) is not None for a in (2, 3))
    q = random_prime(128, 0, (), True, (2,))
    assert imaginary_unit(q) ** 2 % q == q - 1
    root = square_root(2, q)
    assert root is not None
    assert root**2 % q == 2


def test_composites_are_no_primes():
    import random

    rng = random.Random(0)
    assert not any(is_prime(n, rng) for n in (561, 41041, 3215031751, (2**61 - 1) * (2**89 - 1)))
    assert is_prime(2**127 - 1, rng)


def test_undefined_is_absorbing():
    assert ex.mul(ex.zero(), ex.power(ex.zero(), -1)).kind == "undefined"
    assert Branches(0, 10).zero([ex.power(ex.zero(), -1)]) == [False]


def test_size_limit():
    def build():
        return [symbol(f"x{k}") for k in range(20)]

    with fresh_table(10), pytest.raises(SizeLimitError):
        build()


def test_postorder_puts_arguments_first():
    x, y, *_ = variables()
    order = postorder([ex.mul(ex.add(x, y), ex.exp(ex.add(x, y)))])
    assert all(order.index(arg) < k for k, node in enumerate(order) for arg in node.args)
