"""Keep the modules of gradproof out of reach, by name, of a file that is run beside them.

They are loaded with builtins of their own, in which ``__import__`` knows them; then their names
are taken out of ``sys.modules``. A file that imports gradproof gets another copy, and what it
changes in that, or in ``builtins``, is not what answers. No wall in one process is high: what is
said in docs/isolation.md about who decides does not rest on it.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from gradproof.home import ENGINE

_OURS = "gradproof"
_FOLDER = ENGINE.resolve()


class _Loader(importlib.abc.Loader):
    """Loads a module as another loader does, with builtins of our own."""

    def __init__(self, loader: importlib.abc.Loader, own: dict[str, Any]) -> None:
        self.loader, self.own = loader, own

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__["__builtins__"] = self.own
        self.loader.exec_module(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


class _Finder:
    """Finds modules of gradproof, for a loader of their own."""

    def __init__(self, own: dict[str, Any]) -> None:
        self.own = own

    def find_spec(self, name: str, path: Sequence[str] | None = None, _: Any = None) -> Any:
        if not _is_ours(name):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self.own)
        return spec


class _Elsewhere:
    """Finds gradproof itself for whoever imports it, wherever it stands."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, _: Any = None) -> Any:
        if name != _OURS:
            return None
        place = [str(_FOLDER)]
        init = _FOLDER / "__init__.py"
        return importlib.util.spec_from_file_location(name, init, submodule_search_locations=place)


def prepare() -> Callable[[], None]:
    """From now on load modules of gradproof apart. Returns what takes their names away."""
    own: dict[str, Any] = dict(vars(builtins))
    known: dict[str, types.ModuleType] = {}
    usual = builtins.__import__
    finder = _Finder(own)
    own["__import__"] = _importer(known, usual)
    sys.meta_path.insert(0, finder)

    def hide() -> None:
        sys.meta_path.remove(finder)
        sys.meta_path.append(_Elsewhere)
        known.update({name: module for name, module in sys.modules.items() if _is_ours(name)})
        for name in known:
            del sys.modules[name]
        main = vars(sys.modules["__main__"])
        for name in [each for each in main if not each.startswith("__")]:
            del main[name]

    return hide


def _importer(known: dict[str, types.ModuleType], usual: Callable[..., Any]) -> Callable[..., Any]:
    """``__import__`` for modules of gradproof: those that are known are found without a name."""

    def find(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (),
             level: int = 0) -> Any:  # fmt: skip
        module = known.get(name) if not level else None
        if module is not None and fromlist and all(hasattr(module, each) for each in fromlist):
            return module
        if not known or not _is_ours(name):
            return usual(name, globals, locals, fromlist, level)
        theirs = {each: sys.modules.pop(each) for each in [*sys.modules] if _is_ours(each)}
        sys.modules.update(known)
        try:
            return usual(name, globals, locals, fromlist, level)
        finally:
            known.update({each: sys.modules.pop(each) for each in [*sys.modules] if _is_ours(each)})
            sys.modules.update(theirs)

    return find


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == _OURS


__all__ = ["prepare"]
