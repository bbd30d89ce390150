"""Checks in a notebook or at a prompt, on code that stands there.

``gradproof.check(globals())`` judges every pair of the notebook, ``gradproof.check(f, df)`` one
pair. Unlike ``gradproof check`` this runs the code in the same process: it is your own.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradproof.arguments.untouched import untouched
from gradproof.checking.judgement.given_pair import given_match, takes_upstream
from gradproof.checking.records import Candidate, FileError, GradientResult, Kind, Report, Unmatched
from gradproof.checking.source.discover import EXAMPLE, discover
from gradproof.checking.source.notebook_cells import Cells, cells_of, cells_of_functions
from gradproof.checking.source.syntax import Source

_PROMPT = (
    "the source of {names} is not known (a plain Python prompt does not keep it): use a notebook, "
    "IPython or a file"
)


def check(
    what: Mapping[str, Any] | types.ModuleType | Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *inputs: Any,
    only: Sequence[str] | str = (),
    seed: int = 0,
    prove: bool = True,
    seconds: float = 5.0,
) -> Report:
    """Judge the gradients of a notebook, a module, a class, or of one pair of functions.

    Parameters
    ----------
    what : mapping, module, class or callable
        ``globals()``, a module or a class, whose pairs are found by name as by ``gradproof check``;
        or the forward of one pair.
    backward : callable, optional
        The other half of the pair: a function of the upstream gradient and the cache, or a
        derivative.
    *inputs : array
        Arrays at which to call forward; without them, inputs that fit are looked for.
    only : str or sequence of str
        Names of the functions or classes to judge.
    seed : int
        The seed of all draws.
    prove : bool
        Whether a proof is tried before numbers.
    seconds : float
        For the proof of one pair: as much work as an idle machine does in them.

    Returns
    -------
    gradproof.checking.records.Report
        Notebooks show it as a table.

    Raises
    ------
    TypeError
        Where ``what`` is none of these.
    ValueError
        Where no pair is found.

    Examples
    --------
    >>> def cube(x):
    ...     return x**3
    >>> def cube_prime(x):
    ...     return 3 * x**2
    >>> [str(found.verdict) for found in check(cube, cube_prime).gradients]
    ['PROVED']
    """
    from gradproof.checking.judgement.judge_pair import Effort
    from gradproof.work import PER_SECOND

    effort = Effort(seconds * PER_SECOND, prove, seed)
    with untouched(*_functions(what), backward), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of code that is called outside its domain
        if backward is not None:
            return _pair(what, backward, inputs, effort)
        namespace, cells = _opened(what)
        names = (only,) if isinstance(only, str) else tuple(only)
        return _found(namespace, cells, names, effort)


def _functions(what: Any) -> list[Any]:
    """The functions and classes in question, whose state is to stay as it is."""
    if isinstance(what, types.ModuleType):
        what = vars(what)
    if not isinstance(what, Mapping):
        return [what]
    return [each for each in what.values() if isinstance(each, (types.FunctionType, type))]


def _opened(what: Any) -> tuple[Mapping[str, Any], Cells]:
    """A namespace and its source."""
    if isinstance(what, types.ModuleType):
        what = vars(what)
    if isinstance(what, type):
        return {what.__name__: what}, cells_of({"__name__": what.__module__, what.__name__: what})
    if isinstance(what, Mapping):
        return what, cells_of(what)
    raise TypeError(
        "check: expected globals(), a module, a class, or a forward and a backward, got "
        f"{type(what).__name__} {getattr(what, '__name__', '')}".rstrip()
    )


def _found(namespace: Mapping[str, Any], cells: Cells, only: Sequence[str], effort: Any) -> Report:
    found = discover(cells.text)
    chosen = [c for c in found.candidates if not only or set(only) & set(c.names)]
    report = Report()
    if not only:
        names = found.unmatched.items()
        report.unmatched = [Unmatched(_place(cells), name, reason) for name, reason in names]
    if cells.missing and not cells.places:
        reason = _PROMPT.format(names=", ".join(cells.missing))
        report.errors.append(FileError("namespace", reason))
    if not chosen and not report.unmatched and not report.errors:
        raise ValueError(EXAMPLE if not only else f"no pair is called {' or '.join(only)}")
    return _judged(report, _Here(namespace, effort.seed), cells, chosen, effort)


def _place(cells: Cells) -> str:
    return cells.places[0][0] if cells.places else "namespace"


def _pair(forward: Any, backward: Callable[..., Any], inputs: Sequence[Any], effort: Any) -> Report:
    """One pair of functions, whatever they are called."""
    for each in (forward, backward):
        if not isinstance(each, (types.FunctionType, types.MethodType)):
            raise TypeError(f"check: expected a function or method, got {type(each).__name__}")
    cells = cells_of_functions(forward, backward)
    if cells.missing and not inputs:
        raise ValueError(_PROMPT.format(names=", ".join(cells.missing)) + ", or give inputs")
    names = _names(forward, backward)
    node = Source(cells.text).node("", names[1])
    kind: Kind = "cache" if takes_upstream(backward) else "derivative"
    candidate = Candidate(kind, *names, node.lineno if node else 1)
    namespace = {**forward.__globals__, **backward.__globals__}
    namespace |= {names[0]: forward, names[1]: backward}
    alike = forward.__name__ == backward.__name__
    side = _Here(namespace, effort.seed, inputs, alike=alike)
    return _judged(Report(), side, cells, [candidate], effort)


def _names(forward: Any, backward: Any) -> tuple[str, str]:
    """The names by which their author knows two functions; never one for both.

    A lambda has the name of the variable that holds it; of two functions of one name, the second
    has _backward behind it.
    """
    found = []
    for each in (forward, backward):
        held = (k for k, v in each.__globals__.items() if v is each and k.isidentifier())
        found.append(each.__name__ if each.__name__.isidentifier() else next(held, "function"))
    first, second = found
    return first, (f"{second}_backward" if first == second else second)


@dataclass
class _Here:
    """The side of the code (see checking.processes.evaluator.Side): this process, as it is.

    alike: whether the two functions have one name, so that the text has two definitions of it.
    """

    namespace: Mapping[str, Any]
    seed: int
    inputs: Sequence[Any] = ()
    loaded: dict[bool, tuple[types.ModuleType, Source]] = field(default_factory=dict)
    alike: bool = False

    def load(self, text: str, bare: bool = False) -> str:
        """Take the definitions as they are; run again only what its guards were taken from."""
        module = types.ModuleType("namespace")
        module.__dict__.update(self.namespace)
        if bare and self.alike:
            raise ValueError("two definitions of one name cannot be told apart in their text")
        if bare:
            exec(compile(text, "<without guards>", "exec"), module.__dict__)
        self.loaded[bare] = module, Source(text)
        return ""

    def matches(self, candidate: Candidate, bare: bool = False) -> Sequence[Any]:
        """The ways in which a candidate is to be called."""
        from gradproof.checking.conventions.calling import matches

        module, source = self.loaded[bare]
        if not self.inputs:
            return matches(candidate, module, source, self.seed)
        pair = getattr(module, candidate.forward), getattr(module, candidate.backward)
        return [given_match(*pair, self.inputs, source.returned("", candidate.backward))]


def _judged(
    report: Report, side: _Here, cells: Cells, candidates: Sequence[Candidate], effort: Any
) -> Report:
    from gradproof.checking.judgement.examine import Examination

    examination = Examination("", cells.text, side, effort)
    examination.load()
    for candidate in candidates:
        place, _ = cells.place(candidate.line)
        for result in map(examination.as_written, examination.results(candidate)):
            if isinstance(result, GradientResult):
                report.gradients.append(cells.placed(result))
            else:
                report.unmatched.append(replace(result, file=place))
    return report
