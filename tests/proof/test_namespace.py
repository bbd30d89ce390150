"""The namespace of traced code: everything in it is a copy, nothing outside of it changes."""

from __future__ import annotations

import abc
import contextlib
import copy
import enum
import functools
import math
import random
import sys
import threading
import types
import weakref
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
from numpy import sin as imported_sin

from gradproof.tracing.namespace.user_namespace import Namespace
from tests.proof import namespace_layers
from tests.proof.namespace_layers import Base, Layer, helper


def halved(x: Any) -> Any:
    return np.sin(x)


def seen(value: Any) -> Any:
    """A value where cos stands for sin."""
    return namespace().of(value)


def namespace() -> Namespace:
    return Namespace([(np.sin, np.cos), (math.sin, math.cos)])


# --- functions: each gives 0 outside of the namespace, and something else in it ---------------


def closed_over() -> Callable[[], Any]:
    act = halved
    return lambda: act(0.0)


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@decorated
def wrapped() -> Any:
    return np.sin(0.0)


@functools.lru_cache
def remembered(x: float) -> Any:
    return np.sin(x)


@contextlib.contextmanager
def entered() -> Iterator[Any]:
    yield np.sin(0.0)


def nested() -> Any:
    def inner(x: Any) -> Any:
        return np.sin(x)

    return inner(0.0)


def recursive(n: int) -> Any:
    return np.sin(0.0) if n == 0 else recursive(n - 1)


def knotted() -> Callable[[int], Any]:
    def call(n: int) -> Any:
        return np.sin(0.0) if n == 0 else call(n - 1)

    return call


def with_default(x: Any = 0.0, act: Any = np.sin, *, other: Any = halved) -> Any:
    return act(x) * other(x)


def imports_inside() -> Any:
    import numpy as numbers
    from numpy import sin

    return numbers.sin(0.0) * sin(0.0)


def imports_own_inside() -> Any:
    from tests.proof.namespace_layers import helper as imported

    return imported(0.0)


def makes_a_class() -> Any:
    class Here(Layer):
        value = np.sin(0.0)

        def act(self, x: Any) -> Any:
            return super().act(x) + self.value

    return Here().act(0.0)


def by_text() -> Any:
    return eval("halved(0.0)")


def by_globals() -> Any:
    return globals()["halved"](0.0)


def in_a_comprehension() -> Any:
    return sum(halved(x) for x in [0.0]) + sum([halved(x) for x in [0.0]])


def generating() -> Any:
    def each() -> Iterator[Any]:
        yield halved(0.0)

    return next(each())


def mapped() -> Any:
    return next(map(halved, [0.0]))


class Holder:
    registry: ClassVar[dict[str, Any]] = {"sin": halved}
    plain = staticmethod(halved)
    acting: Any

    def __init__(self) -> None:
        self.inner = Layer()
        self.layers = [Layer(), {"deep": (Layer(),)}]
        self.function = halved
        self.acting = self.method

    def method(self, x: Any) -> Any:
        return np.sin(x)

    @classmethod
    def of_class(cls, x: Any) -> Any:
        return cls.registry["sin"](x)

    @property
    def value(self) -> Any:
        return np.sin(0.0)

    @functools.cached_property
    def kept(self) -> Any:
        return np.sin(0.0)

    def __call__(self, x: Any) -> Any:
        return self.method(x)

    def everything(self) -> list[Any]:
        """All ways in which an object reaches a function."""
        return [
            self.inner.act(0.0), self.layers[0].act(0.0), self.layers[1]["deep"][0].act(0.0),
            self.function(0.0), self.acting(0.0), self.method(0.0), self.of_class(0.0),
            Holder.of_class(0.0), self.plain(0.0), self.value, self.kept, self(0.0),
        ]  # fmt: skip


class Slotted:
    __slots__ = ("__hidden", "act", "empty")

    def __init__(self) -> None:
        self.act = halved
        self.__hidden = halved

    def both(self) -> Any:
        return self.act(0.0) * self.__hidden(0.0)


@dataclass(frozen=True)
class Frozen:
    act: Any = halved
    many: list[Any] = field(default_factory=lambda: [halved])

    def run(self) -> Any:
        return self.act(0.0) * self.many[0](0.0)


class Cache(NamedTuple):
    act: Any

    def run(self) -> Any:
        return self.act(0.0)


class Abstract(abc.ABC):
    @abc.abstractmethod
    def act(self) -> Any: ...


class Concrete(Abstract):
    def act(self) -> Any:
        return np.sin(0.0)


class Meta(type):
    def __new__(cls, name: str, bases: Any, body: Any) -> Any:
        made.append(name)
        return super().__new__(cls, name, bases, body)


made: list[str] = []


class WithMeta(metaclass=Meta):
    def act(self) -> Any:
        return np.sin(0.0)


class Parameters(dict):
    def act(self) -> Any:
        return self["act"](0.0)


class Layers(list):
    def act(self) -> Any:
        return self[0].act(0.0)


class Guarded:
    """Looks after its attributes itself."""

    def __init__(self) -> None:
        object.__setattr__(self, "held", {"act": halved})

    def __getattr__(self, name: str) -> Any:
        return self.held[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)


class Parent:
    def __init__(self) -> None:
        self.child = Child(self)


class Child:
    def __init__(self, parent: Parent) -> None:
        self.parent, self.far = parent, weakref.ref(parent)

    def act(self) -> Any:
        same = self.parent.child is self and self.far() is self.parent
        return np.sin(0.0) if same else None


class Keyed:
    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.name == other.name


TABLE = {Keyed("sin"): halved}
Point = namedtuple("Point", "act")
VECTORIZED = np.vectorize(halved)

CASES = {
    "a function": lambda: halved,
    "a lambda": lambda: lambda x: np.sin(x),
    "a function of NumPy": lambda: lambda x: imported_sin(x),
    "NumPy's function itself": lambda: np.sin,
    "of math": lambda: lambda x: math.sin(x),
    "a helper": lambda: lambda x: halved(x),
    "an imported helper": lambda: lambda x: helper(x),
    "of an imported module": lambda: lambda x: namespace_layers.helper(x),
    "in a table of a module": lambda: lambda x: namespace_layers.TABLE["sin"](x),
    "a partial": lambda: functools.partial(lambda y, x: np.sin(x), 1),
    "a method": lambda: Holder().method,
    "a method of a class": lambda: Holder.of_class,
    "a static method": lambda: Holder.plain,
    "a callable object": lambda: Holder(),
    "an object's function": lambda: Holder().acting,
    "a memo": lambda: remembered,
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_functions_find_what_stands_for_numpy(make: Callable[[], Any]) -> None:
    function = make()
    assert float(np.asarray(function(0.0)).reshape(-1)[0]) == 0.0
    assert seen(function)(0.0) == 1.0
    assert function(0.0) == 0.0


WITHOUT = [
    closed_over(), wrapped, nested, imports_inside, imports_own_inside, by_text, by_globals,
    generating, mapped, with_default, Frozen().run, Cache(halved).run, Concrete().act,
    WithMeta().act, Slotted().both, Parameters(act=halved).act, Parent().child.act,
    lambda: Guarded().act(0.0), lambda: TABLE[Keyed("sin")](0.0), lambda: Point(halved).act(0.0),
    functools.partial(recursive, 3), functools.partial(knotted(), 3),
    functools.partial(halved, x=0.0),
]  # fmt: skip


@pytest.mark.parametrize("function", WITHOUT, ids=lambda f: getattr(f, "__qualname__", "partial"))
def test_whatever_is_called_runs_in_the_namespace(function: Callable[[], Any]) -> None:
    assert (function(), seen(function)()) == (0.0, 1.0)


def test_classes_made_inside() -> None:
    assert (makes_a_class(), seen(makes_a_class)()) == (0.0, 11.0)


def test_comprehensions_and_context_managers() -> None:
    assert seen(in_a_comprehension)() == 2.0
    with seen(entered)() as value:
        assert value == 1.0


def test_objects_with_all_that_they_reach() -> None:
    holder = Holder()
    before = dict(vars(holder))
    assert seen(holder).everything() == [10.0, 10.0, 10.0, *[1.0] * 9]
    assert vars(holder) == before
    assert holder.everything() == [0.0] * 12


def test_isinstance_and_super_hold_among_copies() -> None:
    def asks(layer: Any) -> Any:
        return isinstance(layer, Layer), isinstance(layer, Base), type(layer) is Layer

    here = namespace()
    assert here.of(asks)(here.of(Layer())) == (True, True, True)
    assert here.of(lambda: issubclass(Layer, Base))()
    assert here.of(Layer).__mro__[1] is here.of(Base)
    assert here.of(lambda: isinstance(Concrete(), Abstract))()
    with pytest.raises(TypeError, match="abstract"):
        here.of(lambda: Abstract())()


def test_one_copy_of_each() -> None:
    here = namespace()
    layer = Layer()
    first, second = here.of([layer, layer])
    assert first is second is here.of(layer) is not layer
    assert here.of(first) is first
    assert here.of(halved) is here.of(here.of(halved))


def test_nobody_is_told_of_copies() -> None:
    kinds, names = list(Base.kinds), list(made)
    here = namespace()
    here.of(Layer())
    here.of(WithMeta())
    assert here.of(lambda: list(Base.kinds))() == kinds == Base.kinds
    assert made == names


def test_containers_are_copied() -> None:
    held = {"list": [1], "set": {1}, "order": OrderedDict(a=halved), "deque": deque([1], 3),
            "default": defaultdict(lambda: np.sin(0.0))}  # fmt: skip
    there = seen(held)
    for name in ("list", "deque"):
        there[name].append(2)
    there["set"].add(2)
    assert there["default"]["new"] == 1.0
    assert there["deque"].maxlen == 3
    assert there["order"]["a"](0.0) == 1.0
    assert list(held["list"]) == [1]
    assert (held["set"], list(held["deque"]), len(held["default"])) == ({1}, [1], 0)


def test_global_variables_are_written_there_alone() -> None:
    before = namespace_layers.calls
    here = namespace()
    here.of(helper)(0.0)
    here.of(helper)(0.0)
    assert here.of(namespace_layers.count)() == before + 2
    assert here.of(lambda: namespace_layers.calls)() == before + 2
    assert namespace_layers.calls == before


def test_attributes_of_modules_are_written_there_alone() -> None:
    def sets() -> Any:
        namespace_layers.calls = -5
        return namespace_layers.count()

    before = namespace_layers.calls
    assert seen(sets)() == -5
    assert namespace_layers.calls == before


def test_attributes_are_written_there_alone() -> None:
    holder = Holder()

    def sets(of: Any) -> Any:
        of.inner.new = 1
        Holder.registry = {}
        return len(of.registry), of.inner.new

    here = namespace()
    assert here.of(sets)(here.of(holder)) == (0, 1)
    assert not hasattr(holder.inner, "new")
    assert Holder.registry


def test_exceptions_and_enumerations_are_what_they_are() -> None:
    class OwnError(Exception):
        pass

    class Mode(enum.Enum):
        A = 1

    def raises() -> Any:
        try:
            raise OwnError("here")
        except OwnError as error:
            return type(error), Mode.A

    assert seen(raises)() == (OwnError, Mode.A)


def test_random_numbers_are_those_that_would_have_come_and_are_not_used_up() -> None:
    rng, state = np.random.default_rng(3), np.random.RandomState(4)
    python = random.Random(5)

    def drawn() -> list[Any]:
        np.random.normal()  # noqa: NPY002 - all of these are copied
        return [np.random.rand(), np.random.ranf(), random.random(), random.gauss(0, 1),  # noqa: NPY002
                rng.normal(), state.rand(), python.random()]  # fmt: skip

    def seeded() -> list[Any]:
        np.random.seed(0)  # noqa: NPY002
        random.seed(0)
        return [np.random.rand(), random.random()]  # noqa: NPY002

    states = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    first, second = seen(drawn)(), seen(drawn)()
    there = seen(seeded)()
    assert (np.random.get_state()[1].tolist(), random.getstate()) == states  # noqa: NPY002
    assert first == second == drawn()
    assert there == seeded()
    random.setstate(states[1])


def test_what_is_of_a_library_is_itself() -> None:
    lock = threading.Lock()
    for value in (np, math):
        assert seen(value) is not value
    for value in (sys, types, abc, functools, lock, np.float64, np.ndarray, len, copy.deepcopy):
        assert seen(value) is value


def test_vectorized_functions() -> None:
    here = Namespace(
        [(np.sin, np.cos)], types={np.vectorize: lambda space, f: np.vectorize(space.of(f.pyfunc))}
    )
    assert here.of(lambda: VECTORIZED([0.0, 0.0]).tolist())() == [1.0, 1.0]


def test_other_code_for_a_function() -> None:
    other = compile("def halved(x):\n    return 5.0", "<other>", "exec").co_consts[0]
    here = Namespace(code=lambda code: other if code.co_name == "halved" else code)
    assert here.of(lambda: halved(0.0))() == 5.0
    assert halved(0.0) == 0.0


def test_names_beside_pythons_own() -> None:
    def asks() -> Any:
        return __own__(1)  # type: ignore[name-defined]  # noqa: F821

    assert Namespace(names={"__own__": lambda x: x + 1}).of(asks)() == 2
    with pytest.raises(NameError):
        asks()


def test_a_namespace_in_a_namespace() -> None:
    outer = Namespace([(np.cos, np.tan)])
    assert outer.of(seen(lambda: halved(0.0)))() == 0.0  # sin is cos, and cos is tan
    assert outer.of(seen(imports_inside))() == 0.0
    assert seen(lambda: halved(0.0))() == 1.0


def test_a_chain_that_is_long() -> None:
    first: Any = None
    for _ in range(5000):
        link = Base()
        link.next = first  # type: ignore[attr-defined]
        first = link

    def last() -> Any:
        here = first
        while here.next is not None:
            here = here.next
        return here.act(0.0)

    assert seen(last)() == 1.0


def attributes() -> list[dict[str, int]]:
    """Which object stands behind each name of three modules, for everyone."""
    modules = sys.modules["numpy"], sys.modules["math"], sys.modules[helper.__module__]
    return [{k: id(v) for k, v in vars(each).items()} for each in modules]


def test_all_is_as_it_was_while_code_runs_in_a_namespace() -> None:
    before = attributes()
    assert seen(attributes)() == before == attributes()


def test_modules_without_a_file_are_the_users() -> None:
    module = types.ModuleType("typed_in")
    exec("import numpy as np\ndef act(x):\n    return np.sin(x)", vars(module))
    assert seen(lambda: module.act(0.0))() == 1.0
    assert seen(sys) is sys
