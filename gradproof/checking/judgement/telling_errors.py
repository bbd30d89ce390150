"""Why nothing fitted: of all the errors met while trying, the most telling one."""

from __future__ import annotations

import re

from gradproof.checking.judgement.crashes import MEANT, told

NO_INPUTS = "no inputs were found that fit"
_BACKWARD = 2  # the stage
_STAGES = ("", "forward: ", "backward: ", "its gradients: ")


# What is said of code for one example, or makes a row of a vector.
_ONE_ROW = re.compile(
    r"\(1, *\w+\)|\b(one|single|each|a) (example|sample|row|observation|instance|data ?point)\b"
    r"|\[(None|np\.newaxis), *:\]|reshape\(\(?1, *-1|한 (예|행|샘플)|(예|행|샘플) 하나",
    re.I,
)
BACKWARD_RAISES = "forward runs, but backward raises"


class Problem:
    """The error of the run that came furthest; the first of those, as the likeliest inputs.

    code: the text of the pair, which may say that it is written for one example.
    """

    def __init__(self, error: str = "takes no array", code: str = "") -> None:
        self.stage, self.error = 0, error
        self._of_one = bool(_ONE_ROW.search(code))
        self._raised: BaseException | None = None
        self._met = False
        self.shapes: tuple[tuple[int, ...], ...] = ()  # of the arrays that are tried just now
        self._raised_at: tuple[tuple[int, ...], ...] = ()

    def met(self, stage: int, error: BaseException | str) -> None:
        """Note an error; stage 0 nothing could be called, 1 in forward, 2 in backward, 3 after."""
        further = stage > self.stage and not self.is_in_matrices
        if further or not self._met:
            self.stage = stage
            self._raised = error if isinstance(error, BaseException) else None
            self._raised_at = self.shapes
            self.error = "" if isinstance(error, BaseException) else error
        self._met = True

    @property
    def is_in_matrices(self) -> bool:
        """Whether backward raises where forward takes matrices and vectors of more than one row:
        that is what is to be told, rather than what is wrong of them as images."""
        plain = all(len(shape) <= 2 and 1 not in shape for shape in self._raised_at)
        matrices = any(len(shape) == 2 for shape in self._raised_at)
        raised = self.stage == _BACKWARD and self._raised is not None and not self._of_one
        return raised and plain and matrices

    def text(self) -> str:
        """The reason for a report."""
        error = self.error if self._raised is None else told(self._raised)
        if isinstance(self._raised, NotImplementedError):
            return f"it is not implemented yet; {_STAGES[self.stage]}{error}"
        # A name that is not there, or a cause in hand: the code is wrong, not the inputs.
        if MEANT in error or isinstance(self._raised, (NameError, ImportError)):
            return f"your code raises {error}"
        if self.stage == _BACKWARD and self._raised is not None:
            return f"{BACKWARD_RAISES} {error}"
        return f"{NO_INPUTS}; {_STAGES[self.stage]}{error}"
