"""Random primes of a given size, and roots modulo them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache

_SMALL = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, int(p**0.5) + 1, 2))]


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
    rng = random.Random(f"prime {bits} {seed} {odd_roots} {imaginary} {squares}")
    modulus, residue = (16, 9) if imaginary else (4, 3)
    while True:
        n = rng.getrandbits(bits) | (1 << (bits - 1))
        n += (residue - n) % modulus
        if n.bit_length() != bits or not all(n % p for p in _SMALL):
            continue
        if any(n % q in (0, 1) for q in odd_roots) or not is_prime(n, rng):
            continue
        if all(square_root(a % n, n) is not None for a in squares):
            return n


def is_prime(n: int, rng: random.Random, rounds: int = 60) -> bool:
    """Miller-Rabin with random bases: a composite passes with a chance of at most 4**-rounds."""
    odd, power = n - 1, 0
    while odd % 2 == 0:
        odd, power = odd // 2, power + 1
    bases: Iterable[int] = (rng.randrange(2, n - 1) for _ in range(rounds))
    for base in bases:
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(power - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def square_root(a: int, p: int) -> int | None:
    """Return a square root of a modulo an odd prime, or None (Tonelli and Shanks).

    Modulo a prime that is 3 modulo 4, the root returned is itself a square.
    """
    if p % 4 == 3:
        root = pow(a, (p + 1) // 4, p)
        return root if root * root % p == a % p else None
    if pow(a, (p - 1) // 2, p) not in (0, 1):
        return None
    odd, twos = p - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    generator = pow(non_residue(p), odd, p)
    root, left = pow(a, (odd + 1) // 2, p), pow(a, odd, p)
    while left not in (0, 1):
        order, power = 0, left
        while power != 1:
            power, order = power * power % p, order + 1
        factor = pow(generator, 1 << (twos - order - 1), p)
        root, left = root * factor % p, left * factor * factor % p
        generator, twos = factor * factor % p, order
    return root


def non_residue(p: int) -> int:
    """Return the smallest number without a square root modulo p."""
    return next(n for n in range(2, p) if pow(n, (p - 1) // 2, p) == p - 1)


@lru_cache(maxsize=64)
def imaginary_unit(p: int) -> int:
    """Return a square root of -1 modulo a prime that is 1 modulo 4."""
    return pow(non_residue(p), (p - 1) // 4, p)
