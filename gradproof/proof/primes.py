"""Random primes of a given size, and roots modulo them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache

_SMALL = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, int(p**0.5) + 1, 2))]


@lru_cache(maxsize=512)
def random_prime(bits: int, seed: int, odd_roots: tuple[int, ...], imaginary: bool) -> int:
    """Return a random prime of that many bits.

    It is 3 modulo 4, or 5 modulo 8 where a square root of -1 is needed; and not 1 modulo any of
    ``odd_roots``, so that every element has exactly one root of those orders.
    """
    rng = random.Random(f"prime {bits} {seed} {odd_roots} {imaginary}")
    modulus, residue = (8, 5) if imaginary else (4, 3)
    while True:
        n = rng.getrandbits(bits) | (1 << (bits - 1))
        n += (residue - n) % modulus
        if n.bit_length() == bits and all(n % p for p in _SMALL) and all(
            n % q not in (0, 1) for q in odd_roots
        ) and is_prime(n, rng):  # fmt: skip
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
    """Return a square root of a modulo p, or None; p is 3 modulo 4 or 5 modulo 8."""
    if p % 4 == 3:
        root = pow(a, (p + 1) // 4, p)
    else:
        root = pow(a, (p + 3) // 8, p)
        if root * root % p != a % p:
            root = root * pow(2, (p - 1) // 4, p) % p
    return root if root * root % p == a % p else None


def imaginary_unit(p: int) -> int:
    """Return a square root of -1 modulo p, a prime that is 5 modulo 8."""
    return pow(2, (p - 1) // 4, p)
