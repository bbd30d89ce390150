"""``python -m report``: run every cross-check and print the book."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path

from gradproof.console import run_command
from gradproof.help import Parser
from gradproof.text import Text

DEFAULT_OUT = Path("build") / "report"
DEFAULT_CACHE = Path("build") / "experiments"
FILE_NAME = "index.html"


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
    from gradproof.operation.operations import load_operations
    from report.board import board
    from report.book import write_book
    from report.cache import Cache
    from report.labour import Together, worthwhile
    from report.render import render_site
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
    _write(path.parent, render_site(book, options.lang))
    print(board(book, colour=sys.stdout.isatty()))
    print(f"\n{'Every verdict holds.' if book.holds else 'NOT every verdict holds.'}")
    print(f"The report is in {path.resolve()}")
    if options.open:
        webbrowser.open(path.resolve().as_uri())
    return 0 if book.holds else 1


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Write every file; what an earlier run left in the folders of languages goes."""
    for name, html in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html, encoding="utf-8")
    for language in {Path(name).parent for name in files if "/" in name}:
        for old in (folder / language).glob("*.html"):
            if f"{language.as_posix()}/{old.name}" not in files:
                old.unlink()


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


def _parser() -> Parser:
    parser = Parser(
        "python -m report",
        Text(
            "Run every cross-check, print the verdict board, and write the book.",
            "모든 검사를 실행하고, 검증 결과표를 출력하고, 책을 써요.",
        ),
        Text(
            "exit status: 0 every verdict holds; 1 one does not; 2 usage, or the book cannot be "
            "written; 130 stopped by Ctrl-C",
            "종료 상태: 0 모든 판정이 성립해요; 1 성립하지 않는 판정이 있어요; 2 사용법이 틀렸거나 "
            "책을 쓸 수 없어요; 130 Ctrl-C로 중단했어요",
        ),
    )
    parser.add("--out", type=Path, default=DEFAULT_OUT, metavar="DIR", help=Text(
        f"folder for {FILE_NAME} (default: {DEFAULT_OUT})",
        f"{FILE_NAME}을 쓸 폴더(기본값: {DEFAULT_OUT})"))  # fmt: skip
    parser.add("--ops", type=_names, default=None, metavar="A,B", help=Text(
        "only these operations, without the story's experiments (default: all)",
        "이 연산만, 이야기의 실험은 빼고(기본값: 모두)"))  # fmt: skip
    parser.add("--lang", type=_names, default=None, metavar="A,B", help=Text(
        "only these languages, to see a change sooner (default: all)",
        "이 언어만. 고친 것을 더 빨리 보려 할 때 써요(기본값: 모두)"))  # fmt: skip
    parser.add("--seed", type=_seed, default=0, metavar="N", help=Text(
        "seed of everything that is drawn for the operations (default: 0)",
        "연산에 쓰는 모든 난수의 시드(기본값: 0)"))  # fmt: skip
    parser.add("--jobs", type=_jobs, default=_cores(), metavar="N", help=Text(
        "processes to work in (default: one a core)",
        "나누어 일할 프로세스의 수(기본값: 코어마다 하나)"))  # fmt: skip
    parser.add("--cache", type=Path, default=DEFAULT_CACHE, metavar="DIR", help=Text(
        f"folder for the experiments' results, used again while their code is the same "
        f"(default: {DEFAULT_CACHE})",
        f"실험 결과를 보관할 폴더. 코드가 그대로인 동안 다시 써요(기본값: "
        f"{DEFAULT_CACHE})"))  # fmt: skip
    parser.add("--fresh", action="store_true", help=Text(
        "run every experiment, whatever is kept",
        "보관한 결과가 있어도 모든 실험을 다시 실행해요"))  # fmt: skip
    parser.add("--quiet", action="store_true", help=Text(
        "no progress bars", "진행 막대를 그리지 않아요"))  # fmt: skip
    parser.add("--open", action="store_true", help=Text(
        "open the book in a browser", "책을 브라우저로 열어요"))  # fmt: skip
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
