"""What hangs on something that is wrong: a Hessian is judged as the derivative of the gradient."""

from __future__ import annotations

from gradproof.checking.records import GradientResult, Report, Unmatched

REASON = (
    "it is judged as the derivative of {name} (line {line}), which is refuted; once that is "
    "mended, this is judged"
)


def set_aside(found: Report) -> None:
    """List what was judged as the derivative of a refuted gradient, whatever came of it.

    A right Hessian is not the derivative of a wrong gradient, and a wrong one may be: neither
    verdict would say anything of the function whose Hessian it is.
    """
    wrong = {(each.file, each.backward): each for each in found.gradients
             if each.verdict == "REFUTED"}  # fmt: skip
    kept: list[GradientResult] = []
    listed: dict[tuple[str, str], Unmatched] = {}
    for each in found.gradients:
        of = wrong.get((each.file, each.forward))
        if of is None or each.forward == each.backward:
            kept.append(each)
            continue
        reason = REASON.format(name=of.backward, line=of.line)
        listed[each.file, each.backward] = Unmatched(each.file, each.backward, reason)
    found.gradients[:] = kept
    found.unmatched += listed.values()


__all__ = ["REASON", "set_aside"]
