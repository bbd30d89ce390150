"""The command line: ``gradproof check PATH...``. Imports what it needs when it needs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from gradproof.checking.formats.command_words import WORDS, word
from gradproof.checking.formats.inert import one_line
from gradproof.checking.options import BY_NAME, OPTIONS, UsageError, defaults
from gradproof.commands.explain_command import add_explain, run_explain
from gradproof.commands.learn_command import add_learn, run_learn
from gradproof.commands.operation_command import add_operation, run_operation
from gradproof.console import run_command
from gradproof.help import VERSION, Parser
from gradproof.text import LANGUAGES, Text, system_language

if TYPE_CHECKING:
    from gradproof.checking.formats.report_style import Style
    from gradproof.checking.records import Report

_FLAGS = ("quiet", "verbose", "arithmetic", "diff", "fix", "steps", "explain-reading",
          "require-isolation", "strict", "fresh")  # fmt: skip
_OF_TEXT = ("diff", "hint", "steps", "verbose")  # what only the text of a report has


class _Parser(Parser):
    """The command's parser: an error also says what may have been meant."""

    def hint(self, message: str) -> str:
        """Guess at a mistyped option, and at ``check`` left out."""
        near = self._near(message)
        return "; " + word("did_you_mean", self.language, near=near) if near else ""

    def _near(self, message: str) -> str:
        import difflib
        import re

        command = re.search(r"invalid choice: '(.*?)'", message)
        if command is not None:
            named = command[1]
            return f"gradproof check {named}" if Path(named).exists() else ""
        option = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        if option is None:
            return ""
        known = [f"--{name}" for name in (*BY_NAME, "no-prove", "json", "config")]
        return next(iter(difflib.get_close_matches(option[1], known, 1)), "")


def _parser(language: str) -> _Parser:
    from gradproof import home

    parser = _Parser("gradproof", WORDS["description"], WORDS["learn_more"], language)
    parser.add("--version", action="version", version=f"gradproof {home.VERSION}", help=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help=word("check", language), description=word("check_long", language),
        epilog=word("epilog", language), language=language,
    )  # fmt: skip
    check.add("paths", nargs="+", metavar="PATH", help=WORDS["paths"])
    for option in OPTIONS:
        name = f"--{option.name}"
        if option.name in _FLAGS:
            short = ("-v",) if option.name == "verbose" else ()
            check.add(*short, name, action="store_true", default=None, help=option.help)
        elif option.default is True:
            check.add(name, action=argparse.BooleanOptionalAction, help=option.help)
        else:
            action = "append" if option.default == () else "store"
            check.add(name, action=action, metavar=option.metavar, help=option.help)
    check.add("--json", action="store_const", const="json", dest="format", help=WORDS["json"])
    check.add("--config", metavar="FILE", help=WORDS["config"])
    add_explain(commands, language)
    add_learn(commands, language)
    add_operation(commands, language)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status. Raises SystemExit for --help and for usage."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    language = _spoken(given)
    parsed = _parser(language).parse_args(given)
    if parsed.command == "explain":
        return run_explain(parsed, language)
    if parsed.command == "learn":
        return run_learn(parsed, language)
    if parsed.command == "operation":
        return run_operation(parsed, language)
    try:
        return _check(parsed, language)
    except UsageError as error:
        print(f"gradproof check: {error.message.within(language)}", file=sys.stderr)
        return 2


def run() -> NoReturn:
    """The ``gradproof`` command: :func:`main` with a console's accidents taken care of."""
    run_command(main, "gradproof", _spoken(sys.argv[1:]))


def _spoken(arguments: Sequence[str]) -> str:
    """The language asked for, before the arguments are parsed; else the system's."""
    for at, argument in enumerate(arguments):
        option, _, value = argument.partition("=")
        if option == "--lang":
            value = value or "".join(arguments[at + 1 : at + 2])
            return value if value in LANGUAGES else system_language()
    return system_language()


def _check(parsed: argparse.Namespace, language: str) -> int:
    from gradproof.checking import configuration

    if parsed.config is not None:
        table = configuration.read(Path(parsed.config))
    else:
        table = configuration.find(parsed.paths, Path.cwd())
    for path in table.passed_over:
        told = WORDS["passed_over"].within(parsed.lang or language).format(path=one_line(str(path)))
        print(f"gradproof check: {told}", file=sys.stderr)
    given = _given(parsed)
    settings = {**defaults(), **table.options, **given}
    if table.path is not None and settings["junit"] is not None and "junit" not in given:
        settings["junit"] = str(configuration.own_output(settings["junit"], table.path))
    if "resume" in table.options:
        raise UsageError(WORDS["resume_configured"])
    if parsed.lang is None:
        language = settings["lang"] or language
    for name in _OF_TEXT:
        if settings[name] and settings["format"] != "text":
            said = {"option": f"--{name}", "format": settings["format"]}
            raise UsageError(Text(*(word("only_text", each, **said) for each in LANGUAGES)))
    if settings["junit"] is not None:
        _require_writable(Path(settings["junit"]), "--junit")
    if settings["resume"] is not None:
        _require_own(Path(settings["resume"]), parsed.paths)
    return _examine(parsed.paths, settings, table, language)


def _given(parsed: argparse.Namespace) -> dict[str, Any]:
    """The options that stand on the command line, as values. Raises UsageError."""
    found = {}
    for name, option in BY_NAME.items():
        value = getattr(parsed, name.replace("-", "_"))
        if value is not None:
            found[name] = option.read(_number(value) if option.number else value, f"--{name}")
    return found


def _number(text: Any) -> Any:
    """A number as the configuration file has it; anything else stays as it is."""
    for kind in (int, float):
        try:
            return kind(text) if isinstance(text, str) else text
        except ValueError:
            continue
    return text


def _require_writable(path: Path, option: str) -> None:
    """Find out before any work is done. Raises UsageError."""
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        values = {"option": option, "path": path, "why": error.strerror}
        form = WORDS["cannot_write"]
        raise UsageError(Text(form.en.format(**values), form.ko.format(**values))) from None


def _require_own(path: Path, names: Sequence[str]) -> None:
    """Believe no file that stands where submissions do. Raises UsageError."""
    folders = [Path(name).resolve() for name in names if Path(name).is_dir()]
    if any(path.resolve().is_relative_to(folder) for folder in folders):
        form = WORDS["resume_inside"]
        raise UsageError(Text(form.en.format(path=path), form.ko.format(path=path)))
    _require_writable(path, "--resume")


def _examine(paths: Sequence[str], settings: Mapping[str, Any], table: Any, language: str) -> int:
    from gradproof.checking import run as runner
    from gradproof.checking.formats.report_style import Style
    from gradproof.checking.formats.text_report import print_file, print_rest
    from gradproof.checking.records import Report
    from gradproof.checking.resumed import stored_in

    out, kind, quiet = sys.stdout, settings["format"], settings["quiet"]
    kind = "diff" if settings["diff"] else kind
    style = _style(out, language) if kind == "text" else Style()
    style = replace(style, hint=settings["hint"], steps=settings["steps"],
                    verbose=settings["verbose"])  # fmt: skip
    report = Report(configuration=str(table.path or ""), strict=settings["strict"])
    try:
        runner.run(
            paths, runner.options_of(settings, table.pairs), settings["exclude"], settings["jobs"],
            bar=not quiet, description=word("bar", language), whole=report,
            each=lambda one: print_file(one, out, quiet, style)
            if kind == "text" else None,
            resume=None if settings["resume"] is None else Path(settings["resume"]),
            stored=stored_in(), fresh=settings["fresh"],
        )  # fmt: skip
    except KeyboardInterrupt:
        if kind == "text" and report != Report(configuration=report.configuration):
            print_rest(report, out, quiet, style)
        raise
    _finish(report, kind, quiet, style, _machine_language(settings, language))
    if settings["fix"]:
        from gradproof.checking.formats.unified_diff import write_copies

        lines = write_copies(report, language)
        print(*lines, sep="\n", file=out if kind == "text" else sys.stderr)
    if settings["junit"] is not None:
        from gradproof.checking.formats.junit import write_junit

        write_junit(report, Path(settings["junit"]), language)
    return report.status


def _machine_language(settings: Mapping[str, Any], language: str) -> str:
    """What programs read is English unless Korean is asked for, whatever the system is set to."""
    return str(settings["lang"] or "en") if settings["format"] in ("json", "csv") else language


def _style(out: TextIO, language: str) -> Style:
    import os
    import shutil

    from gradproof.checking.formats.report_style import Style, wants_colour

    colour = wants_colour(out)
    if colour and os.name == "nt":
        import colorama  # comes with tqdm on Windows

        colorama.just_fix_windows_console()
    width = shutil.get_terminal_size().columns if out.isatty() else None
    return Style(language, colour, width)


def _finish(report: Report, kind: str, quiet: bool, style: Style, language: str) -> None:
    """Print what comes after the lines, or all of a report that programs read."""
    if kind == "json":
        import json

        print(json.dumps(report.as_json(language), indent=2))
    elif kind == "diff":
        from gradproof.checking.formats.unified_diff import diff_of

        sys.stdout.writelines(diff_of(report, language))
        for error in report.errors:
            print(one_line(f"{error.file}: {error.reason}"), file=sys.stderr)
    elif kind == "github":
        from gradproof.checking.formats.github import commands

        print(*commands(report, language), sep="\n")
    elif kind == "csv":
        from gradproof.checking.formats.spreadsheet import spreadsheet

        print(spreadsheet(report, language), end="")
    else:
        from gradproof.checking.formats.text_report import print_rest

        print_rest(report, sys.stdout, quiet, style)


if __name__ == "__main__":
    run()
