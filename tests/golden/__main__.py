"""The golden file: everything that gradproof says, pinned, and what has moved.

``python -m tests.golden`` runs every file of the corpus, every planted file, every subject of the
proofs and every labelled slip, and prints where verdict, scope, kind, line, term or fix differ from
what is written down in ``tests/golden/said/``: - before what was said, + before what is said now.
Exit status 1 if anything moved.

    --update       write down what is said now; git diff shows what moved
    --only PATTERN those cases whose name "family/case" the pattern matches, as "slips/*batch*"; a
                   name without * ? or [ is sought anywhere in it
    --sample N     N cases of each family, always the same ones, chosen by a hash of their names
    --new          those that are not written down yet
    --beside N     run the cases (default: --sample 3) twice, alone and beside N busy processes, and
                   print what is said in other words then, in either language
    --list         print the names, run nothing
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.golden")

import argparse
import fnmatch
import time
from collections.abc import Sequence
from pathlib import Path

from tests.golden.cases import FAMILIES, Case, cases, sampled
from tests.golden.lines import SAID, counted, moved, of_cases, read, write
from tests.golden.running import Heard, listen, other_words

BESIDE = 3  # of each family, where --beside is not told which


def matching(every: Sequence[Case], pattern: str) -> list[Case]:
    """The cases that a pattern of the command line names."""
    asked = pattern if set(pattern) & set("*?[") else f"*{pattern}*"
    return [case for case in every if fnmatch.fnmatchcase(str(case), asked)]


def main(arguments: Sequence[str] | None = None, folder: Path = SAID) -> int:
    """Run the cases and print what moved; 1 if anything did and it was not written down."""
    options = _parsed(arguments)
    every = cases()
    chosen = matching(every, options.only) if options.only else every
    count = options.sample or (BESIDE if options.beside and not options.only else 0)
    chosen = sampled(chosen, count) if count else chosen
    if options.new:
        written = {case for family in FAMILIES for case, _ in read(family, folder)}
        chosen = [case for case in chosen if str(case) not in written]
    if options.list or not chosen:
        print("\n".join(map(str, chosen)) or f"no case is called {options.only}")
        return 0 if chosen else 2
    if options.beside:
        return _beside(chosen, options)
    start, count = time.process_time(), 0
    for family in FAMILIES:
        own = [case for case in chosen if case.family == family]
        if own:
            count += _of_family(family, own, chosen == every, options, folder)
    seconds = f"{time.process_time() - start:.0f} processor seconds" if options.jobs == 1 else ""
    told = "written down" if options.update else "moved"
    print(f"{len(chosen)} cases, {count} {told}" + (f"; {seconds}" if seconds else ""))
    return 1 if count and not options.update else 0


def _beside(chosen: list[Case], options: argparse.Namespace) -> int:
    """Run the cases alone and beside busy processes; 1 if the words differ."""
    rows = other_words(chosen, options.beside, options.quiet)
    for row in rows:
        print(row)
    where = f"alone and beside {options.beside} busy processes"
    print(f"{len(chosen)} cases {where}: {len(rows)} differ")
    return 1 if rows else 0


def _of_family(
    family: str, own: list[Case], whole: bool, options: argparse.Namespace, folder: Path
) -> int:
    """Run the cases of one family; how many of their lines moved."""
    heard, written = Heard(), read(family, folder)
    try:
        listen(own, heard, options.jobs, options.quiet, family)
    except KeyboardInterrupt:  # what is known by now is kept: the run can be taken up with --only
        if options.update:
            write(family, written | heard.lines, folder)
        raise
    before = written if whole else of_cases(written, map(str, own))
    rows = list(moved(before, heard.lines))
    for row in rows:
        print(row)
    changes = counted(before, heard.lines)
    if rows:
        print(f"{family}: {len(rows)} moved" + (f"; {changes}" if changes else ""), flush=True)
    if options.update and rows:
        kept = {key: line for key, line in written.items() if key not in before}
        write(family, kept | heard.lines, folder)
    return len(rows)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.golden", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--update", action="store_true", help="write down what is said now")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases whose name matches")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N of each family")
    parser.add_argument("--new", action="store_true", help="cases that are not written down yet")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side (POSIX only)")
    parser.add_argument("--beside", type=int, default=0, metavar="N", help="N busy processes")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.golden")
