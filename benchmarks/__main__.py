"""``python -m benchmarks``: gradproof beside the gradient checkers a user would pick instead.

One run, one thread, the same batch norm in NumPy operators, each checker with its defaults:
time of a check, the smallest error in one term of dx that it notices, and how often it notices
structured slips. Times are ratios to gradproof's, measured in this run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence

from tqdm.auto import tqdm

from benchmarks.peers import Arrays, Checker, Problem, draw, installed

SLIPS = ("no x_hat term", "no gamma", "N/(N-1)")
# Beyond this many elements of x a checker that forms whole Jacobians one by one is not asked.
LARGEST = {
    "torch gradcheck, slow": 1024,
    "numdifftools Jacobian": 32,
    "scipy jacobian": 32,
}
# Asked hundreds of times, at fewer still.
POWER_LARGEST = {**LARGEST, "torch gradcheck, slow": 256}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print three tables."""
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20, help="random inputs for each slip")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    options = parser.parse_args(arguments)
    checkers = installed()
    silent = True if options.quiet else None
    print("gradproof beside", ", ".join(name for name in checkers if "gradproof" not in name))
    _print_times(checkers, ((8, 4), (32, 32), (256, 256)), silent)
    _print_floors(checkers, silent)
    _print_power(checkers, ((4, 3), (32, 8), (128, 32)), options.inputs, silent)
    return 0


def _print_times(
    checkers: dict[str, Checker], sizes: Sequence[tuple[int, int]], silent: bool | None
) -> None:
    print("\nTime to check a right backward, seconds (ratio to gradproof, full)")
    rows = {}
    for name, check in tqdm(checkers.items(), desc="time", disable=silent, leave=False):
        rows[name] = [_seconds(check, size) if _asked(name, size) else None for size in sizes]
    reference = rows["gradproof, full"]
    _print_header([str(size) for size in sizes])
    for name, row in rows.items():
        cells = [
            "-" if own is None or base is None else f"{own:.3g} ({own / base:.2g}x)"
            for own, base in zip(row, reference)
        ]
        _print_row(name, cells)


def _seconds(check: Checker, size: tuple[int, int]) -> float:
    inputs = draw(*size, seed=0)
    check(Problem(), draw(4, 2, seed=0), 0)  # whatever is loaded or compiled at first use
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        check(Problem(), inputs, 0)
        best = min(best, time.perf_counter() - start)
        if best > 2:
            break
    return best


def _print_floors(checkers: dict[str, Checker], silent: bool | None) -> None:
    print("\nSmallest relative error in one term of dx that is noticed, (8, 4), float64")
    for name, check in tqdm(checkers.items(), desc="floor", disable=silent, leave=False):
        _print_row(name, [_floor(check, draw(8, 4, seed=1))])


def _floor(check: Checker, inputs: Arrays) -> str:
    if not check(Problem(), inputs, 0):
        return "right code fails"
    noticed = "none down to 1"
    for exponent in range(15):
        if check(Problem("last term", 10.0**-exponent), inputs, 0):
            break
        noticed = f"1e-{exponent:02d}"
    return noticed


def _print_power(
    checkers: dict[str, Checker], sizes: Sequence[tuple[int, int]], count: int, silent: bool | None
) -> None:
    print(f"\nOf {count} random inputs: slips noticed, and right code passed")
    _print_header([f"{size} {slip or 'right'}" for size in sizes for slip in (*SLIPS, "")])
    for name, check in tqdm(checkers.items(), desc="power", disable=silent, leave=False):
        cells = [
            _caught(check, size, slip, count) if _asked(name, size, POWER_LARGEST) else "-"
            for size in sizes
            for slip in (*SLIPS, "")
        ]
        _print_row(name, cells)


def _caught(check: Checker, size: tuple[int, int], slip: str, count: int) -> str:
    passed = sum(check(Problem(slip), draw(*size, seed), seed) for seed in range(count))
    return str(count - passed if slip else passed)


def _asked(name: str, size: tuple[int, int], largest: Mapping[str, int] | None = None) -> bool:
    return size[0] * size[1] <= (largest or LARGEST).get(name, 10**9)


def _print_header(cells: Sequence[str]) -> None:
    _print_row("", list(cells))


def _print_row(name: str, cells: Sequence[str]) -> None:
    print(f"  {name:24s}" + "".join(f"  {cell:>22s}" for cell in cells))


if __name__ == "__main__":
    raise SystemExit(main())
