"""One claim, decided: the code's gradient of one input against the true one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gradproof.proof.branch_regions import (
    Branches,
    Region,
    TooManyBranchesError,
    subjects,
    transform,
)
from gradproof.proof.counterexample import Difference, Search, confirmed, slope
from gradproof.proof.differentiate import vjp
from gradproof.proof.kinks import Kink, Kinks, depends_on_conditions, solve
from gradproof.proof.zero.identity import IdenticallyUndefinedError, TooLargeError
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.extremes import choice
from gradproof.tracing.nodes import Node, postorder, symbol, table
from gradproof.tracing.record_trace import Program, Trace

# Each condition costs a few decisions; beyond this many, points of equality are left out.
MOST_KINKS = 200
MOST_SUBJECTS = 64

Index = tuple[int, ...]


@dataclass
class Finding:
    """What was found out about the gradient of one input.

    status: proved, refuted or undecided.
    """

    name: str
    status: str
    reason: str = ""
    kinks: list[Kink] = field(default_factory=list)
    unexamined: bool = False
    corners: bool = False
    at: Index = ()
    difference: Difference | None = None
    region: Region = ()
    side: int = 0
    true: TracedArray | None = None


class Claims:
    """Decides the gradients of a traced program one by one."""

    def __init__(self, program: Program, record: Trace, seed: int, max_branches: int) -> None:
        self.program, self.record, self.seed = program, record, seed
        self.branches = Branches(seed, max_branches)
        self.kinks = Kinks(self.branches)
        self.search = Search(record, seed)
        self._jumps: dict[Node, bool | None] = {}
        wrt = [record.inputs[name] for name in program.wrt]
        self._true = dict(zip(program.wrt, vjp(record.y, record.dy, wrt)))
        # What the code and the derivative need to exist; the decision's own work adds nothing.
        self.obligations = list(table().obligations)

    def decide(self, name: str) -> Finding:
        """Decide the gradient of one input."""
        code = self.record.gradients[name]
        inputs = self.record.inputs[name]
        if code.data.shape != inputs.data.shape or code.batch != inputs.batch:
            return Finding(name, "shape")
        true = self._true[name]
        finding = self._compare(name, code, true)
        finding.true = true
        return finding

    def _compare(self, name: str, code: TracedArray, true: TracedArray) -> Finding:
        differences = np.array(
            [ex.sub(a, b) for a, b in zip(code.data.flat, true.data.flat)], dtype=object
        )
        try:
            zero = self.branches.zero(list(differences))
            for k, index in enumerate(np.ndindex(*code.data.shape)):
                if zero[k]:
                    continue
                region = self.branches.nonzero_region(differences[k])
                if region is not None:
                    return self._refute(name, code.data[index], true.data[index], index, region)
        except TooManyBranchesError:
            return Finding(name, "undecided", "more branches than max_branches allows")
        except TooLargeError as error:
            return Finding(name, "undecided", str(error))
        except IdenticallyUndefinedError:
            return Finding(name, "undecided", "a denominator is zero for all inputs")
        return self._at_equalities(name, code, true)

    def _refute(self, name: str, code: Node, true: Node, index: Index, region: Region) -> Finding:
        where = " and ".join(map(str, region))
        if self.program.batch:
            return Finding(name, "undecided", "not the derivative for every batch size", at=index)
        found = self.search.find(code, true)
        if found is None:
            reason = "the expressions differ, but no input was found at which they do"
            return Finding(
                name, "undecided", reason + (f" where {where}" if where else ""), at=index
            )
        if not confirmed(self.program, self.record, found, name, index):
            reason = "the expressions differ, but a run of the code in floats does not confirm it"
            return Finding(name, "undecided", reason, at=index, difference=found)
        return Finding(name, "refuted", "", at=index, difference=found, region=region)

    # --- where conditions hold with equality --------------------------------------------------

    def _at_equalities(self, name: str, code: TracedArray, true: TracedArray) -> Finding:
        finding = Finding(name, "proved")
        pairs = list(zip(np.ndindex(*code.data.shape), code.data.flat, true.data.flat))
        self._note_jumps(finding)
        involved = [(i, c, t) for i, c, t in pairs if _may_kink(c) or _may_kink(t)]
        relevant = self._relevant([pair[1:] for pair in involved])
        finding.corners = any(len(found) > 1 for found in relevant)
        conditions: dict[Node, list[tuple[Index, Node, Node]]] = {}
        for entry, found in zip(involved, relevant):
            for subject in found:
                conditions.setdefault(subject, []).append(entry)
        for count, (subject, entries) in enumerate(conditions.items()):
            if count >= MOST_KINKS:
                finding.unexamined = True
                return finding
            table().check_work()
            if not self._examine(finding, subject, entries):
                return finding
        return finding

    def _relevant(self, pairs: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
        """Return, for each pair of gradients, the conditions on which they depend."""
        if not pairs:
            return []
        nodes = [node for pair in pairs for node in pair]
        overall = depends_on_conditions(nodes, self.branches)
        found: list[list[Node]] = [[] for _ in pairs]
        for k, pair in enumerate(pairs):
            if overall[2 * k] or overall[2 * k + 1]:
                found[k] = [q for kind, q in subjects(pair) if kind == "sign"]
        several = list(dict.fromkeys(q for qs in found if len(qs) > 1 for q in qs))
        if len(several) > MOST_SUBJECTS:
            return found
        for q in several:
            depends = depends_on_conditions(nodes, self.branches, q)
            for k in range(len(pairs)):
                if q in found[k] and not depends[2 * k] and not depends[2 * k + 1]:
                    found[k].remove(q)
        return found

    def _note_jumps(self, finding: Finding) -> None:
        """Note the conditions at which the output itself jumps."""
        ys = [node for node in self.record.y.data.flat if node.cases]
        if not ys:
            return
        for node, depends in zip(ys, depends_on_conditions(ys, self.branches)):
            if not depends:
                continue
            for kind, subject in subjects(_without_choices(node)):
                if kind != "sign":
                    continue
                jumps = self._jumps_at(node, subject)
                if jumps is None:
                    finding.kinks.append(Kink(subject, "excluded", reason="the output may jump"))
                elif jumps and not self._is_kept(subject):
                    finding.kinks.append(Kink(subject, "jump"))

    def _jumps_at(self, y: Node, subject: Node) -> bool | None:
        """Whether some output jumps at the condition; None where that is not known."""
        if self._jumps.get(subject) is not True and len(self._jumps) <= MOST_KINKS:
            try:
                found = self.kinks.jumps(y, subject)
            except (TooManyBranchesError, TooLargeError):
                found = None
            before = self._jumps.get(subject, False)
            self._jumps[subject] = True if found else (None if None in (found, before) else False)
        return self._jumps.get(subject)

    def _examine(
        self, finding: Finding, subject: Node, entries: Sequence[tuple[Index, Node, Node]]
    ) -> bool:
        """Examine one condition; False if it settles the claim against the code."""
        if self._jumps.get(subject):
            return not self._is_kept(subject) or self._at_jump(finding, subject, entries)
        kinks = self.kinks.examine([entry[1:] for entry in entries], subject)
        for kink, (index, code, true) in zip(kinks, entries):
            if kink.kind != "wrong":
                finding.kinks.append(kink)
                continue
            if self._adds_up_ties(finding.name, index, kink):
                finding.kinks.append(replace(kink, kind="both"))
                continue
            refuted = self._refute_kink(finding.name, index, code, true, kink)
            if refuted is not None:
                finding.status, finding.at = "refuted", index
                finding.difference, finding.side = refuted
                finding.reason = "at this kink the value is no subgradient"
                return False
            reason = "not decided to be a subgradient there"
            finding.kinks.append(Kink(subject, "excluded", reason=reason))
        return True

    def _is_kept(self, subject: Node) -> bool:
        """Whether a condition is one on arrays by which nothing is differentiated: where it holds
        with equality, the output jumps by those alone, and has its derivatives by all others."""
        moving = {node for name in self.program.wrt for node in self.record.inputs[name].data.flat}
        return moving.isdisjoint(postorder([subject]))

    def _at_jump(
        self, finding: Finding, subject: Node, entries: Sequence[tuple[Index, Node, Node]]
    ) -> bool:
        """Compare the gradients on the branch that is taken where such a condition holds with
        equality, as t == 1 does of labels; False if they differ there."""
        pairs = self.kinks.at_equality([entry[1:] for entry in entries], subject)
        if pairs is None:
            finding.kinks.append(Kink(subject, "excluded", reason="not linear in any variable"))
            return True
        for same, (index, *_), (code, true) in zip(
            self.branches.zero([ex.sub(code, true) for code, true in pairs]), entries, pairs
        ):
            if same:
                continue
            solved = solve(subject)
            found = None if self.program.batch else self.search.find(code, true, solved)
            if found and confirmed(self.program, self.record, found, finding.name, index):
                finding.status, finding.at, finding.difference = "refuted", index, found
                return False
            if self.branches.nonzero_region(ex.sub(code, true)) is not None:
                finding.status, finding.at = "undecided", index
                finding.reason = "where compared numbers are equal, the expressions differ"
                return False
        return True

    def _adds_up_ties(self, name: str, index: Index, kink: Kink) -> bool:
        """Whether the code gives a gradient to each of those that are equal, and adds them up.

        db of max(x + b): where two rows tie, both get dy, as in dx, and db is the sum of them. Only
        where the condition does not depend on the element itself: twice the slope of |x| at x = 0
        is no convention.
        """
        own = self.record.inputs[name].data[index]
        if kink.value is None or kink.left is None or kink.right is None:
            return False
        if own in postorder([kink.subject]):
            return False
        value, left, right = kink.value, kink.left, kink.right
        sums = (left, right, ex.add(left, right))
        try:
            product = ex.mul(*(ex.sub(value, each) for each in sums))
            return self.branches.nonzero_region(product) is None
        except (TooManyBranchesError, TooLargeError, IdenticallyUndefinedError):
            return False

    def _refute_kink(
        self, name: str, index: Index, code: Node, true: Node, kink: Kink
    ) -> tuple[Difference, int] | None:
        """Find a point of the kink where the code's value lies outside both one-sided slopes."""
        if self.program.batch:
            return None
        solved = solve(kink.subject)
        if kink.value is None or kink.left is None or kink.right is None:
            return None
        for side, wanted in ((1, kink.right), (-1, kink.left)):
            found = self.search.find(kink.value, wanted, solved)
            if found is None:
                continue
            slopes = [
                slope(self.program, self.record, found.point, name, index, s) for s in (-1, 1)
            ]
            if any(s is None for s in slopes):
                continue
            low, high = sorted(s for s in slopes if s is not None)
            margin = 1e-3 * (1 + abs(low) + abs(high))
            if low - margin <= found.code <= high + margin:
                continue
            if confirmed_value(self.program, self.record, found, name, index):
                return found, side
        return None


def _may_kink(node: Node) -> bool:
    """Whether an expression has conditions beside those by which continuous choices are made."""
    if not node.cases:
        return False
    known = [(each, choice(each)) for each in postorder([node])]
    opaque = {each: symbol(f"chosen {each.id}") for each, found in known
              if found is not None and found.continuous}  # fmt: skip
    return transform([node], opaque)[0].cases if opaque else True


def _without_choices(y: Node) -> list[Node]:
    """Return an expression with the same conditions but those that find the largest of many, or
    the next ones in order.

    That one is continuous wherever its members are. A sum of them with unknown weights, in which
    nothing cancels, stands for it.
    """
    known = {node: choice(node) for node in postorder([y])}
    sums = {
        node: ex.add(*(ex.mul(symbol(f"share {k}"), v) for k, v in enumerate(found.values)))
        for node, found in known.items()
        if found is not None and found.continuous
    }
    return transform([y], sums)


def compare_choices(findings: Sequence[Finding]) -> None:
    """Mark kinks where the elements of the gradients chose different sides.

    A subgradient is one vector between the gradients of the two sides; elements that are each a
    one-sided derivative, but not of the same side, do not make one.
    """
    chosen: dict[Node, set[object]] = {}
    for finding in findings:
        for kink in finding.kinks:
            if kink.kind == "subgradient":
                chosen.setdefault(kink.subject, set()).add(kink.position)
    for finding in findings:
        finding.kinks = [
            replace(kink, kind="partial")
            if kink.kind == "subgradient" and len(chosen[kink.subject]) > 1
            else kink
            for kink in finding.kinks
        ]


def confirmed_value(
    program: Program, record: Trace, found: Difference, name: str, index: Index
) -> bool:
    """Whether the code, run in floats, returns the value found."""
    from gradproof.proof.counterexample import run_code

    run = run_code(program, record, found.point)
    if run is None:
        return False
    return abs(float(run.gradients[name][index]) - found.code) < 1e-6 * (1 + abs(found.code))


__all__ = ["Claims", "Finding", "Sequence"]
