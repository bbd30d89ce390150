"""Programs composed of NumPy operations, right and with one slip, through prove, check, diagnose.

``python -m tests.fuzz`` makes them from a seed, runs them in this process and counts what is said.
A right one must never be refuted, a wrong one never hold; no call may fail. What was done is kept
in a file (``--kept``), from which a run that was ended goes on. A sample runs in the tests.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.fuzz")

import argparse
import functools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gradproof import check_gradient, prove_gradient
from gradproof.diagnosis import diagnose
from gradproof.work import PER_SECOND
from tests.fuzz.compose import Composed, composed, drawn, run
from tests.fuzz.slips import slipped
from tests.fuzz.truth import apart, differs, is_right, quietly

_WORK = 5 * PER_SECOND  # for one proof
_MOST = 6  # operations in a program
_DIAGNOSED = 20  # one in so many wrong ones is diagnosed
_SLIPS = 8  # that are tried until one is wrong
_HOLDS = ("PROVED", "CHECKED")
Said = dict[str, Any]


def judged(text: str, program: Composed, where: str, diagnosed: bool = False) -> Said:
    """What is said of a program: by prove, by check, and by diagnose where that is asked."""
    said: Said = {}
    forward, backward = run(text, where)
    inputs = _inputs(program)
    names = list(program.inputs)
    proof = functools.partial(prove_gradient, work_limit=_WORK)
    for name, ask in (("prove", proof), ("check", check_gradient),
                      ("diagnose", diagnose if diagnosed else None)):  # fmt: skip
        if ask is None:
            continue
        start = time.process_time()
        try:
            found: Any = quietly(lambda ask=ask: ask(forward, backward, *inputs, names=names))
            said[name] = "found" if name == "diagnose" else str(found.status)
            if name != "diagnose" and said[name] == "UNDECIDED":
                said[f"{name} why"] = found.reason
        except Exception as error:
            said[name] = f"failed: {type(error).__name__}: {error}"
        said[f"{name} s"] = round(time.process_time() - start, 2)
    return said


def _inputs(program: Composed) -> list[Any]:
    """The inputs at which it is checked: short decimals."""
    return [each.round(2) for each in drawn(program.inputs, 1)]


def case(seed: int, number: int) -> Iterator[Said]:
    """What is said of one program, and of the same with a slip."""
    rng = random.Random(f"{seed}:{number}")
    program = composed(rng, rng.randint(1, _MOST))
    text, at = program.text(), rng.randrange(2**30)
    own = {"seed": seed, "number": number}
    try:
        functions = run(text, f"<fuzz {seed}:{number}>")
        right = quietly(is_right, functions, program.inputs, at)
    except Exception as error:
        yield {**own, "kind": "not made", "why": f"{type(error).__name__}: {error}", "text": text}
        return
    if not right:
        yield {**own, "kind": "not made", "why": "differences do not agree", "text": text}
        return
    yield _faulty(
        {**own, "kind": "right", **judged(text, program, f"<fuzz {seed}:{number}>")}, text
    )
    for _ in range(_SLIPS):
        changed, slip = slipped(text, rng)
        if not changed:
            continue
        where = f"<fuzz {seed}:{number} slip>"
        try:
            clearly, same = quietly(differs, functions, run(changed, where), program.inputs, at)
        except Exception:  # it does not run
            continue
        if same == 6:  # it is right as well
            continue
        kind = "wrong" if clearly >= 3 else "hardly wrong"
        here = quietly(apart, functions, run(changed, where), _inputs(program), at) > 1e-4
        diagnosed = rng.randrange(_DIAGNOSED) == 0
        said = judged(changed, program, where, diagnosed)
        yield _faulty({**own, "kind": kind, "here": bool(here), "slip": slip, **said}, changed)
        return


def _faulty(said: Said, text: str) -> Said:
    """The same with what is wrong in it, and the program then."""
    prove, check = said["prove"], said["check"]
    faults = [f"{k}: {v}" for k, v in said.items() if str(v).startswith("failed")]
    if said["kind"] == "right":
        faults += [f"false REFUTED by {k}" for k in ("prove", "check") if said[k] == "REFUTED"]
    else:
        faults += [f"wrong {prove} by prove"] * (prove in _HOLDS)
        # A check is of one point, at which a gradient that is wrong elsewhere may be right.
        faults += [f"wrong {check} by check"] * (check in _HOLDS and said["here"])
    undecided = check == "UNDECIDED" and prove == "UNDECIDED"
    return said | ({"faults": faults, "text": text} if faults or undecided else {})


def _table(found: list[Said]) -> Iterator[str]:
    for kind in ("right", "wrong", "hardly wrong", "not made"):
        own = [each for each in found if each["kind"] == kind]
        yield f"{kind:14} {len(own):6}"
        for name in ("prove", "check", "diagnose"):
            counts = Counter(each[name].partition(":")[0] for each in own if name in each)
            if counts:
                shown = ", ".join(f"{count} {word}" for word, count in counts.most_common())
                yield f"  {name:12} {shown}"
        both = sum(each.get("prove") == each.get("check") == "UNDECIDED" for each in own)
        if both:
            yield f"  undecided by both: {both}"


def main(arguments: list[str] | None = None) -> int:
    """Run them; the exit status is 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="programs, right and with a slip")
    parser.add_argument("--seed", type=int, default=0, help="which programs")
    parser.add_argument("--only", type=int, help="the program of this number alone, with its text")
    parser.add_argument("--kept", type=Path, help="a file of what was done, to go on from")
    parser.add_argument("--minutes", type=float, default=1e9, help="and no longer")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    if options.only is not None:
        for said in case(options.seed, options.only):
            print(said.pop("text", ""), json.dumps(said, indent=1), sep="\n")
        return 0
    found = _kept(options.kept, options.seed)
    numbers = range(max((each["number"] for each in found), default=-1) + 1, options.count)
    start, until = time.process_time(), time.monotonic() + 60 * options.minutes
    bar = tqdm(numbers, "programs", disable=options.quiet or not sys.stderr.isatty())
    for number in bar:
        if time.monotonic() > until:
            break
        new = list(case(options.seed, number))
        found += new
        if options.kept is not None:
            with options.kept.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(each) + "\n" for each in new)
        bar.set_postfix(faults=sum(bool(each.get("faults")) for each in found), refresh=False)
    print(*_table(found), sep="\n")
    print(f"{'processor s':14} {time.process_time() - start:6.0f}")
    faulty = [each for each in found if each.get("faults")]
    for each in faulty:
        print(f"{each['seed']}:{each['number']} {'; '.join(each['faults'])} {each.get('slip', '')}")
    return 1 if faulty else 0


def _kept(path: Path | None, seed: int) -> list[Said]:
    if path is None or not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [said for said in map(json.loads, lines) if said["seed"] == seed]


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.fuzz")
