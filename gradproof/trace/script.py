"""Run a script once, bounded, with traced values: the program of what it computes.

The script is run as it stands, in a namespace of its own: its imports of NumPy, math and random
give traced values, files beside it are run in the same way, what is not installed and what draws
on a screen is stood in for. Float literals are traced as well, so that networks on plain Python
floats are read too. Nothing of the process is changed but what the script itself changes.
"""

from __future__ import annotations

import ast
import builtins
import dis
import importlib
import os
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.home import ENGINE
from gradproof.program.steps import Program, Ref
from gradproof.trace.made_up import WIDTHS, MadeUp
from gradproof.trace.missing_libraries import keras_of, pandas_of, sklearn_of
from gradproof.trace.modules import MathModule, TracedModule, float_type
from gradproof.trace.recorder import EnoughError, Recorder
from gradproof.trace.values import TracedFloat, leaf

_LITERAL = "__gradproof_literal__"
_TYPE = "__gradproof_type__"
# Libraries that draw on a screen, show progress or talk to a service: their calls do nothing.
_STAND_INS = {
    "matplotlib", "pylab", "seaborn", "plotly", "mpl_toolkits", "tkinter", "IPython", "cv2", "PIL",
    "turtle", "pygame", "wandb", "tensorboard", "tensorboardX", "bokeh", "graphviz", "networkx",
}  # fmt: skip
_TRACED = {"scipy", "sklearn", "random"}
_MOST_ABOVE = 5  # folders that a package of the author's may lie above the script


class ScriptError(Exception):
    """The script cannot be run; the text says why, with the line of the author's."""


def run_script(
    path: Path, text: str, enough: Callable[[Program], bool] = lambda program: False,
    width: int = WIDTHS[0],
) -> Program:  # fmt: skip
    """Run a script and return the program of what it computed, as far as it came.

    In place of files that are not there data are made up; ``width`` is how many columns a table
    has. Raises ScriptError for text that is no Python.
    """
    path = path.absolute()
    run = _Run(path, enough)
    run.made = MadeUp(run.recorder, text, width)
    run.recorder.missing = run.made.read
    run.builtins["open"] = run.made.open
    program = run.recorder.program
    try:
        with run.in_place():
            run.execute(text)
    except EnoughError:
        pass
    except SyntaxError as error:
        raise ScriptError(f"line {error.lineno} is no Python: {error.msg}") from None
    except SystemExit:
        pass
    except Exception as error:  # of the author's; an alarm or Ctrl-C is none and goes on
        program.ended = _told(error, path)
    return program


def _told(error: BaseException, path: Path) -> str:
    line, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == str(path):
            line = at.tb_lineno
        at = at.tb_next
    where = f" in line {line}" if line else ""
    return f"it raises {type(error).__name__}{where}: {str(error)[:150]}"


class _Run:
    def __init__(self, path: Path, enough: Callable[[Program], bool]) -> None:
        self.path, self.folder = path, path.parent
        self.made: MadeUp
        self.paths = list(sys.path)  # what the script adds to it leads to files of its own
        above = self.folder.parent
        root = os.path.join(self.folder if above == Path(above.anchor) else above, "")
        inside = (sys.prefix + os.sep, str(ENGINE) + os.sep)
        self.files: set[str] = set()  # of the author's modules, wherever they lie
        self.recorder = Recorder(
            lambda name: (
                name in self.files or (name.startswith(root) and not name.startswith(inside))
            ),
            enough,
        )
        self.modules: dict[str, types.ModuleType] = {}  # of the author's
        self.known: dict[str, types.ModuleType] = {}  # libraries
        self.builtins = dict(vars(builtins))
        self.builtins[_TYPE] = lambda value: (
            self.builtins["float"] if isinstance(value, TracedFloat) else type(value)
        )
        self.builtins.update(
            __import__=self._import, float=float_type(self.recorder, float),
            print=_silent(self.recorder), input=lambda *_: "1", xrange=range,
        )  # fmt: skip

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The folder and the arguments that the script expects; random draws from a seed."""
        before, arguments = Path.cwd(), sys.argv
        os.chdir(self.folder)
        sys.argv = [str(self.path)]
        np.random.seed(0)  # noqa: NPY002 - the script draws from it
        random.seed(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they are the script's own
                yield
        finally:
            os.chdir(before)
            sys.argv = arguments
            sys.path[:] = self.paths

    def execute(self, text: str) -> None:
        space = {"__name__": "__main__", "__file__": str(self.path), "__builtins__": self.builtins}
        exec(self._compiled(text, self.path, space), space)

    def _compiled(self, text: str, path: Path, space: dict[str, Any]) -> types.CodeType:
        tree = ast.parse(text, str(path))
        literals = _Literals(self.recorder)
        tree = ast.fix_missing_locations(literals.visit(tree))
        space[_LITERAL] = literals.values
        return compile(tree, str(path), "exec")

    # --- imports ----------------------------------------------------------------------------------

    def _import(
        self, name: str, space: Any = None, local: Any = None, names: Any = (), level: int = 0
    ) -> Any:
        if level:
            package = str((space or {}).get("__package__") or (space or {}).get("__name__", ""))
            parts = package.split(".")[: len(package.split(".")) - level + 1]
            name = ".".join(
                [*(p for p in parts if p and p != "__main__"), *([name] if name else [])]
            )
        own = self._own(name, names)
        if own is not None:
            return own
        return self._library(name, space, local, names)

    def _library(self, name: str, space: Any, local: Any, names: Any) -> Any:
        top = name.split(".")[0]
        if top in _STAND_INS:
            return _StandIn(top)
        if top == "math":
            return self._known("math", lambda: MathModule(self.recorder))
        if top == "tqdm":
            return _Tqdm()
        try:
            real = importlib.import_module(name) if top in {"numpy", *_TRACED} else (
                builtins.__import__(name, space, local, names))  # fmt: skip
        except ImportError:
            if (self.folder / top).exists() or (self.folder / f"{top}.py").exists():
                raise
            given = _GIVEN.get(top)
            return _StandIn(top, {} if given is None else given(self.made))
        if top == "numpy" or top in _TRACED:
            whole = self._known(
                top,
                lambda: TracedModule(self.recorder, importlib.import_module(top), top == "numpy"),
            )
            found: Any = whole
            for part in name.split(".")[1:] if names else ():
                found = getattr(found, part)
            return found
        return real

    def _known(self, name: str, make: Callable[[], types.ModuleType]) -> types.ModuleType:
        if name not in self.known:
            self.known[name] = make()
        return self.known[name]

    def _own(self, name: str, names: Any) -> Any:
        """A module of the author's, from a file beside the script; None if there is none."""
        if name.split(".")[0] in self.known:
            return None
        top = self._loaded(name.split(".")[0])
        if top is None:
            return None
        parts = name.split(".")
        for count in range(2, len(parts) + 1):
            part = self._loaded(".".join(parts[:count]))
            if part is None:
                raise ModuleNotFoundError(f"No module named {name!r}")
            setattr(self._loaded(".".join(parts[: count - 1])), parts[count - 1], part)
        if not names:
            return top
        whole = self._loaded(name)
        for each in names:
            if each != "*" and not hasattr(whole, each):
                part = self._loaded(f"{name}.{each}")
                if part is not None:
                    setattr(whole, each, part)
        return whole

    def _loaded(self, name: str) -> types.ModuleType | None:
        if name in self.modules:
            return self.modules[name]
        file = self._file_of(name)
        if file is None:
            return None
        module = types.ModuleType(name)
        self.modules[name] = module
        self.files.add(str(file))
        module.__file__ = str(file)
        module.__dict__["__builtins__"] = self.builtins
        is_package = file.name == "__init__.py" or file.is_dir()
        module.__package__ = name if is_package else name.rpartition(".")[0]
        if is_package:
            module.__path__ = [str(file if file.is_dir() else file.parent)]
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            exec(self._compiled(text, file, module.__dict__), module.__dict__)
        return module

    def _file_of(self, name: str) -> Path | None:
        added = [each for each in sys.path if each not in self.paths or each in ("..", ".")]
        roots = [self.folder, *(Path(each).resolve() for each in added)]
        top = name.split(".")[0]
        above = list(self.folder.parents)[:_MOST_ABOVE]
        roots += [each.parent for each in above if each.name == top] or [
            each for each in above if (each / top / "__init__.py").is_file()
        ]
        for root in roots:
            place = root.joinpath(*name.split("."))
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if file.is_file() and file != self.path:
                    return file
            if place.is_dir() and any(place.glob("*.py")):
                return place
        return None


class _Literals(ast.NodeTransformer):
    """Puts traced floats in place of float literals, each one the same at every run of its line."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.values: list[Any] = []

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is not float:
            return node
        self.values.append(leaf(self.recorder, node.value))
        name = ast.Name(_LITERAL, ast.Load())
        index = ast.Constant(len(self.values) - 1)
        return ast.copy_location(ast.Subscript(name, index, ast.Load()), node)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """``type(x)`` of a traced number is the ``float`` that the script compares it with."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1:
            node.func = ast.copy_location(ast.Name(_TYPE, ast.Load()), node.func)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node

    def visit_Match(self, node: ast.Match) -> ast.Match:  # a pattern is no place for a name
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node


def _silent(recorder: Recorder) -> Callable[..., None]:
    def silent(*values: Any, **_: Any) -> None:
        for value in values:
            operand = recorder.operand(value)
            if isinstance(operand, Ref) and np.size(recorder.program.value(operand.index)) == 1:
                recorder.shown(operand.index)

    return silent


# Of libraries that are not installed, what can be given in their place.
_GIVEN: dict[str, Callable[[MadeUp], dict[str, Any]]] = {
    "pandas": pandas_of, "sklearn": sklearn_of, "keras": keras_of, "tensorflow": keras_of,
}  # fmt: skip


class _StandIn(types.ModuleType):
    """Anything, for libraries that are not there: every attribute and call gives it again, but for
    what is ``given``."""

    def __init__(self, name: str = "stand_in", given: dict[str, Any] | None = None) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__dict__["_given"] = given or {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        given = self.__dict__["_given"]
        return given[name] if name in given else _StandIn(name, given)

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:  # class Arrow(patches.Patch)
        return (_StandInBase,)

    def __iter__(self) -> Iterator[Any]:
        return iter([self] * _unpacked(sys._getframe(1)))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getitem__(self, _: Any) -> Any:
        return self

    def __setitem__(self, *_: Any) -> None:
        return None

    def __bool__(self) -> bool:
        return False


class _StandInBase:
    """What a class is derived from whose base is not there."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _StandIn(name)


def _unpacked(frame: types.FrameType) -> int:
    """Into how many names a frame unpacks right now: ``line, = plt.plot(...)`` into one."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at + 1] if dis.opname[code[at]] == "UNPACK_SEQUENCE" else 2


class _Tqdm(types.ModuleType):
    """Progress bars that show nothing."""

    def __init__(self) -> None:
        super().__init__("tqdm")
        self.tqdm = _Bar
        self.trange = lambda *n, **_: _Bar(range(*n))
        self.auto = self.notebook = self


class _Bar:
    def __init__(self, items: Any = (), *_: Any, **__: Any) -> None:
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None


__all__ = ["ScriptError", "run_script"]
