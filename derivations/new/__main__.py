"""Write ``derivations/NAME.py`` and ``impl/NAME.py``, with the questions to answer."""

from __future__ import annotations

import sys
from pathlib import Path

from gradproof.console import run_command
from gradproof.operation.scaffold import TOLD, ScaffoldError, write_operation
from gradproof.text import Text, system_language

USAGE = Text("usage: python -m derivations.new NAME", "사용법: python -m derivations.new NAME")
ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write both files; say what to do next. Returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    language = system_language()
    if len(given) != 1 or given[0].startswith("-"):
        print(USAGE.within(language), file=sys.stderr)
        return 0 if given in (["-h"], ["--help"]) else 2
    try:
        derivation, implementation = write_operation(given[0], root)
    except ScaffoldError as error:
        print(f"derivations.new: {error.message.within(language)}", file=sys.stderr)
        return 2
    told = TOLD.within(language).format(
        derivation=derivation.relative_to(root),
        implementation=implementation.relative_to(root),
        command=f'make report ARGS="--ops {given[0]}"',
    )
    print(told)
    return 0


if __name__ == "__main__":
    run_command(main, "derivations.new", system_language())
