"""The whole corpus: every right gradient must hold, every planted slip be refuted, none unmatched.

``python -m tests.checking.campaign`` examines all of it and prints a table; the tests a sample.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.checking.campaign")

import argparse
import sys
import tempfile
import time
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.checking.corpus import (
    FOLDER,
    HOLDS,
    Planted,
    examined,
    expected,
    label,
    planted,
)


def faults_of_right(file: str, prove: bool = True) -> tuple[Counter[str], list[str]]:
    """How often each verdict came, and what is not as it should be in a file that is right."""
    messages = examined(FOLDER / f"{file}.py", prove=prove)
    values = [m["value"] for m in messages if m["type"] == "gradient"]
    faults = [f"unmatched: {m['value']['name']}: {m['value']['reason']}"
              for m in messages if m["type"] == "unmatched"]  # fmt: skip
    faults += [f"{v['verdict']}: {label(v)}" for v in values if v["verdict"] not in HOLDS]
    found, listed = Counter(map(label, values)), Counter(expected()[file])
    faults += [f"not found: {each}" for each in (listed - found).elements()]
    faults += [f"not listed: {each}" for each in (found - listed).elements()]
    return Counter(v["verdict"] for v in values), [f"{file}: {fault}" for fault in faults]


def faults_of_slip(slip: Planted, folder: Path, prove: bool = True) -> list[str]:
    """What is not as it should be where one slip is planted."""
    messages = examined(slip.written(folder), slip.pair, prove)
    values = [m["value"] for m in messages if m["type"] == "gradient"]
    refuted = {v["of"]: v for v in values if v["verdict"] == "REFUTED"}
    faults = [f"unmatched: {m['value']['reason']}" for m in messages if m["type"] == "unmatched"]
    faults += [f"not refuted: {of}" for of in slip.of if of not in refuted]
    faults += [f"refuted without a reason: {of}" for of, v in refuted.items()
               if not v["counterexample"] and not v["reason"]]  # fmt: skip
    if slip.rest == "holds":
        faults += [f"{v['verdict']} beside it: {label(v)}" for v in values
                   if v["of"] not in slip.of and v["verdict"] not in HOLDS]  # fmt: skip
    return [f"{slip}: {fault}" for fault in faults]


def _rows(prove: bool, quiet: bool) -> Iterator[tuple[str, Any]]:
    verdicts: Counter[str] = Counter()
    faults: list[str] = []
    files, slips = sorted(expected()), planted()
    for file in tqdm(files, "right files", disable=quiet):
        counted, wrong = faults_of_right(file, prove)
        verdicts += counted
        faults += wrong
    with tempfile.TemporaryDirectory() as folder:
        wrong_of = [faults_of_slip(slip, Path(folder), prove)
                    for slip in tqdm(slips, "planted slips", disable=quiet)]  # fmt: skip
    yield "files", len(files)
    yield "right gradients", sum(verdicts.values())
    yield from ((f"  {verdict}", count) for verdict, count in sorted(verdicts.items()))
    yield "planted slips", len(slips)
    yield "  refuted, the rest holding", sum(not each for each in wrong_of)
    yield "faults", faults + [fault for each in wrong_of for fault in each]


def size() -> tuple[int, int, int]:
    """Files, gradients and planted slips of the corpus, with those in its folders."""
    tables = [
        tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        for folder in (FOLDER, FOLDER / "structures", FOLDER / "students")
        for name in ("expected", "planted")
    ]
    files = [of for table in tables for of in table.get("right", {}).values()]
    slips = [slip for table in tables for slip in table.get("planted", ())]
    return len(files), sum(map(len, files)), len(slips)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; the exit status is 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.checking.campaign", description=__doc__)
    parser.add_argument("--no-prove", action="store_true", help="numbers only")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument("--count", action="store_true", help="only say how large the corpus is")
    options = parser.parse_args(arguments)
    if options.count:
        print("{} files, {} gradients, {} planted slips".format(*size()))
        return 0
    warnings.simplefilter("ignore")
    start = time.process_time()
    rows = dict(_rows(not options.no_prove, options.quiet or not sys.stderr.isatty()))
    faults = rows.pop("faults")
    for name, value in rows.items():
        print(f"{name:32} {value:6}")
    print(f"{'processor seconds':32} {time.process_time() - start:6.0f}")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.checking.campaign")
