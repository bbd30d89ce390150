"""``python -m benchmarks``: gradproof beside the gradient checkers a user would pick instead.

One run, one thread, the same functions, each checker at its best settings: time of a check, the
smallest error in one term of dx that it notices, how often it notices structured slips, and
whether right code passes. ``pip install .[peers]`` brings the other checkers; those that are not
installed are left out, by name.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import numeric_calibration
from benchmarks.blocks import blocks
from benchmarks.peers import CHECKERS, Checker, chosen, versions
from benchmarks.power import floors, power
from benchmarks.table import Table
from benchmarks.times import times

SECTIONS = ("times", "blocks", "floors", "power", "calibration")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 2 for a wrong option, 1 if right code did not pass the calibration."""
    parser = _parser()
    options = parser.parse_args(arguments)
    _settle(options)
    try:
        checkers, missing = chosen(_names(options.peers))
        sections = _sections(options.only)
    except ValueError as error:
        parser.error(str(error))
    header = _header(checkers, missing)
    print("\n".join(f"{name}: {value}" for name, value in header.items()), flush=True)
    silent = True if options.quiet else None
    tables, status, printed = [], 0, 0
    for section in sections:
        if section == "calibration":
            found = numeric_calibration.campaign(
                options.cases, options.seed, digits=options.cases // 20, silent=silent
            )
            tables.append(numeric_calibration.table_of(found))
            status = int(any(each.false_alarm for each in found))
        elif section == "blocks":
            tables += blocks(checkers, silent)
        else:
            tables.append(_table(section, checkers, options, silent))
        print(*tables[printed:], sep="\n", flush=True)
        printed = len(tables)
    if options.json:
        written = {"run": header, "tables": [each.as_dict() for each in tables]}
        Path(options.json).write_text(json.dumps(written, indent=1), encoding="utf-8")
    return status


def _parser() -> argparse.ArgumentParser:
    packages = ", ".join(dict.fromkeys(c.package for c in CHECKERS if c.package != "gradproof"))
    parser = argparse.ArgumentParser("benchmarks", description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", metavar="NAMES", help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--peers", metavar="NAMES", help=f"some of {packages}; none for none")
    parser.add_argument("--inputs", type=int, default=None, help="for each slip (default: 20)")
    parser.add_argument("--cases", type=int, default=None, help="of calibration (default: 1000)")
    parser.add_argument("--cap", type=float, default=None, help="seconds for a cell (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of calibration")
    parser.add_argument("--quick", action="store_true", help="a few minutes' version of everything")
    parser.add_argument("--json", metavar="FILE", help="write the tables to FILE as well")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser


def _settle(options: argparse.Namespace) -> None:
    """Fill in what was not given: less of everything with --quick."""
    for name, quick, usual in (("inputs", 5, 20), ("cases", 200, 1000), ("cap", 3.0, 20.0)):
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else usual)


def _names(given: str | None) -> list[str] | None:
    """The packages of --peers; None for all of them."""
    if given is None:
        return None
    return [] if given == "none" else [each.strip() for each in given.split(",")]


def _sections(given: str | None) -> list[str]:
    """The sections of --only, in order. Raises ValueError for one that does not exist."""
    asked = SECTIONS if given is None else [each.strip() for each in given.split(",")]
    unknown = [each for each in asked if each not in SECTIONS]
    if unknown:
        raise ValueError(f"--only: no section {unknown[0]!r}; there are: {', '.join(SECTIONS)}")
    return [each for each in SECTIONS if each in asked]


def _header(checkers: Sequence[Checker], missing: Sequence[str]) -> dict[str, str]:
    """What ran, on what."""
    beside = ", ".join(f"{name} {version}" for name, version in versions(checkers).items())
    return {
        "gradproof beside": beside or "nothing",
        "not installed, left out": ", ".join(missing) or "none",
        "on": f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()} "
        f"{platform.system()}, one thread",
    }


def _table(
    section: str, checkers: Sequence[Checker], options: argparse.Namespace, silent: bool | None
) -> Table:
    if section == "times":
        return times(checkers, options.cap, options.quick, silent)
    if section == "floors":
        return floors(checkers, 1 if options.quick else 3, silent)
    return power(checkers, options.inputs, options.cap, silent)


if __name__ == "__main__":
    raise SystemExit(main())
