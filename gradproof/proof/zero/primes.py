"""Random primes of a given size, and roots modulo them.

Roots modulo primes that are not 3 modulo 4 are SymPy's, which takes longer to load than most proofs
take; primes are drawn without it.
"""

from __future__ import annotations

import random
from functools import lru_cache

_ROUNDS = 60  # of Miller and Rabin's test, each with a random base
_SMALL = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, 45, 2) if q < p)]


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


def is_prime(n: int, rng: random.Random) -> bool:
    """Miller-Rabin with random bases: a composite passes with a chance of at most 4**-60."""
    twos = ((n - 1) & (1 - n)).bit_length() - 1  # n - 1 is odd times 2**twos
    for _ in range(_ROUNDS):
        power = pow(rng.randrange(2, n - 1), (n - 1) >> twos, n)
        if power in (1, n - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % n
            if power == n - 1:
                break
        else:
            return False
    return True


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
