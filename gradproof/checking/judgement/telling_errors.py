"""Why nothing fitted: of all the errors met while trying, the most telling one."""

from __future__ import annotations

from gradproof.checking.judgement.crashes import MEANT, told

NO_INPUTS = "no inputs were found that fit"
_BACKWARD = 2  # the stage
_STAGES = ("", "forward: ", "backward: ", "its gradients: ")


BACKWARD_RAISES = "forward runs, but backward raises"


class Problem:
    """The error of the run that came furthest; the first of those, as the likeliest inputs."""

    def __init__(self, error: str = "takes no array") -> None:
        self.stage, self.error = 0, error
        self._raised: BaseException | None = None
        self._met = False

    def met(self, stage: int, error: BaseException | str) -> None:
        """Note an error; stage 0 nothing could be called, 1 in forward, 2 in backward, 3 after."""
        if stage > self.stage or not self._met:
            self.stage = stage
            self._raised = error if isinstance(error, BaseException) else None
            self.error = "" if isinstance(error, BaseException) else error
        self._met = True

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
