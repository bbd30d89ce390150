"""The command line: ``gradproof check FILE...``. Imports what it needs when it needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

_EPILOG = """exit status: 0 every gradient is PROVED or CHECKED; 1 one is REFUTED; 2 usage, or a
file cannot be examined; 3 something is UNDECIDED or unmatched and nothing is refuted"""


def _parser() -> argparse.ArgumentParser:
    from gradproof import __version__

    parser = argparse.ArgumentParser(
        prog="gradproof",
        description="Proves hand-written NumPy gradients right, or says what is wrong.",
    )
    parser.add_argument("--version", action="version", version=f"gradproof {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="find and judge the gradients of Python files", epilog=_EPILOG,
        description="Find the pairs in files, folders or modules and judge each gradient.",
    )  # fmt: skip
    check.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder or a module")
    check.add_argument("--only", action="append", default=[], metavar="NAME",
                       help="only the function or class of this name (repeatable)")  # fmt: skip
    check.add_argument("--json", action="store_true", help="print the report as JSON, schema 1")
    check.add_argument("--seed", type=int, default=0, metavar="N", help="of all draws (default 0)")
    check.add_argument("--timeout", type=_positive, default=60.0, metavar="S",
                       help="seconds for each file (default 60)")  # fmt: skip
    check.add_argument("--memory", type=int, default=4096, metavar="MB",
                       help="memory for each file's process (default 4096)")  # fmt: skip
    check.add_argument("--quiet", action="store_true", help="print only what does not hold")
    check.add_argument("--prove", action=argparse.BooleanOptionalAction, default=True,
                       help="try a proof before numbers (default)")  # fmt: skip
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a positive number of seconds, got {text}")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    return _check(_parser().parse_args(arguments))


def _check(given: argparse.Namespace) -> int:
    import json

    if os.name != "posix":
        print(
            "gradproof check: the file under check runs in a process with limits that so far only "
            "Linux and macOS give; use gradproof.prove_gradient in Python instead",
            file=sys.stderr,
        )
        return 2
    from gradproof.checking.isolate import Options, check_file, is_empty
    from gradproof.checking.paths import files_of, inside_folder
    from gradproof.checking.printing import print_report
    from gradproof.checking.records import Report

    if given.seed < 0:
        print(f"gradproof: --seed: expected 0 or more, got {given.seed}", file=sys.stderr)
        return 2
    options = Options(tuple(given.only), given.seed, given.timeout, given.memory, given.prove)
    files, errors = files_of(given.paths)
    report = Report(errors=list(errors))
    for path in files:
        report.add(check_file(path, options))
    if report.gradients or report.unmatched:
        among_many = {str(p) for p in files if given.only or inside_folder(p, given.paths)}
        report.errors = [e for e in report.errors if not (is_empty(e) and e.file in among_many)]
    if given.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        print_report(report, sys.stdout, given.quiet, sys.stdout.isatty())
    return report.status


if __name__ == "__main__":
    sys.exit(main())
