"""``python -m benchmarks``: gradproof beside the gradient checkers a user would pick instead.

One run, one thread, the same functions, each checker at its best settings: time of a check, the
smallest error in one term of dx that it notices, how often it notices structured slips, and
whether right code passes. ``pip install .[peers]`` brings the other checkers; those that are not
installed are left out, by name.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks")

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
from gradproof.help import Parser
from gradproof.text import Text

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


def _parser() -> Parser:
    packages = ", ".join(dict.fromkeys(c.package for c in CHECKERS if c.package != "gradproof"))
    sections = ", ".join(SECTIONS)
    parser = Parser(
        "python -m benchmarks",
        Text(
            "The numeric check beside other gradient checkers, in one run on one thread: the time "
            "of a check, the smallest error that it notices, how often it notices a slip, and "
            "whether right code passes.",
            "수치 검사를 다른 기울기 검사기와 나란히, 한 번에, 스레드 하나로 실행해요. 검사에 "
            "걸리는 시간, 알아채는 가장 작은 오차, 실수를 알아채는 비율, 옳은 코드가 통과하는지를 "
            "봐요.",
        ),
        Text(
            "Checkers that are not installed are left out, by name: pip install '.[peers]'. Exit "
            "status: 0; 1 right code did not pass the calibration; 2 usage; 130 stopped by Ctrl-C.",
            "설치하지 않은 검사기는 이름을 밝히고 빼요: pip install '.[peers]'. 종료 상태: 0; 1 "
            "옳은 코드가 보정 시험을 통과하지 못했어요; 2 사용법이 틀렸어요; 130 Ctrl-C로 "
            "중단했어요.",
        ),
    )
    add = parser.add
    add("--only", metavar="NAMES", help=Text(
        f"some of {sections} (default: all)", f"{sections} 중에서(기본값: 모두)"))  # fmt: skip
    add("--peers", metavar="NAMES", help=Text(
        f"some of {packages}; or none (default: all that are installed)",
        f"{packages} 중에서, 또는 none(기본값: 설치한 것 모두)"))  # fmt: skip
    add("--inputs", type=int, metavar="N", help=Text(
        "random inputs for each slip (default: 20; 5 with --quick)",
        "실수마다 시도할 무작위 입력의 수(기본값: 20, --quick이면 5)"))  # fmt: skip
    add("--cases", type=int, metavar="N", help=Text(
        "cases of the calibration (default: 1000; 200 with --quick)",
        "보정 시험의 수(기본값: 1000, --quick이면 200)"))  # fmt: skip
    add("--cap", type=float, metavar="S", help=Text(
        "seconds that one cell of a table may take (default: 20; 3 with --quick)",
        "표 한 칸에 쓸 수 있는 시간(초, 기본값: 20, --quick이면 3)"))  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help=Text(
        "seed of the calibration (default: 0)", "보정 시험의 시드(기본값: 0)"))  # fmt: skip
    add("--quick", action="store_true", help=Text(
        "a few minutes' version of everything", "몇 분이면 끝나게 모두 줄여요"))  # fmt: skip
    add("--json", metavar="FILE", help=Text(
        "write the tables to FILE as well", "표를 FILE에도 써요"))  # fmt: skip
    add("--quiet", action="store_true", help=Text(
        "no progress bars", "진행 막대를 그리지 않아요"))  # fmt: skip
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
    from gradproof.console import run_command

    run_command(main, "benchmarks")
