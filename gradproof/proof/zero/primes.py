"""Random primes of a given size, and roots modulo them, by SymPy's number theory.

SymPy is imported when the first prime is drawn: to load it takes longer than most proofs.
"""

from __future__ import annotations

import random
from functools import lru_cache

_ROUNDS = 60  # of Miller and Rabin's test, each with a random base


@lru_cache(maxsize=512)
def random_prime(
    bits: int,
    seed: int,
    odd_roots: tuple[int, ...] = (),
    imaginary: bool = False,
    squares: tuple[int, ...] = (),
) -> int:
    """Return a random prime of that many bits.

    It is 3 modulo 4, or 9 modulo 16 where a square root of -1 is needed; not 1 modulo any of
    ``odd_roots``, so that every element has exactly one root of those orders; and such that each
    of ``squares`` has a square root.
    """
    from sympy.ntheory.generate import primerange

    small = list(primerange(3, 2000))
    rng = random.Random(f"prime {bits} {seed} {odd_roots} {imaginary} {squares}")
    modulus, residue = (16, 9) if imaginary else (4, 3)
    while True:
        n = rng.getrandbits(bits) | (1 << (bits - 1))
        n += (residue - n) % modulus
        if n.bit_length() != bits or not all(n % p for p in small):
            continue
        if any(n % q in (0, 1) for q in odd_roots) or not is_prime(n, rng):
            continue
        if all(square_root(a % n, n) is not None for a in squares):
            return n


def is_prime(n: int, rng: random.Random) -> bool:
    """Miller-Rabin with random bases: a composite passes with a chance of at most 4**-60."""
    from sympy.ntheory.primetest import mr

    return bool(mr(n, [rng.randrange(2, n - 1) for _ in range(_ROUNDS)]))


def square_root(a: int, p: int) -> int | None:
    """Return a square root of a modulo an odd prime, or None.

    Modulo a prime that is 3 modulo 4, the root returned is itself a square.
    """
    if p % 4 == 3:
        root = pow(a, (p + 1) // 4, p)
        return root if root * root % p == a % p else None
    from sympy.ntheory import sqrt_mod

    found: int | None = sqrt_mod(a, p)
    return found


@lru_cache(maxsize=64)
def imaginary_unit(p: int) -> int:
    """Return a square root of -1 modulo a prime that is 1 modulo 4."""
    root = square_root(p - 1, p)
    assert root is not None
    return root
