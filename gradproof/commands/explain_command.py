"""``gradproof explain FILE``: a page about one's own code, the wrong terms marked in it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gradproof.commands.shared_words import LANG, MISSING, SEED, WROTE, packages_are_there
from gradproof.text import LANGUAGES, Text

COMMAND = Text(
    "write a page about one file: what is wrong, marked in its source",
    "파일 하나에 대한 페이지를 써요. 틀린 곳을 코드에 표시해 줘요",
)
DESCRIPTION = Text(
    "Check a file as `gradproof check` does, and write an HTML page about it: what is wrong in "
    "words, the source with each wrong term struck out beside what belongs there, the change as a "
    "diff, and every verdict.",
    "`gradproof check`처럼 파일을 검사하고 그에 대한 HTML 페이지를 써요. 무엇이 틀렸는지, "
    "틀린 항에 줄을 긋고 올바른 항을 나란히 보여 주는 코드, 고칠 내용(diff), 모든 판정이 담겨요.",
)
STATUS = Text(
    "exit status: as of `gradproof check`: 0 all hold; 1 refuted; 2 usage, or not examined; "
    "3 undecided or not judged",
    "종료 상태: `gradproof check`와 같아요. 0 모두 성립해요; 1 틀린 것이 있어요; "
    "2 사용법이 틀렸거나 검사하지 못했어요; 3 판정하지 못한 것이 있어요",
)
FILE = Text("a Python file or a notebook", "파이썬 파일 또는 노트북")
ONLY = Text("only these functions or classes, by comma", "이 함수나 클래스만(쉼표로 나눠요)")
OUT = Text("file to write (default: FILE.html here)", "쓸 파일(기본값: 현재 폴더의 FILE.html)")
NO_FILE = Text("{path} is not a file", "{path}: 그런 파일이 없어요")


def add_explain(commands: Any, language: str) -> None:
    """Add ``explain`` to the parsers of ``gradproof``."""
    parser = commands.add_parser(
        "explain", help=COMMAND.within(language), description=DESCRIPTION, epilog=STATUS,
        language=language,
    )  # fmt: skip
    parser.add("path", type=Path, metavar="FILE", help=FILE)
    parser.add("--only", metavar="NAME", help=ONLY)
    parser.add("-o", "--out", type=Path, metavar="FILE", help=OUT)
    parser.add("--seed", type=int, default=0, metavar="N", help=SEED)
    parser.add("--lang", choices=LANGUAGES, metavar="LANG", help=LANG)


def run_explain(parsed: argparse.Namespace, language: str) -> int:
    """Check the file and write the page; returns the exit status."""
    language = parsed.lang or language
    path: Path = parsed.path
    if not path.is_file():
        return _refuse(NO_FILE.within(language).format(path=path))
    if not packages_are_there(["jinja2", "pygments"]):
        return _refuse(MISSING.within(language))
    from gradproof.checking.run import options_of, run
    from gradproof.pages.explained.explained_file import explained
    from gradproof.pages.explained.explained_page import render_explained

    only = tuple(parsed.only.split(",")) if parsed.only else ()
    report = run([str(path)], options_of({"seed": parsed.seed, "only": only}))
    html = render_explained(explained(report, path, language))
    out = parsed.out or Path(f"{path.stem}.html")
    try:
        out.write_text(html, "utf-8")
    except OSError as error:
        return _refuse(f"{out}: {error.strerror}")
    print(WROTE.within(language).format(path=out.resolve()))
    return report.status


def _refuse(why: str) -> int:
    print(f"gradproof explain: {why}", file=sys.stderr)
    return 2
