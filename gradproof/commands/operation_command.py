"""``gradproof operation``: write, check and print operations of two files, without a clone.

Subcommands: ``new NAME`` writes both files, ``list`` names what is found, ``check`` prints the
verdict board, ``page NAME`` prints the page about one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradproof.commands.shared_words import LANG, MISSING, SEED, WROTE, packages_are_there
from gradproof.text import LANGUAGES, Text

if TYPE_CHECKING:
    from gradproof.operation.operations import Operation
    from gradproof.pages.outcomes import Outcome

COMMAND = Text(
    "write, check and print an operation of two files",
    "두 파일로 된 연산을 쓰고, 검사하고, 출력해요",
)
DESCRIPTION = Text(
    "An operation is two files of one name: derivations/NAME.py says what the mathematics is, "
    "impl/NAME.py computes it with NumPy. Found are those of installed packages (their entry point "
    "in the group gradproof.operations names a package with both folders) and those of the "
    "current folder.",
    "연산은 이름이 같은 두 파일이에요. derivations/NAME.py에는 수학을, impl/NAME.py에는 "
    "NumPy 코드를 써요. 설치된 패키지의 연산(gradproof.operations 그룹의 진입점이 두 폴더를 "
    "가진 패키지를 가리켜요)과 현재 폴더의 연산을 찾아요.",
)
STATUS = Text(
    "exit status: 0 every verdict holds; 1 one does not; 2 usage, or an operation that cannot be "
    "loaded",
    "종료 상태: 0 모든 판정이 성립해요; 1 성립하지 않는 판정이 있어요; 2 사용법이 틀렸거나 "
    "연산을 불러올 수 없어요",
)
NEW = Text("write both files, with the questions to answer", "답할 질문이 담긴 두 파일을 써요")
LIST = Text("name the operations that are found", "찾은 연산의 이름을 보여 줘요")
CHECK = Text(
    "ask every witness; print the verdict board", "모든 증인에게 묻고 검증 결과표를 출력해요"
)
PAGE = Text(
    "print the page about one operation as HTML", "연산 하나에 대한 페이지를 HTML로 출력해요"
)
NAME = Text("name of both files, such as rms_norm", "두 파일의 이름. 예: rms_norm")
NAMES = Text("only these (default: all that are found)", "이 연산만(기본값: 찾은 것 모두)")
FOLDER = Text(
    "the folder that holds derivations/ and impl/ (default: the current one)",
    "derivations/와 impl/이 있는 폴더(기본값: 현재 폴더)",
)
OUT = Text("file to write (default: NAME.html)", "쓸 파일(기본값: NAME.html)")
QUIET = Text("show no progress bar", "진행 막대를 보이지 않아요")
HOLDS = Text("Every verdict holds.", "모든 판정이 성립해요.")
HOLDS_NOT = Text("NOT every verdict holds.", "성립하지 않는 판정이 있어요.")
NOTHING = Text(
    "no operation was found: no installed package has an entry point in the group "
    "gradproof.operations, and the current folder has no derivations/ and impl/ with an "
    "__init__.py each; `gradproof operation new NAME` writes a first one",
    "연산을 찾지 못했어요. gradproof.operations 그룹의 진입점을 가진 설치된 패키지가 없고, "
    "현재 폴더에도 __init__.py가 있는 derivations/와 impl/이 없어요. "
    "`gradproof operation new NAME`이 첫 연산을 써 줘요",
)
ENTRY = Text(
    "To offer it wherever your package is installed, write into its pyproject.toml:\n"
    '    [project.entry-points."gradproof.operations"]\n'
    '    ours = "{package}"',
    "패키지가 설치된 곳 어디서나 쓰게 하려면 pyproject.toml에 이렇게 쓰세요:\n"
    '    [project.entry-points."gradproof.operations"]\n'
    '    ours = "{package}"',
)


def add_operation(commands: Any, language: str) -> None:
    """Add ``operation`` and its subcommands to the parsers of ``gradproof``."""
    said = {"epilog": STATUS, "language": language}
    parser = commands.add_parser(
        "operation", help=COMMAND.within(language), description=DESCRIPTION, **said
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, text in (("new", NEW), ("list", LIST), ("check", CHECK), ("page", PAGE)):
        step = steps.add_parser(name, help=text.within(language), description=text, **said)
        if name in ("new", "page"):
            step.add("name", metavar="NAME", help=NAME)
        elif name == "check":
            step.add("names", nargs="*", metavar="NAME", help=NAMES)
        step.add("--folder", type=Path, metavar="DIR", help=FOLDER)
        if name == "page":
            step.add("-o", "--out", type=Path, metavar="FILE", help=OUT)
        if name in ("check", "page"):
            step.add("--seed", type=int, default=0, metavar="N", help=SEED)
            step.add("--quiet", action="store_true", help=QUIET)
        step.add("--lang", choices=LANGUAGES, metavar="LANG", help=LANG)


def run_operation(parsed: argparse.Namespace, language: str) -> int:
    """Carry out a subcommand; returns the exit status."""
    steps: Mapping[str, Callable[[argparse.Namespace, str], int]] = {
        "new": _new, "list": _list, "check": _check, "page": _page,
    }  # fmt: skip
    try:
        return steps[parsed.step](parsed, parsed.lang or language)
    except (LookupError, OSError) as error:
        told = error.args[0] if isinstance(error, LookupError) else error
        return _refuse(parsed.step, str(told))


def _refuse(step: str, why: str) -> int:
    print(f"gradproof operation {step}: {why}", file=sys.stderr)
    return 2


def _new(parsed: argparse.Namespace, language: str) -> int:
    from gradproof.operation.scaffold import TOLD, ScaffoldError, write_operation

    folder = parsed.folder or Path()
    try:
        derivation, implementation = write_operation(parsed.name, folder, plain=True)
    except ScaffoldError as error:
        return _refuse("new", error.message.within(language))
    there = f" --folder {parsed.folder}" if parsed.folder else ""
    print(TOLD.within(language).format(
        derivation=derivation, implementation=implementation,
        command=f"gradproof operation check {parsed.name}{there}",
    ))  # fmt: skip
    whole = folder.resolve()
    if (whole / "__init__.py").is_file():
        print(ENTRY.within(language).format(package=whole.name))
    return 0


def _found(parsed: argparse.Namespace) -> dict[str, Operation]:
    from gradproof.operation.installed import operations_around

    return operations_around(parsed.folder)


def _list(parsed: argparse.Namespace, language: str) -> int:
    found = _found(parsed)
    if not found:
        return _refuse("list", NOTHING.within(language))
    for name, operation in found.items():
        title = operation.derivation.title.within(language)
        print(f"{name}  {title}  ({operation.implementation.__file__})")
    return 0


def _check(parsed: argparse.Namespace, language: str) -> int:
    from gradproof.commands.board import board_lines, failures
    from gradproof.operation.installed import chosen
    from gradproof.witnesses import WITNESSES

    found = _found(parsed)
    if not found:
        return _refuse("check", NOTHING.within(language))
    operations = chosen(found, parsed.names)
    rows = _asked(operations, parsed.seed, parsed.quiet)
    titles = [Text("operation", "연산").within(language)]
    titles += [witness.title.within(language) for witness in WITNESSES]
    lines = board_lines(titles, rows, colour=sys.stdout.isatty())
    wrong = [line for name, outcomes in rows for line in failures(name, outcomes, language)]
    print("\n".join([*lines, "", *wrong]))
    print((HOLDS_NOT if wrong else HOLDS).within(language))
    return 1 if wrong else 0


def _asked(
    operations: Mapping[str, Operation], seed: int, quiet: bool
) -> list[tuple[str, list[Outcome]]]:
    """What each witness says about each operation."""
    from tqdm.auto import tqdm

    from gradproof.pages.outcomes import ask
    from gradproof.witnesses import WITNESSES

    rows = []
    shown = None if not quiet else True  # None: quiet where it is no terminal
    with tqdm(total=len(operations) * len(WITNESSES), disable=shown, leave=False) as bar:
        for name, operation in operations.items():
            outcomes = []
            for witness in WITNESSES:
                bar.set_description_str(f"{name}: {witness.name}")
                outcomes.append(ask(witness, operation, seed))
                bar.update()
            rows.append((name, outcomes))
    return rows


def _page(parsed: argparse.Namespace, language: str) -> int:
    from gradproof.operation.installed import chosen

    operations = chosen(_found(parsed), [parsed.name])
    path = parsed.out or Path(f"{parsed.name}.html")
    if not packages_are_there(["jinja2", "latex2mathml", "matplotlib", "pygments"]):
        return _refuse("page", MISSING.within(language))
    from gradproof.pages import build_page
    from gradproof.pages.document import render_document

    ((_, outcomes),) = _asked(operations, parsed.seed, parsed.quiet)
    page = build_page(operations[parsed.name], tuple(outcomes), parsed.seed)
    path.write_text(render_document(page, language), "utf-8")
    print(WROTE.within(language).format(path=path.resolve()))
    return 0 if page.holds else 1
