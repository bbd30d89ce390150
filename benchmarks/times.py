"""How long the checkers take: batch norm in full and along directions, elementwise functions.

Why batch norm (32, 32) takes longer in full mode than gradcheck in its fast mode, which
compares one random sum: it calls forward 17 times, mostly on several displaced copies at once,
and makes some 6,900 Python calls in all, of which none stands out. By a profile, comparing each
element takes two fifths of the time, forward included, measuring how both functions round a
sixth, finding which outputs depend on what a seventh, and putting state back an eighth. Each is
a question that the verdict answers. A sketch makes 4,000 such calls; autograd's one projection,
which is given without a bound, asks none of those questions.

What care for the caller's objects costs of full mode, on the bare formula of impl.batch_norm, the
least of 150 checks in turns: 13.1 ms as it is; 12.9 if no array were copied for a call (1 %, all
that write protection could save); 12.2 if no state were written down and put back (7 %). To tell
mappings and functions apart first among that state saves 0.06 ms, which is not worth the lines;
all questions about signatures take 1 %.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence

from tqdm.auto import tqdm

from benchmarks.measure import counted, extrapolated, fits, least_in_turns, seconds
from benchmarks.peers import SETTINGS, Checker
from benchmarks.problems import BATCH_NORM, ELU, RELU, SIGMOID, TANH, Arrays, Problem
from benchmarks.table import Table
from gradproof import check_gradient
from gradproof.numeric.modes.sketch import CHANCE, DIRECTIONS
from impl import batch_norm

OURS = ("gradproof\nfull", "gradproof\nsketch")
SMALL, MIDDLE, LARGE = (32, 32), (256, 256), (1024, 1024)
ELEMENTS = 10**6
# Smaller checks from which a larger one is predicted, and those that are fitted.
STAIRS = ((8, 8), (16, 16), (32, 32), (64, 64))


def times(checkers: Sequence[Checker], cap: float, quick: bool, silent: bool | None) -> Table:
    """One row per problem, one column per checker."""
    table = Table(
        "Time of a check that passes: processor seconds, one thread, the least of several",
        [each.name for each in checkers],
    )
    elementwise = (TANH, RELU) if quick else (SIGMOID, TANH, RELU, ELU)
    with tqdm(total=4 + len(elementwise), desc="times", disable=silent, leave=False) as bar:
        of = Times(table, checkers, cap)
        parts: list[Callable[[], None]] = [
            of.stairs,
            *(functools.partial(of.full, size) for size in (SMALL, MIDDLE)),
            of.directional,
            *(functools.partial(of.elementwise, each) for each in elementwise),
        ]
        for part in parts:
            part()
            bar.update()
    _add_ours_on_impl(table)
    every = [each.name.replace("\n", " ") for each in checkers if each.every]
    table.note("compare every element: " + ", ".join(every) + "; the others sums along directions")
    table.note(
        f"gradproof, sketch (which auto picks for batch norm): {DIRECTIONS} random sums over every "
        f"class of elements; an error as large as the floor is missed by a chance of {CHANCE:.0e}"
    )
    table.note(SETTINGS)
    table.note("numdifftools and SciPy differentiate by x alone, the others by gamma and beta too")
    table.note(
        "~: extrapolated as a n + b n^2 (n elements of x, gone through one by one), fitted at "
        + ", ".join(str(size) for size in STAIRS)
        + f"; one Jacobian by x alone would take {8 * (256 * 256) ** 2 / 2**30:.0f} GiB"
    )
    table.note("!: it refused right code; numdifftools and SciPy believe their own error estimates")
    table.note(f"-: more than {cap:g} s, judged by smaller sizes")
    return table


class Times:
    """Fills the table; knows the times at small sizes, and who refused right code."""

    def __init__(self, table: Table, checkers: Sequence[Checker], cap: float) -> None:
        self.table, self.checkers, self.cap = table, checkers, cap
        self.known: dict[str, list[tuple[int, float]]] = {each.name: [] for each in checkers}
        self.refused: set[str] = set()

    def stairs(self) -> None:
        """Measure small sizes, each as far as it is expected to stay within the cap."""
        for size in STAIRS:
            inputs = BATCH_NORM.draw(*size, 0)
            runs = self._runs(inputs)
            for run in runs.values():
                if size == STAIRS[0]:
                    run()  # whatever is loaded or compiled at first use
            for name, took in least_in_turns(runs, 3, 1.0).items():
                self.known[name].append((inputs[0].size, took))

    def full(self, size: tuple[int, int]) -> None:
        """A row of seconds, and one of multiples of ours."""
        inputs = BATCH_NORM.draw(*size, 0)
        found = least_in_turns(self._runs(inputs), 5, 0.2 * self.cap)
        guessed = {
            each.name: extrapolated(self.known[each.name], inputs[0].size)
            for each in self.checkers
            if each.name not in found and each.every and len(self.known[each.name]) > 1
        }
        values = {**found, **guessed}
        label = f"batch norm {size}"
        names = [each.name for each in self.checkers]
        cells = [self._time(name, found.get(name), guessed.get(name)) for name in names]
        self.table.add(label, cells, [values.get(name) for name in names])
        for ours in (each for each in OURS if each in values):
            ratios = [values[name] / values[ours] if name in values else None for name in names]
            cells = [_multiple(each) for each in ratios]
            self.table.add(f"    of {ours.replace(chr(10), ', ')}", cells, ratios)

    def directional(self) -> None:
        """A large batch norm, in units of one forward and one backward in the same library."""
        inputs = BATCH_NORM.draw(*LARGE, 0)
        runs = self._runs(inputs)
        ratios: list[float | None] = []
        for each in self.checkers:
            if each.name not in runs:
                ratios.append(None)
                continue
            once = functools.partial(each.once, BATCH_NORM, inputs)
            once()
            found = least_in_turns({"check": runs[each.name], "once": once}, 5, self.cap)
            ratios.append(found["check"] / found["once"])
        label = f"batch norm {LARGE}, of forward + backward"
        self.table.add(label, [_multiple(each) for each in ratios], ratios)

    def elementwise(self, problem: Problem) -> None:
        """Seconds for 10^6 elements, and how often forward was evaluated on all of them."""
        inputs, small = problem.draw(ELEMENTS // 1000, 1000, 0), problem.draw(32, 32, 0)
        took: list[float | None] = []
        evaluations: list[float | None] = []
        for each in self.checkers:
            each.check(problem, small, 0)
            known = [(small[0].size, seconds(self._run(each, problem, small)))]
            if fits(each, problem, inputs, known, 10 * self.cap):  # small ones are mostly overhead
                watched, count = counted(problem)
                run = self._run(each, problem if each.compiled else watched, inputs)
                if each.compiled:
                    run()
                took.append(seconds(run))
                evaluations.append(None if each.compiled else count(ELEMENTS))
            else:
                took.append(None)
                evaluations.append(None)
        names = [each.name for each in self.checkers]
        cells = [self._time(name, each) for name, each in zip(names, took)]
        self.table.add(f"{problem.name}, 10^6 elements", cells, took)
        counts = ["-" if each is None else f"{each:.3g}" for each in evaluations]
        self.table.add("    evaluations of forward", counts, evaluations)

    def _runs(self, inputs: Arrays) -> dict[str, Callable[[], None]]:
        """The checks of batch norm that are expected to stay within the cap."""
        return {
            each.name: self._run(each, BATCH_NORM, inputs)
            for each in self.checkers
            if fits(each, BATCH_NORM, inputs, self.known[each.name], self.cap)
        }

    def _run(self, checker: Checker, problem: Problem, inputs: Arrays) -> Callable[[], None]:
        def run() -> None:
            if not checker.check(problem, inputs, 0):
                self.refused.add(checker.name)

        return run

    def _time(self, name: str, took: float | None, guessed: float | None = None) -> str:
        mark = " !" if name in self.refused else ""
        self.refused.discard(name)
        if took is not None:
            return f"{took:.3g} s{mark}"
        if guessed is None:
            return "-"
        return f"~{guessed / 3600:.2g} h" if guessed > 3600 else f"~{guessed:.2g} s"


def _multiple(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2g} x"


def _add_ours_on_impl(table: Table) -> None:
    """The hand-written batch norm of ``impl``, whose backward uses what forward kept."""
    forward, backward = batch_norm.forward, batch_norm.backward_fused
    for label, f, b in (
        ("impl.batch_norm", forward, backward),
        ("its bare formula", inspect.unwrap(forward), inspect.unwrap(backward)),
    ):
        found = []
        for size, mode in (
            (SMALL, "full"), (SMALL, "sketch"), (MIDDLE, "full"), (LARGE, "directional"),
        ):  # fmt: skip
            inputs = BATCH_NORM.draw(*size, 0)
            took = least_in_turns(
                {
                    "check": lambda f=f, b=b, i=inputs, m=mode: check_gradient(  # type: ignore[misc]
                        f, b, *i, names=BATCH_NORM.names, mode=m
                    ),
                    "once": lambda f=f, b=b, i=inputs: b(i[0], f(*i)[1]),  # type: ignore[misc]
                },
                5, 2.0,
            )  # fmt: skip
            found.append((took["check"], took["check"] / took["once"]))
        (small, _), (sketch, _), (middle, _), (_, ratio) = found
        table.note(
            f"gradproof on {label}: {SMALL} {small:.3g} s, sketch {sketch:.3g} s, "
            f"{MIDDLE} {middle:.3g} s, {LARGE} directional {ratio:.2g} x forward + backward"
        )


__all__ = ["ELEMENTS", "times"]
