"""Plant errors in the source of an operation, one at a time, and see which test finds each.

    python -m tests.mutants                    every file of impl/ and of derivations/
    python -m tests.mutants impl/dense.py ...  those files only; impl/dense.py:31: that line
    python -m tests.mutants --list FILE        the changes themselves
    python -m tests.mutants gradproof/witnesses/special.py

A change of ``impl/`` or ``derivations/`` is the business of ``tests/test_cross_check.py``, and of
that file alone: its tests are run, in order, until one fails. A change that leaves the mathematics
as it is (a term that is zero anyway, the other way round a tie, another slope at a kink) is no
error. It may pass only if it is proved right: of code by the exact engine, which knows nothing of
floating point; of a derivation by equal expressions in all its records. Those are listed.

A change of a witness is the business of the tests of that witness: pytest runs them in a process of
its own (``tests/planted.py``). That takes seconds, so witnesses are not among "every file".
"""

from __future__ import annotations

if __name__ == "__main__":  # before the imports that take long
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.mutants")

import argparse
import ast
import contextlib
import importlib
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import sympy as sp
from hypothesis import Phase, settings
from tqdm.auto import tqdm

import derivations
import impl
from gradproof.operation.operations import Operation, load_operations
from gradproof.operation.strategies import NUMBERS
from gradproof.verdicts import Status
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.textbook import textbook_of
from tests.changes import Change, changes
from tests.planted import found_by_its_tests

ROOT = Path(__file__).parent.parent

# No operation: what stands around the formulas has tests of its own, in tests/impl.
NOT_FORMULAS = {"__init__.py", "_contract.py"}
# Numbers beyond the range of floats: a proof about real numbers never comes there.
BEYOND_FLOATS = {"impl/_arithmetic.py", "impl/_wide_functions.py"}

# Of the processor, not of the clock: on a busy machine, a search that finds nothing takes longer.
# What runs on for so long is found as well, by whoever waits for it, and is listed.
_SECONDS = 60
_HANGS = "it hangs"


@dataclass(frozen=True)
class Mutant:
    """One change of one file, and the operations that it touches."""

    file: str
    change: Change
    operations: tuple[str, ...]
    number: int = 0  # among all changes of the file

    def __str__(self) -> str:
        return f"{self.file}:{self.change.line}: {self.change}"

    @contextlib.contextmanager
    def planted(self) -> Iterator[dict[str, Operation]]:
        """The operations as they are with the change; all is as before when it is left."""
        rooms = ("impl", "derivations")
        kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] in rooms}
        name = self.file.removesuffix(".py").replace("/", ".")
        room = name.split(".")[0]
        package = vars(sys.modules[room])
        attributes = dict(package)
        for each in kept:
            if each.startswith(f"{room}."):
                del sys.modules[each]
                # Else "from impl import _contract" would find the one that was loaded before.
                package.pop(each.removeprefix(f"{room}."), None)
        try:
            module = ModuleType(name)
            module.__file__ = str(ROOT / self.file)
            module.__package__ = room
            sys.modules[name] = module
            exec(compile(self.change.tree, module.__file__, "exec"), vars(module))
            yield load_operations(kept["derivations"], kept["impl"], only=self.operations)
        finally:
            for each in [each for each in sys.modules if each.split(".")[0] in rooms]:
                del sys.modules[each]
            sys.modules.update(kept)
            package.update(attributes)


def mutants(asked: str) -> Iterator[Mutant]:
    """Every change of a file, such as "impl/dense.py"; of one line of it: "impl/dense.py:31"."""
    file, _, line = asked.partition(":")
    operations = () if file.startswith("gradproof/") else tuple(users_of(file))
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for number, change in enumerate(changes(tree)):
        if not line or change.line == int(line):
            yield Mutant(file, change, operations, number)


def users_of(file: str) -> list[str]:
    """The operations whose file in that room it is, or imports it, directly or not."""
    room, name = file.removesuffix(".py").split("/")
    if not name.startswith("_"):
        return [name]
    imports = re.compile(rf"from {room}(\.| import ){name}\b")
    using = [path for path in sorted((ROOT / room).glob("*.py"))
             if imports.search(path.read_text(encoding="utf-8"))]  # fmt: skip
    found = [user for path in using for user in users_of(f"{room}/{path.name}")]
    return list(dict.fromkeys(found))


def files() -> list[str]:
    """The files of impl/ and derivations/ that hold formulas."""
    return [
        f"{room}/{path.name}"
        for room in ("impl", "derivations")
        for path in sorted((ROOT / room).glob("*.py"))
        if path.name not in NOT_FORMULAS
    ]


# --- which test finds it ----------------------------------------------------------------------


def found_by(mutant: Mutant) -> str | None:
    """The name of the first test that fails, of the cross-check or of the witness; or None."""
    if mutant.file.startswith("gradproof/"):
        return found_by_its_tests(mutant.file, mutant.number)
    try:
        with mutant.planted() as operations:
            for operation in operations.values():
                for test, arguments in cross_checks(operation, mutant.file.split("/")[0]):
                    try:
                        with alarm(_SECONDS):
                            test(**arguments)
                    except TimeoutError:
                        return _HANGS
                    except Exception:
                        return str(test.__name__)
    except Exception:
        return "it cannot be loaded"
    return None


def cross_checks(
    operation: Operation, room: str
) -> Iterator[tuple[Callable[..., None], dict[str, Any]]]:
    """Every test of the cross-check that a change in ``room`` can reach, with its arguments.

    First those whose business it is most of all: of a derivation, the lines of it.
    """
    from tests import test_cross_check as t

    for mode in operation.derivation.modes if room == "derivations" else ():
        of = {"operation": operation, "mode": mode}
        for chain in mode.chains:
            yield t.test_every_line_of_a_derivation_is_sympys_derivative, {**of, "chain": chain}
        yield t.test_whatever_else_a_derivation_states_is_proved, of
        if mode.loss is not None:
            yield t.test_the_loss_is_dy_times_y_and_every_number_is_real, of
    for mode in operation.derivation.modes:
        for hard in mode.hard_cases:
            known = {"operation": operation, "mode": mode, "hard": hard}
            yield t.test_what_failed_once_holds, known
    for mode in operation.derivation.modes:
        of = {"operation": operation, "mode": mode}
        backwards = [{**of, "backward": name} for name in mode.backwards]
        kinks = [kink for kink in mode.kinks if kink.variable in {x.symbol for x in mode.inputs}]
        for numbers in NUMBERS:
            yield t.test_forward_is_the_definition, {**of, "numbers": numbers}
            for each in backwards:
                with_numbers = {**each, "numbers": numbers}
                yield t.test_backward_is_sympys_derivative_of_the_definition, with_numbers
        for each, kink in product(backwards, kinks):
            with_kink = {**each, "kink": kink}
            yield t.test_at_a_kink_backward_is_between_the_slopes_of_both_sides, with_kink
        for dtype in t.FLOATS:
            with_dtype = {**of, "dtype": dtype}
            yield t.test_at_zeros_infinities_and_nan_the_code_returns_what_is_stated, with_dtype
        yield t.test_derivation_and_code_have_the_same_parameters, of
        for each in backwards if room == "impl" else ():
            yield t.test_backward_is_the_slope_of_forward_by_complex_step, each
            yield t.test_backward_is_the_slope_of_forward_by_finite_differences, each
            yield t.test_backward_is_linear_in_the_upstream_gradient, each
        if room == "impl" and textbook_of(operation, mode):
            yield t.test_the_lines_of_a_book_are_proved_to_be_the_same_function, of


def proved_equal(mutant: Mutant) -> bool:
    """Whether a change that no test found changes nothing, whatever the (real) numbers are."""
    if mutant.change.aside or mutant.file in BEYOND_FLOATS or not mutant.operations:
        return False  # nothing is compared there, or with nothing
    was = load_operations(derivations, impl, only=mutant.operations)  # while nothing is planted
    try:
        with alarm(_SECONDS), mutant.planted() as operations:
            if mutant.file.startswith("derivations/"):
                return all(
                    _same(was[name].derivation, operation.derivation)
                    for name, operation in operations.items()
                )
            return all(exactly(each, 1).status is Status.PROVED for each in operations.values())
    except Exception:
        return False


def _same(one: Any, other: Any) -> bool:
    """Whether two records say the same, expression by expression, but for special values.

    Those say what the code returns at some argument. The code does: so a changed one that no test
    found is true as well.
    """
    if is_dataclass(one) and type(one) is type(other):
        names = [field.name for field in fields(one) if field.name != "special_values"]
        return all(_same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if one == other or (one != one and other != other):  # NaN is stated as well
        return True
    if not (isinstance(one, sp.Expr) and isinstance(other, sp.Expr)):
        return False
    alike = one.args and not one.is_Piecewise and one.func == other.func
    # Part by part first: of an unevaluated derivative, what is differentiated is compared.
    return bool(alike and _same(one.args, other.args)) or _equal(one, other)


def _equal(one: sp.Expr, other: sp.Expr) -> bool:
    """Whether two expressions are equal, piece by piece: where x > 0, or x >= 0, may not matter."""
    difference = sp.piecewise_fold(one - other)
    if not isinstance(difference, sp.Piecewise):
        return bool(sp.simplify(difference) == 0)
    left: sp.Set = sp.S.Reals  # of the one number on which the conditions depend
    for value, condition in difference.args:
        (x,) = difference.atoms(sp.Rel).pop().free_symbols
        here = left & (sp.S.Reals if condition == True else condition.as_set())  # noqa: E712
        left -= here
        values = [value.subs(x, at) for at in here] if isinstance(here, sp.FiniteSet) else [value]
        if here is not sp.S.EmptySet and any(sp.simplify(each) != 0 for each in values):
            return False
    return True


@contextlib.contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in what takes more of the processor; on Windows, wait."""
    if not hasattr(signal, "SIGPROF"):
        yield
        return

    def ring(*_: Any) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main(arguments: list[str]) -> int:
    """Try every change of the files named, or of all; 1 if one passed that is not proved equal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", help="such as impl/dense.py")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="one in so many")
    options = parser.parse_args(arguments)
    settings.register_profile(
        "mutants", max_examples=25, phases=[Phase.explicit, Phase.generate], derandomize=True,
        database=None, deadline=None, report_multiple_bugs=False,
    )  # fmt: skip
    settings.load_profile("mutants")
    every = [mutant for file in options.files or files() for mutant in mutants(file)][
        :: options.every
    ]
    if options.list:
        print(*every, sep="\n")
        return 0
    importlib.import_module("tests.test_cross_check")
    finders: Counter[str] = Counter()
    passed, longest = 0, (0.0, "")
    for mutant in tqdm(every, desc="mutants", disable=None):
        start = time.process_time()
        test = found_by(mutant)
        longest = max(longest, (time.process_time() - start, str(mutant)))
        if test is None and proved_equal(mutant):
            test = "none, but it is proved right over the real numbers"
            print(f"RIGHT: {mutant}", flush=True)
        elif test is None:
            passed += 1
            print(f"PASSED: {mutant}", flush=True)
        elif test == _HANGS:
            print(f"HANGS: {mutant}", flush=True)
        finders[test or "none"] += 1
    for test, count in finders.most_common():
        print(f"{count:6} {test}")
    print(f"the longest search took {longest[0]:.1f} s of the processor: {longest[1]}")
    return 1 if passed else 0


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(lambda: main(sys.argv[1:]), "tests.mutants")
