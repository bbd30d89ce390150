"""Second order: is the derivative of backward, as code, that of the true gradient?

The traced backward is differentiated by every input and by dy, contracted with a further
cotangent, and compared with the derivative of the true gradient. The forward's own use of the
inputs counts, so that a backward working from its cache is differentiated through the cache.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradproof.proof.branch_regions import Branches
from gradproof.proof.claims import Finding
from gradproof.proof.differentiate import contract, gradient
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.nodes import Node
from gradproof.tracing.record_trace import Program, Trace, symbols_like

MOST_BRANCHES = 2_000


def second_order(
    program: Program, record: Trace, findings: Sequence[Finding], seed: int
) -> tuple[str, int]:
    """Return "" if the second derivatives agree wherever the first do, else what differs.

    With it comes the size of the prime on which the answer rests, 0 where it is exact.
    """
    branches = Branches(seed, MOST_BRANCHES)
    code, true = _contracted(record, findings)
    by = {**{name: record.inputs[name] for name in program.wrt}, "dy": record.dy}
    for name, array in by.items():
        wrt = list(array.data.reshape(-1))
        pairs = zip(gradient(code, wrt), gradient(true, wrt))
        differences = [ex.sub(a, b) for a, b in pairs]
        for k, is_zero in enumerate(branches.zero(differences)):
            if not is_zero and branches.nonzero_region(differences[k]) is not None:
                index = np.unravel_index(k, array.data.shape) if array.data.ndim else ()
                place = ", ".join(str(int(i)) for i in index)
                reason = f"the derivative of backward by {name}[{place}] is not the true one"
                return reason, branches.prime_bits
    return "", branches.prime_bits


def _contracted(record: Trace, findings: Sequence[Finding]) -> tuple[Node, Node]:
    """Contract all gradients, of the code and true, with one further cotangent."""
    code, true = [], []
    for finding in findings:
        gradients: TracedArray = record.gradients[finding.name]
        assert finding.true is not None
        v = symbols_like(f"v_{finding.name}", gradients.data.shape, np.dtype(float),
                         gradients.batch)  # fmt: skip
        code.append(contract(gradients, v))
        true.append(contract(finding.true, v))
    return ex.add(*code), ex.add(*true)
