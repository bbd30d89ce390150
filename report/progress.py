"""Progress of the work on a book: bars that move whenever anything is done, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

from tqdm.auto import tqdm

K = TypeVar("K")

# What waits for a result: a function that returns it, or a future.
Promise = Callable[[], Any] | Future[Any]

_TICK = 0.5  # seconds after which a clock goes on, though nothing was done
_WIDTH = 12  # of the name before a bar


def bar(what: str, total: int, quiet: bool, inner: bool = False) -> tqdm:
    """A bar; an inner one stands below another and leaves nothing behind.

    quiet: no bar; elsewhere one is drawn where somebody can see it.
    """
    return tqdm(
        desc=f"{what:<{_WIDTH}}", total=total, disable=True if quiet else None, leave=not inner,
        position=int(inner),
    )  # fmt: skip


def as_they_come(promises: Mapping[K, Promise], *bars: tqdm) -> Iterator[tuple[K, Promise]]:
    """Each promise as soon as it can be kept; meanwhile the clocks of the bars go on.

    A function is called where its result is asked for, so functions come first, in order.
    """
    pending = {}
    for key, promise in promises.items():
        if isinstance(promise, Future):
            pending[promise] = key
        else:
            yield key, promise
    while pending:
        done, _ = wait(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
        for each in bars:
            each.refresh()
        for future in done:
            yield pending.pop(future), future


def kept(promise: Promise) -> Any:
    """The result of a promise; raises what its work raised."""
    return promise.result() if isinstance(promise, Future) else promise()
