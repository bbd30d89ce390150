"""diagnose: what is wrong with a backward, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradproof.arguments.passing import ways
from gradproof.arguments.plain_arrays import call_of
from gradproof.arguments.signatures import asked
from gradproof.arguments.untouched import untouched
from gradproof.diagnosis.floats.lost_digits import lost_digits
from gradproof.diagnosis.quantities.missing_terms import written_anew
from gradproof.diagnosis.scene.argument_check import checked_program, trouble
from gradproof.diagnosis.scene.call_parameters import relied_on
from gradproof.diagnosis.scene.other_data import with_marks
from gradproof.diagnosis.search.confirmation import paired, read, repaired, restated
from gradproof.diagnosis.search.forward_readings import Reading, readings
from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.search.repair_search import FARTHEST, Search
from gradproof.diagnosis.search.slip_pairs import Pair, cost_of
from gradproof.diagnosis.sentences.catalogue import CUT_SHORT, MARKED, SENTENCES, filled
from gradproof.diagnosis.sentences.explanation import (
    both,
    changed_in_place,
    diagnosis_of,
    of_another,
    other_arguments,
    two_slips,
)
from gradproof.diagnosis.sentences.step_table import step_table
from gradproof.diagnosis.sentences.unexplained import joined, unexplained
from gradproof.diagnosis.slips.slip_family import load_families
from gradproof.diagnosis.source.patched_statement import Mended, is_no_text, mended, mended_both
from gradproof.diagnosis.source.plausible_text import is_idle
from gradproof.diagnosis.source.run_patched import Trial
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.diagnosis.tape.points import Scene, is_derivative, scene_at, scene_of
from gradproof.diagnosis.tape.quiet import quiet
from gradproof.diagnosis.tape.tape import Ref
from gradproof.diagnosis.texts.statement_slips import (
    Slip,
    StatementSlip,
    StatementSlips,
    told_again,
)
from gradproof.diagnosis.texts.text_slips import text_slips
from gradproof.slip_kinds import Kind
from gradproof.text import Text
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis
from gradproof.work import PER_SECOND, Budget, Net

load_families()  # while files can still be read

WORK = 4.0 * PER_SECOND  # for the search; code with loops has more
NET = 300.0  # seconds


def diagnose(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[str] | str | None = None,
    labels: Mapping[str, int] | None = None,
    positive: Sequence[str] | str = (),
    seed: int = 0,
    time_limit: float = NET,
    work_limit: float = WORK,
    name: str = "",
    names: Sequence[str] | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Diagnosis | None:
    """Say what is wrong with ``backward``, or return None if nothing is.

    Both functions are run on numbers and written down step by step. An explanation is a change of
    one step after which every value of the gradient is true, at several random points; the
    simplest is the diagnosis, further ones are ``others``. Where no single change does it, two are
    tried. A step in a loop is changed in each turn.

    Where every gradient is right, inputs are looked for at which floats lose one: those given, and
    extreme ones (operands of exponentials at 40 and 750, inputs far from 0). The kind is then
    "right formula, lost digits". A tail that vanishes there counts if backward has at hand what
    keeps it.

    Parameters
    ----------
    forward, backward, *inputs, wrt, labels, positive, names, parameters, **keywords
        As in :func:`gradproof.prove_gradient`. Of the inputs only shapes, dtypes and ranges count;
        new values are drawn.
    seed : int
        The seed of all draws.
    time_limit : float
        Seconds after which the search ends in any case, and the message says so: a net for code
        that is slow by itself.
    work_limit : float
        Units of work for the search, each about a microsecond; code with loops has more. The
        outcome depends on the input alone, not on the machine.
    name : str
        Taken as by the others, and not used: a diagnosis speaks of the author's own names.

    Returns
    -------
    Diagnosis or None
        ``confirmation`` says whether an explanation was proved, on symbols, or held at random
        points. ``exact`` is False where nothing explains the gradient; the message then says what
        is known.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit. An error of the code under check is told, not raised.

    Examples
    --------
    >>> def sigmoid(x):
    ...     return 1 / (1 + np.exp(-x))
    >>> def sigmoid_backward(dy, x):
    ...     return dy * sigmoid(x) * (1 + sigmoid(x))
    >>> diagnose(sigmoid, sigmoid_backward, np.array([0.3, -1.2])).kind
    'wrong sign'
    """
    call = asked(
        diagnose, {"forward": forward, "backward": backward}, inputs, keywords,
        parameters=parameters, names=names, wrt=wrt, labels=labels, positive=positive, seed=seed,
    )  # fmt: skip
    given = call_of(forward, backward, inputs, call)
    found: list[Diagnosis] = []
    with untouched(forward, backward, call.parameters, inputs):
        for way in ways(given):
            one = diagnosis(checked_program(way), seed, work=work_limit, net=Net(time_limit))
            if one is None:
                return None
            found.append(one)
    return found[0]


def diagnosis(
    program: Program, seed: int = 0, sources: Sources | None = None, work: float = WORK,
    net: Net | None = None,
) -> Diagnosis | None:  # fmt: skip
    """Return the diagnosis of a program; that the check is inconclusive where it cannot be told."""
    net = net or Net(NET)
    found = diagnoses(program, seed, sources, work, net)
    if not found and followed(program, seed, sources, net) is None:
        message = filled(SENTENCES[Kind.INCONCLUSIVE], why=trouble(program))
        return Diagnosis(str(Kind.INCONCLUSIVE), message, exact=False)
    return summed_up(found)


def followed(
    program: Program, seed: int, sources: Sources | None, net: Net | None = None
) -> Scene | None:
    """Run the program at random points; None where what it does cannot be followed on numbers."""
    with quiet():
        for small in (False, True):
            scene = scene_of(program, seed, sources, net=net, small=small)
            if scene is not None and is_derivative(scene.program, scene.first, seed):
                return scene
        return None


def summed_up(gradients: Mapping[str, Diagnosis]) -> Diagnosis | None:
    """Return the diagnosis of the first wrong gradient, or of two that differ; None if none is."""
    found = list(gradients.values())
    if not found:
        return None
    two = next((d for d in found if d.kind == Kind.TWO_SLIPS), None)
    if two is not None and any(part.line == found[0].line for part in two.parts):
        return two
    exact = [d for d in found if d.exact and d.kind != Kind.TWO_SLIPS]
    different = list({(d.line, d.fix): d for d in exact}.values())
    if all(d.kind == Kind.OTHER_ARGUMENT for d in found):
        return other_arguments(found)
    if len(different) == 2 == len(found) and different[0].line != different[1].line:
        return two_slips(different)
    return found[0]


def diagnoses(
    program: Program, seed: int = 0, sources: Sources | None = None, work: float = WORK,
    net: Net | None = None, known: Sequence[Diagnosis] = (),
) -> dict[str, Diagnosis]:  # fmt: skip
    """Return a diagnosis for each gradient that is wrong; none where that cannot be told.

    known: slips of the same file, each tried first.
    """
    net = net or Net(NET)
    found = _found(program, seed, sources, Budget(work, net), known)
    return {name: _cut_short(each, net) for name, each in found.items()} if net.hit else found


def _cut_short(found: Diagnosis, net: Net) -> Diagnosis:
    """Return a diagnosis that says it could not be looked for to the end."""
    return replace(
        found, message=joined(found.message, filled(CUT_SHORT, seconds=f"{net.seconds:g}"))
    )


def _found(
    program: Program, seed: int, sources: Sources | None, budget: Budget,
    known: Sequence[Diagnosis],
) -> dict[str, Diagnosis]:  # fmt: skip
    work = budget.units
    scene = followed(program, seed, sources, budget.net)
    if scene is None:
        return {}
    if scene.turns.loops():  # whatever is tried in them is tried in each turn
        budget = budget.and_more(LOOPS * work)
    with quiet():
        wrong, own = scene.wrong(), _as_called(scene, seed, sources)
        if own is not None:  # a constant may be right for the parameters of this call alone
            wrong = [name for name in wrong if name in own.wrong()]
        if wrong:
            explanations = Explanations(scene, wrong, budget, known)
            found = explanations.all(texts=not explanations.by_chance)
            for other in (lambda: own, lambda: _with_other_settings(explanations, seed)):
                vague = [name for name in wrong if not found[name].exact]
                again = other() if vague else None
                if again is not None:
                    more = Explanations(again, vague, budget.and_more(work / 2)).all()
                    found |= {name: each for name, each in more.items() if each.exact}
            vague = [name for name in wrong if not found[name].exact]
            found |= _with_marks(scene, vague, seed, budget.and_more(work / 4)) if vague else {}
            if explanations.by_chance and not all(found[name].exact for name in wrong):
                found |= {n: d for n, d in explanations.all().items() if not found[n].exact}
            return {
                name: replace(each, steps=step_table(scene, name)) for name, each in found.items()
            }
        harm = changed_in_place(scene) or lost_digits(program, sources)
        return {} if harm is None else {next(iter(scene.first.tape.gradients)): harm}


def _with_marks(scene: Scene, vague: list[str], seed: int, budget: Budget) -> dict[str, Diagnosis]:
    """Return what is found with targets of which each row has one 1, where the code was seen with
    decimals in their place: softmax less the target is a gradient for such alone."""
    program = with_marks(scene.asked)
    sources, net = scene.naming.sources, scene.net
    other = None if program is None else scene_of(program, seed, sources, net=net)
    if other is None or set(other.first.true) != set(scene.first.true):
        return {}
    more = Explanations(other, [n for n in vague if n in other.wrong()], budget).all()
    return {
        name: replace(each, message=joined(each.message, MARKED))
        for name, each in more.items() if each.exact
    }  # fmt: skip


def _with_other_settings(explanations: Explanations, seed: int) -> Scene | None:
    """Return the scene with other settings, where some number was right by chance: there no other
    one hides what it should be. None where there was none such, or it does not run."""
    trial = explanations.trial
    places = trial.elsewhere.places if trial.by_chance else ()
    return scene_at(trial.scene, places[0][0], seed) if places else None


def _as_called(scene: Scene, seed: int, sources: Sources | None) -> Scene | None:
    """Return the scene with those parameters as they are called that backward has not; None where
    there are none such."""
    keep = relied_on(scene.program, scene.asked, scene.first.tape)
    own = scene_of(scene.asked, seed, sources, keep=keep, net=scene.net) if keep else None
    return own if own is not None and set(own.first.true) == set(scene.first.true) else None


# A repair that costs less is preferred to any reading of the gradient as a whole; where the
# simplest explanation costs more than PAIRS, two plain slips may be simpler together.
SURE, PAIRS = 1.3, 2.0
SECOND = -0.1  # a single slip is cheaper by the steps that it leaves true; pairs are not so weighed
SINGLES = 0.6  # of the work, for single slips
FIRST = 0.6  # of what is left of that, for one of several gradients
TEXTS = 0.5  # of all, for changes of the text
LOOPS = 1.5  # of the work, as much more for code with loops
LEFT = 0.25  # what it costs that another gradient stays wrong, beside an explanation of both
MOST_TRIED, MOST_KEPT = 12, 4


def _with_repair(
    trial: Trial, name: str, reading: Reading, held: list[Repair], search: Search
) -> Diagnosis:
    """Return what a gradient is, with how to write what is missing where that is found as well."""
    scene = trial.scene
    found = read(scene, name, reading)
    if held:
        alike = [r for r in held if r.kind is reading.kind]
        main = repaired(trial, name, [*alike, *held])
        if alike:
            return main
        return replace(found, fix=main.fix, line=main.line, equation=main.equation, others=(main,))
    pair = next(search.added(composed=True), None)  # the terms of the mean and of the variance
    if pair is not None and reading.kind in (Kind.STALE_STATISTICS, Kind.ELEMENTWISE):
        two = both(scene.naming, name, *pair)
        return replace(found, fix=two.fix, line=two.line, equation=two.parts[0].equation)
    for repair in _tried(trial, name, list(written_anew(scene, name, reading.kind))):
        main = repaired(trial, name, [repair])
        return replace(found, fix=main.fix, line=main.line, equation=main.equation)
    return found


class Explanations:
    """The explanations of all wrong gradients of a scene."""

    def __init__(
        self, scene: Scene, wrong: list[str], budget: Budget, known: Sequence[Diagnosis] = ()
    ) -> None:
        self.scene, self.budget, self.trial = scene, budget, Trial(scene)
        self.stated: dict[str, StatementSlip] = {}
        self._state(map(partial(told_again, scene.naming), known))
        wrong = [name for name in wrong if name not in self.stated]
        searches = {name: Search(scene, name, budget) for name in wrong}
        # One slip may explain all of them: the first has most of the time, and it is a short one.
        self.searches = dict(sorted(searches.items(), key=lambda each: len(each[1].live)))
        self.found: dict[str, list[Repair]] = {}
        self.held: dict[str, list[Repair]] = {}
        if wrong and scene.turns.loops():  # a wrong turn is no wrong step; its search is long
            self._state(StatementSlips().slips(scene))
            self.searches = {n: s for n, s in self.searches.items() if n not in self.stated}
        singles = budget.part(SINGLES * budget.left)
        for at, (name, search) in enumerate(self.searches.items()):
            share = FIRST if at + 1 < len(wrong) else 1.0
            search.late = singles.part(share * singles.left)
            cheap = [r for held in self.held.values() for r in held[:1] if r.cost < SURE]
            same = search.weighed([r for r in cheap if r.holds(scene, name)])
            self.found[name] = same or search.singles()
            self.held[name] = _tried(self.trial, name, self.found[name])

    def _state(self, slips: Iterable[Slip]) -> None:
        """Look for a change of the author's text that makes gradients true, the most at once."""
        best: dict[str, tuple[float, StatementSlip]] = {}
        wrong = self.trial.wrong
        late = self.budget.part(TEXTS * self.budget.units)
        for slip in filter(None, (each.made() for each in slips)):
            last = max((cost for cost, _ in best.values()), default=0.0)
            if late() or (wrong <= best.keys() and slip.cost > last):
                break
            true = self.trial.mends_with(slip.edits)
            spoilt = self.trial.names - self.trial.wrong - true
            for name in true & wrong if not spoilt else ():
                cost = slip.cost + LEFT * len(wrong - true)
                if name not in best or cost < best[name][0]:
                    best[name] = cost, slip
            if wrong <= true and not spoilt:
                break
        self.stated |= {name: slip for name, (_, slip) in best.items()}

    @property
    def by_chance(self) -> bool:
        """Whether nothing is found but what is right by chance: other sizes tell more."""
        return self.trial.by_chance and not any(self.held.values())

    def all(self, texts: bool = True) -> dict[str, Diagnosis]:
        """Return the diagnosis of each gradient; texts: with changes of the text."""
        self.texts = texts
        out = {name: restated(self.trial, name, slip) for name, slip in self.stated.items()}
        for at, (name, search) in enumerate(self.searches.items()):
            search.late = self.budget.part(self.budget.left / (len(self.searches) - at))
            out[name] = self._of(name, search)
        out |= dict(self._at_once(out))
        return {name: out[name] for name in self.scene.first.tape.gradients if name in out}

    def _at_once(self, out: Mapping[str, Diagnosis]) -> Iterator[tuple[str, Diagnosis]]:
        """Yield what mends several gradients for those of which something else was said: one slip
        is likelier than one for each, and two changes may not go together."""
        edits = dict.fromkeys(each.edits for each in out.values() if each.exact and each.edits)
        if len(edits) + sum(not each.edits for each in out.values()) < 2:
            return
        wrong, told = self.trial.wrong, {n: d.edits for n, d in out.items()}
        mended = [(self.trial.mends_with(each), each) for each in edits]
        true, best = max(mended, key=lambda each: len(each[0] & wrong), default=(set(), ()))
        of_others = [name for name in true & out.keys() if told[name] != best]
        if not of_others or len(true & wrong) < 2 or true | wrong != self.trial.names:
            return
        own, found = next(each for each in out.items() if each[1].edits == best)
        if found.kind is not Kind.TWO_SLIPS:
            yield from ((name, of_another(found, own, name)) for name in of_others)

    def _of(self, name: str, search: Search) -> Diagnosis:
        scene, held = self.scene, self.held[name]
        if not held and not self.texts:
            return Diagnosis(str(Kind.UNEXPLAINED), Text("", ""), exact=False)
        idle = bool(held) and is_idle(mended(scene.naming, held[0], name).true)
        unsure = not held or held[0].cost > SURE or idle or self._in_helper(held[0])
        if unsure and not self.stated and self.texts:
            self._state(text_slips(scene))
        stated = self.stated.get(name)
        if held and held[0].cost < SURE and not idle and (
                stated is None or held[0].cost < stated.cost):  # fmt: skip
            return repaired(self.trial, name, held)
        if idle and name in self.stated:
            return restated(self.trial, name, self.stated[name])
        if name in self.stated and (not held or self.stated[name].cost < held[0].cost):
            return restated(self.trial, name, self.stated[name])
        if not held or held[0].cost > PAIRS:
            cost, other = self._with_another(name)
            if other is not None and (not held or cost < held[0].cost):
                return other
        known = [r for r in readings(scene, name, search.late)
                 if self.trial.fits(partial(r.holds_at, name=name))]  # fmt: skip
        best = min([*(r.cost for r in held[:1]), *(r.cost for r in known[:1])], default=FARTHEST)
        if best > PAIRS:
            pair = _pair(self.trial, name, search, best - SECOND)
            if pair is not None:
                return paired(self.trial, name, pair)
        if known and (not held or known[0].cost < held[0].cost):
            said = _with_repair(self.trial, name, known[0], held, search)
            # Some change of backward makes it true, and only could not be written into it.
            slip = known[0].forward is not None and self.found[name] and not held
            return replace(said, exact=False) if slip else said
        if held:
            return repaired(self.trial, name, held)
        found = [r for r in self.found[name][:MOST_TRIED] if self._may_hold(name, r)
                 and not is_no_text(mended(scene.naming, r, name))]  # fmt: skip
        finite = all(np.isfinite(point.given(name)).all() for point in scene.points)
        if found and finite:
            return replace(diagnosis_of(scene.naming, name, found), exact=False)
        return unexplained(scene, name)

    def _in_helper(self, repair: Repair) -> bool:
        """Whether a change is of what a helper does, or of what comes out of it."""
        ops = self.scene.first.tape.ops
        made = [ops[a.index] for i, k in repair.slots if isinstance(a := ops[i].args[k], Ref)]
        return any(op.site != op.place for op in (ops[repair.index], *made))

    def _may_hold(self, name: str, repair: Repair) -> bool:
        """Whether a repair cannot be put into the author's code, and nothing else speaks against
        it; what is told of one that has failed there is no fix."""
        untried = self.trial.mends([mended(self.scene.naming, repair, name)]) is None
        return untried and self.trial.fits(partial(repair.holds_at, name=name))

    def _with_another(self, name: str) -> tuple[float, Diagnosis | None]:
        """Return the slip of another gradient that explains this one too, alone or with a second
        slip that is left when the first is mended; and what it costs."""
        found: list[tuple[float, Diagnosis]] = []
        others = [(other, held) for other, held in self.held.items() if held and other != name]
        for other, held in others:
            for repair in held:
                true = self.trial.mends([mended(self.scene.naming, repair, other)])
                if true is not None and {name, other} <= true:
                    return repair.cost, repaired(self.trial, other, [repair])
        for other, held in others:
            first = repaired(self.trial, other, held[:1])
            after = self.trial.written([mended(self.scene.naming, held[0], other)])
            if after is None or other in after.wrong():
                continue
            search = Search(after, name, self.searches[name].late)
            trial = Trial(after)
            for second in _tried(trial, name, search.singles())[:1]:
                both = two_slips([first, repaired(trial, name, [second])])
                found.append((held[0].cost + second.cost, both))
        return min(found, key=lambda each: each[0], default=(0.0, None))


def _tried(trial: Trial, name: str, held: list[Repair]) -> list[Repair]:
    """Return the repairs that hold in the author's own code, or those that cannot be tried there
    if no other does; those that mend other gradients as well come sooner."""
    placed: list[tuple[float, Repair]] = []
    untried: list[tuple[float, Repair]] = []
    for repair in held[:MOST_TRIED]:
        in_place = repair.kind is Kind.IN_PLACE  # which copy to make is the author's choice
        change = [mended(trial.naming, repair, name)]
        if is_no_text(change[0]):
            continue
        left = 0 if in_place else _left(trial, name, change, repair)
        kept = placed if in_place or trial.mends(change) is not None else untried
        if len(kept) < MOST_KEPT and left is not None:
            kept.append((repair.cost + LEFT * left, repair))
    return [repair for _, repair in sorted(placed or untried, key=lambda each: each[0])]


def _left(
    trial: Trial, name: str, changes: Sequence[Mended], repair: Repair | None = None
) -> int | None:
    """Return how many gradients are still wrong with these statements in place; None where the one
    in question is, or one that was true. Where the code cannot be tried, its text may be."""
    true = trial.mends(changes)
    if true is None:
        return None if repair is not None and trial.reads_true(repair, name) is False else 0
    return len(trial.wrong - true) if name in true and true | trial.wrong == trial.names else None


def _pair(trial: Trial, name: str, search: Search, most: float) -> Pair | None:
    """Return the likeliest two slips that explain a gradient and cost less than ``most``."""
    found: list[tuple[float, Pair]] = []
    for pair in search.doubles(most)[:MOST_TRIED]:
        left = _left(trial, name, mended_both(trial.naming, *pair, name))
        if left is not None:
            found.append((cost_of(pair) + LEFT * left, pair))
    return min(found, key=lambda each: each[0])[1] if found else None
