"""prove_gradient: is this backward the derivative of this forward? Decided, not sampled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.arguments.flattening import Flattened
from gradproof.arguments.passing import proved_as_given
from gradproof.arguments.plain_arrays import call_of
from gradproof.arguments.returned import NoGradientError
from gradproof.arguments.signatures import asked, input_names, signature_of
from gradproof.arguments.untouched import untouched
from gradproof.proof.claims import Claims, Finding, compare_choices
from gradproof.proof.own_derivative import OTHER, is_other
from gradproof.proof.proof_outcome import Outcome, combined, gradient_verdict, undecided, unprovable
from gradproof.proof.second_proof import second_order
from gradproof.proof.validate import disagreement
from gradproof.tracing.errors import NotTraceableError, PathLimitError
from gradproof.tracing.nodes import SizeLimitError, fresh_table
from gradproof.tracing.record_trace import Program, Trace, trace
from gradproof.verdicts import Status, Verdict
from gradproof.work import PER_SECOND, Budget, Net, TimeLimitError, WorkLimitError


@dataclass(frozen=True)
class Limits:
    """How much a proof may be: units of work (``gradproof.work``) with a net of seconds, nodes of
    expressions, paths through the code, and branches of a decision."""

    work: float = 60 * PER_SECOND
    seconds: float = 300.0
    nodes: int = 1_000_000
    paths: int = 64
    branches: int = 2_000

    def budget(self) -> Budget:
        """Return the budget of a proof that begins now."""
        return Budget(self.work, Net(self.seconds))


_DIAGNOSED = (Status.PROVED, Status.REFUTED)
Tracer = Callable[[Program, int], Trace]


def prove_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[str] | str | None = None,
    batch: Sequence[str] | str | None = None,
    labels: Mapping[str, int] | None = None,
    symbolic: Mapping[str, str] | None = None,
    positive: Sequence[str] | str = (),
    order: int = 1,
    time_limit: float = 300.0,
    work_limit: float = 60 * PER_SECOND,
    size_limit: int = 1_000_000,
    max_paths: int = 64,
    max_branches: int = 2_000,
    seed: int = 0,
    name: str = "",
    names: Sequence[str] | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Verdict:
    """Decide whether ``backward`` computes the gradient of ``forward``, on every branch.

    The unmodified code runs on symbols. The result is compared with the derivative of forward's
    own result, as rational functions of variables, exponentials, logarithms and roots.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs, **parameters)`` returns y or ``(y, cache)``.
    backward : callable
        ``backward(dy, cache)``, or ``backward(dy, *inputs)`` where there is no cache, returns a
        gradient, several in the order of ``wrt``, or a NamedTuple or mapping with fields named
        after the inputs (x or dx). Any other convention fits through two small functions of your
        own.
    *inputs : array_like
        Example arrays. Their shapes and dtypes count; their values serve as one of the runs by
        which the trace itself is checked. Integer arrays are data, kept as given, unless named in
        ``labels``. Dictionaries, lists, tuples and dataclasses of arrays, and lists of numbers are
        taken as in :func:`gradproof.check_gradient`; anything else is passed on.
    wrt : str or sequence of str, optional
        Names of the inputs whose gradients are claimed, also of a part of one, as
        ``params["W1"]``; by default all that are real.
    batch : str or sequence of str, optional
        Names of the inputs whose axis 0 is the batch. The claim is then established for every batch
        size m if it can be; else, saying so, for the sizes given.
    labels : mapping of str to int, optional
        Integer inputs with their number of classes, for any labels rather than those given.
    symbolic : mapping of str to {"positive", "nonnegative", "real"}, optional
        Parameters that are decided for all their values.
    positive : str or sequence of str
        Names of real inputs that only take positive values.
    order : {1, 2}
        2 also proves the derivative of backward, by the inputs and by dy.
    time_limit : float
        Seconds after which the search ends in any case: a net for code that is slow by itself.
    work_limit : float
        Units of work, each about a microsecond: expressions built, visited and evaluated. Where a
        search for a proof ends depends on the input alone, not on the machine.
    size_limit, max_paths, max_branches : int
        The most expressions in a trace, paths through Python's control flow, and branches of
        conditions.
    seed : int
        The seed of all draws.
    name : str
        The name of the function in the verdict.
    names : str or sequence of str, optional
        Other names for the inputs than those of forward's arguments.
    parameters : mapping, optional
        Keyword parameters that are called like an option: ``parameters={"seed": 3}``.
    **keywords
        Keyword parameters of forward and backward: each gets those that it takes.

    Returns
    -------
    Verdict
        PROVED with its scope; REFUTED with a counterexample and a ``diagnosis``; UNDECIDED with the
        reason, such as the NumPy function and the line that could not be traced, or the limit that
        was reached. ``details["gradients"]`` holds one Verdict for each input,
        ``details["expressions"]`` the formulas that the code was found to compute,
        ``details["side_effects"]`` inputs changed in place. A PROVED has a ``chance`` of error: 0
        where exact normal forms decided all of it, else 2**-100, the chance of random evaluation in
        a prime field; its ``certainty`` says so in words.

    Raises
    ------
    TypeError
        For a keyword that neither function takes.
    ValueError
        For names that do not fit.

    Notes
    -----
    Every batch size: the element i of a batch and sums over the batch are symbols. For m elements
    a sum is a linear functional of the expression summed, with the value m at 1; the identity is
    decided for every such functional and every number m, hence holds for all batches. Nothing is
    inferred from examples of m.

    Tracing cannot see the following, and no verdict speaks about it: rounding, overflow and
    underflow of floats (0.1 stands for 1/10); wrap-around of integers; branches taken only for NaN
    or infinite values (``np.isfinite`` of a traced value is true); changes by other code to arrays
    that share memory with the inputs or results; code that behaves differently from one call to
    the next; values drawn at random by the code, which count as data.

    References
    ----------
    J. T. Schwartz, Journal of the ACM 27, 1980; R. Zippel, EUROSAM 1979.

    Examples
    --------
    >>> def sigmoid(x):
    ...     y = 1 / (1 + np.exp(-x))
    ...     return y, y
    >>> def sigmoid_backward(dy, y):
    ...     return dy * y * (1 - y)
    >>> prove_gradient(sigmoid, sigmoid_backward, np.array([0.3, -1.2])).scope
    'for all real x, dy of shape (2,)'
    """
    start = time.monotonic()
    call = asked(
        prove_gradient, {"forward": forward, "backward": backward}, inputs, keywords,
        parameters=parameters, names=names, wrt=wrt, labels=labels, positive=positive, seed=seed,
    )  # fmt: skip
    given = call_of(forward, backward, inputs, call)
    claim = name or f"gradient of {getattr(forward, '__name__', 'forward')}"
    limits = Limits(work_limit, time_limit, size_limit, max_paths, max_branches)
    budget = limits.budget()

    def prove(flat: Flattened) -> Verdict:
        if flat.complex:
            return unprovable(flat.complex, claim)
        program = program_of(
            flat.forward, flat.backward, flat.inputs, flat.asked.wrt, flat.asked.labels, symbolic,
            flat.asked.positive, flat.asked.parameters, flat.asked.names,
        )  # fmt: skip
        found = _proved(program, batch, claim, limits, budget, start, seed, order)
        if isinstance(found.details.get("missing"), NoGradientError):
            raise found.details["missing"]
        return replace(found, program=program) if found.status in _DIAGNOSED else found

    with untouched(forward, backward, call.parameters, inputs):
        return proved_as_given(given, prove, claim)


def _proved(
    program: Program,
    batch: Sequence[str] | str | None,
    claim: str,
    limits: Limits,
    budget: Budget,
    start: float,
    seed: int,
    order: int,
) -> Verdict:
    names = tuple(program.inputs)
    chosen = _batch_names(batch, program, names)
    if chosen:
        outcome = _attempt(_with_batch(program, chosen), limits, budget, seed, order)
        if outcome.status is Status.PROVED:
            return combined(claim, outcome, seed, start)
        reason = outcome.reason or "not every gradient is one for every batch size"
        outcome = _attempt(program, limits, budget, seed, order)
        return combined(claim, replace(outcome, note=f"not for every batch size: {reason}"), seed,
                        start)  # fmt: skip
    return combined(claim, _attempt(program, limits, budget, seed, order), seed, start)


def prove_program(
    program: Program,
    tracer: Tracer = trace,
    *,
    limits: Limits | None = None,
    seed: int = 0,
    points: Sequence[int] = (),
    name: str = "",
) -> Verdict:
    """Decide a program whose trace comes from ``tracer``, such as one in another process.

    A trace is believed only after runs of the program's own functions agree with it, at points
    drawn from each seed in ``points`` (default: ``seed``), which whoever made the trace should not
    be able to know. Returns what ``prove_gradient`` returns.
    """
    start = time.monotonic()
    claim = name or f"gradient of {getattr(program.forward, '__name__', 'forward')}"
    limits = limits or Limits()
    outcome = _attempt(program, limits, limits.budget(), seed, 1, tracer, points)
    return combined(claim, replace(outcome, missing=None), seed, start)


def program_of(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    wrt: Sequence[str] | str | None,
    labels: Mapping[str, int] | None,
    symbolic: Mapping[str, str] | None,
    positive: Sequence[str],
    parameters: Mapping[str, Any],
    names: Sequence[str] | None = None,
) -> Program:
    """Return the program that these arguments of prove_gradient describe."""
    arrays = dict(zip(input_names(forward, len(inputs), names), map(np.asarray, inputs)))
    for name, value in arrays.items():
        if value.dtype.kind not in "iufb":
            raise TypeError(f"{name}: expected an array of real numbers, got dtype {value.dtype}")
    if wrt is None:
        chosen = [k for k, v in arrays.items() if v.dtype.kind == "f"]
    else:
        chosen = [wrt] if isinstance(wrt, str) else list(wrt)
    values = _defaults(forward, parameters)
    symbols = {}
    for key, kind in (symbolic or {}).items():
        if kind not in ("positive", "nonnegative", "real"):
            raise ValueError(f"symbolic[{key!r}]: expected positive, nonnegative or real: {kind!r}")
        if key not in values:
            raise ValueError(f"symbolic[{key!r}]: pass an example value, {key}=...")
        symbols[key] = (float(values[key]), kind)
    constants = {k: v for k, v in parameters.items() if k not in symbols}
    return Program(forward, backward, arrays, tuple(chosen), constants, symbols,
                   dict(labels or {}), (), tuple(positive))  # fmt: skip


def _defaults(forward: Callable[..., Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    signature = signature_of(getattr(forward, "__gradproof_of__", forward))
    found = signature.parameters.values() if signature is not None else ()
    return {p.name: p.default for p in found if p.default is not p.empty} | dict(parameters)


def _batch_names(
    batch: Sequence[str] | str | None, program: Program, names: Sequence[str]
) -> list[str]:
    if batch is None:
        return []
    chosen = [batch] if isinstance(batch, str) else list(batch)
    for name in chosen:
        if name not in names:
            raise ValueError(f"batch: {name!r} is no input of forward: it has {', '.join(names)}")
        if not program.inputs[name].ndim:
            raise ValueError(f"batch: {name} has no axis")
    return chosen


def _with_batch(program: Program, names: Sequence[str]) -> Program:
    return replace(program, batch=tuple(names))


def _attempt(
    program: Program,
    limits: Limits,
    budget: Budget,
    seed: int,
    order: int,
    tracer: Tracer = trace,
    points: Sequence[int] = (),
) -> Outcome:
    """Trace and decide, turning every limit that is reached into a reason."""
    stage = "tracing"
    try:
        with fresh_table(limits.nodes, budget) as table:
            record = tracer(program, limits.paths)
            problem = _unfaithful(program, record, seed, points)
            if problem:
                hint = "does the code draw random numbers, or keep state between calls?"
                return undecided(program, f"the trace is not faithful: {problem} ({hint})")
            stage = "deciding"
            outcome = _decided(program, record, seed, limits)
            outcome.literals = dict(table.literals)
            if order >= 2 and outcome.status is Status.PROVED:
                stage = "deciding the second order"
                outcome.second, bits = second_order(program, record, outcome.findings, seed)
                outcome.prime_bits = max(outcome.prime_bits, bits)
            outcome.finish()
            return outcome
    except NotTraceableError as error:
        cause = error.__cause__
        missing = cause if isinstance(cause, NoGradientError) else None
        return undecided(program, f"not traceable: {error}", missing)
    except PathLimitError as error:
        return undecided(program, str(error))
    except SizeLimitError:
        return undecided(program, f"{stage}: more than size_limit = {limits.nodes} nodes")
    except WorkLimitError:
        return undecided(program, f"{stage}: more than work_limit = {limits.work:g} units of work")
    except TimeLimitError:
        seconds = f"time_limit = {limits.seconds:g} s"
        return undecided(program, f"{stage}: ran out of {seconds}, with counted work left")
    except RecursionError:
        return undecided(program, f"{stage}: the expressions are nested too deeply")


def _unfaithful(program: Program, record: Trace, seed: int, points: Sequence[int]) -> str:
    """What runs of the code say against the trace; "" if nothing."""
    if not points:
        return disagreement(program, record, seed)
    found = (disagreement(program, record, each, elsewhere=True) for each in points)
    return next(filter(None, found), "")


def _decided(program: Program, record: Trace, seed: int, limits: Limits) -> Outcome:
    claims = Claims(program, record, seed, limits.branches)
    findings: list[Finding] = [claims.decide(name) for name in program.wrt]
    compare_choices(findings)
    proved = {each.name: each.true for each in findings
              if each.status == "proved" and each.true is not None}  # fmt: skip
    if proved and is_other(record, proved, seed):
        findings = [replace(each, status="undecided", reason=OTHER) for each in findings]
    return Outcome(program, record, findings, prime_bits=claims.branches.prime_bits,
                   obligations=claims.obligations)  # fmt: skip


__all__ = ["Limits", "Tracer", "gradient_verdict", "prove_gradient", "prove_program"]
