"""``python -m report``: run every cross-check and print the book."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gradproof.console import run_command

DEFAULT_OUT = Path("build") / "report"
DEFAULT_CACHE = Path("build") / "experiments"
FILE_NAME = "index.html"


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line: what was wrong, and where to read on."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (try --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the book; return 0 only if every verdict holds, 1 if not, 2 for wrong arguments."""
    options = _parser().parse_args(arguments)
    try:
        return _print(options)
    except (LookupError, OSError) as error:
        message = error.args[0] if isinstance(error, LookupError) else error
        print(f"report: error: {message}", file=sys.stderr)
        return 2


def _print(options: argparse.Namespace) -> int:
    # Imported late, so that --help and a mistyped option answer at once.
    import derivations
    import impl
    from gradproof.operations import load_operations
    from report.board import board
    from report.book import write_book
    from report.cache import Cache
    from report.labour import Together, worthwhile
    from report.render import render_book
    from report.story.telling import Story

    operations = load_operations(derivations, impl, options.ops)
    path = _writable(options.out)
    quiet = options.quiet
    labour = (
        Together(operations, options.seed, options.jobs)
        if worthwhile(operations, options.jobs)
        else None
    )
    # A chosen few operations are looked at without the story around them.
    story = Story(Cache(options.cache, options.fresh)) if options.ops is None else None
    book = write_book(operations, options.seed, quiet=quiet, labour=labour, story=story)
    path.write_text(render_book(book), encoding="utf-8")
    print(board(book, colour=sys.stdout.isatty()))
    print(f"\n{'Every verdict holds.' if book.holds else 'NOT every verdict holds.'}")
    print(f"The report is in {path.resolve()}")
    if options.open:
        webbrowser.open(path.resolve().as_uri())
    return 0 if book.holds else 1


def _writable(folder: Path) -> Path:
    """The file to write, found out to be writable before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise OSError(f"--out {folder}: cannot write there: {error.strerror}") from None
    return path


def _parser() -> OneLineParser:
    parser = OneLineParser(prog="report", description="Run every cross-check and print the book.")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, metavar="DIR",
                        help=f"folder for {FILE_NAME} (default: {DEFAULT_OUT})")  # fmt: skip
    parser.add_argument("--ops", type=_names, default=None, metavar="A,B",
                        help="only these operations, no experiments (default: all)")  # fmt: skip
    parser.add_argument("--seed", type=_seed, default=0, metavar="N",
                        help="seed of everything that is drawn (default: 0)")  # fmt: skip
    parser.add_argument("--jobs", type=_jobs, default=_cores(), metavar="N",
                        help="processes to work in (default: one a core)")  # fmt: skip
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, metavar="DIR",
                        help=f"folder for results kept (default: {DEFAULT_CACHE})")  # fmt: skip
    parser.add_argument("--fresh", action="store_true",
                        help="run every experiment, whatever is kept")  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.add_argument("--open", action="store_true", help="open the report in a browser")
    return parser


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("expected names separated by commas, got none")
    return names


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 up, got {text!r}")
    return int(text)


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, got {text!r}")
    return int(text)


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    run_command(main, "report")
