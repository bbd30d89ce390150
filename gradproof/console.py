"""What every command owes a console: Ctrl-C is one line, and so is a mistake."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import NoReturn, TextIO

from gradproof.text import Text, system_language

INTERRUPTED = 130  # what shells say of a command that Ctrl-C has ended
STOPPED = Text("stopped", "중단했어요")


def run_command(main: Callable[[], int | None], name: str, language: str | None = None) -> NoReturn:
    """Run ``main`` and exit with its status; Ctrl-C ends it with one line and status 130.

    A console that lacks Greek letters gets question marks, and a reader that has seen enough, such
    as ``head``, is no error. name: of the command, as the line begins; language: of the line.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with _listening_for_end():
            status = main()
            sys.stdout.flush()
    except Ended as error:
        print(f"{name}: {STOPPED.within(language or system_language())}", file=sys.stderr)
        status = 128 + error.number
    except KeyboardInterrupt:
        print(f"{name}: {STOPPED.within(language or system_language())}", file=sys.stderr)
        status = INTERRUPTED
    except BrokenPipeError:
        _discard(sys.stdout)
        status = 1
    sys.exit(status)


class Ended(KeyboardInterrupt):
    """A signal that asks this process to end: what is open is closed, as after Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def _listening_for_end() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise :class:`Ended` inside; one that is ignored (nohup) stays so.

    Afterwards they do what they did before, unless one has come: then all is being closed, and
    another must not disturb that.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone may set a handler
        yield
        return

    def end(number: int, _: object) -> None:
        for each in own:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    own = {each: signal.getsignal(each) for each in numbers}
    own = {each: handler for each, handler in own.items() if handler is not signal.SIG_IGN}
    for each in own:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each, handler in own.items():
            if signal.getsignal(each) is end:
                signal.signal(each, handler)


def quiet_interrupt(name: str) -> None:
    """Let Ctrl-C end this command with its one line from now on, also while it imports.

    Called before everything else that a module imports which is run as a command.
    """
    usual = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            usual(kind, error, trace)
            return
        print(f"{name}: {STOPPED.within(system_language())}", file=sys.stderr, flush=True)
        os._exit(INTERRUPTED)

    sys.excepthook = hook


def _discard(stream: TextIO) -> None:
    """Send what is left in a stream nowhere, so that closing it does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to all processes of a command, to the one that leads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def deaf_processes() -> Iterator[None]:
    """Processes begun inside ignore Ctrl-C from their very start, before they run anything."""
    if threading.current_thread() is not threading.main_thread():  # which alone may set a handler
        yield
        return
    own = signal.getsignal(signal.SIGINT)
    ignore_interrupts()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, own)


__all__ = ["INTERRUPTED", "deaf_processes", "ignore_interrupts", "quiet_interrupt", "run_command"]
