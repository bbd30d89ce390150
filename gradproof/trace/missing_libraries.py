"""pandas, scikit-learn and Keras where they are not installed: what scripts prepare data with.

Tables and data sets are made up, splits and scales are carried out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.trace.made_up import ROWS, MadeUp

Array = np.ndarray[Any, Any]

# Of a table, what gives a table of the same columns; whatever else is asked is a column's name.
_SAME = {
    "copy", "dropna", "fillna", "reset_index", "sample", "sort_values", "astype", "replace",
    "drop_duplicates", "rename", "head", "set_index", "infer_objects", "interpolate", "round",
}  # fmt: skip
_NOTHING = {"info", "describe", "plot", "hist", "boxplot", "to_csv", "value_counts", "corr"}


class Column:
    """A column of a table: an array that also answers to ``.values`` and ``.map``."""

    def __init__(self, array: Any) -> None:
        self.array = array

    @property
    def values(self) -> Any:
        return self.array

    def to_numpy(self, *_: Any, **__: Any) -> Any:
        return self.array

    toarray = todense = to_numpy

    def map(self, change: Any, *_: Any, **__: Any) -> Column:
        """Labels for words: what a dictionary or a function makes of a word is a number already."""
        if isinstance(change, dict):
            return self
        return Column(np.array([change(float(v)) for v in self.array]))

    apply = map

    def __getattr__(self, name: str) -> Any:
        if name in _SAME:
            return lambda *_, **__: self
        return getattr(self.array, name)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return np.array(np.asarray(self.array).view(np.ndarray), *args[:1])

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.array)

    def __getitem__(self, key: Any) -> Any:
        return self.array[_bare(key)]


def _operator(name: str) -> Callable[[Column, Any], Column]:
    function = getattr(operator, name)
    return lambda self, other: Column(function(self.array, _bare(other)))


def _reflected(name: str) -> Callable[[Column, Any], Column]:
    function = getattr(operator, name)
    return lambda self, other: Column(function(_bare(other), self.array))


for _name in ("add", "sub", "mul", "truediv", "pow", "eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Column, f"__{_name}__", _operator(_name))
for _name in ("add", "sub", "mul", "truediv"):
    setattr(Column, f"__r{_name}__", _reflected(_name))


def _bare(item: Any) -> Any:
    return item.array if isinstance(item, Column) else item


class Table:
    """A made-up table; its columns get the names that they are first asked for by."""

    def __init__(self, made: MadeUp, array: Any, names: list[Any]) -> None:
        self._made, self._array, self._names = made, array, names

    @property
    def values(self) -> Any:
        return self._array

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self._array.shape)

    @property
    def columns(self) -> list[Any]:
        return [f"column {k}" if name is None else name for k, name in enumerate(self._names)]

    @property
    def index(self) -> range:
        return range(len(self))

    @property
    def iloc(self) -> _Rows:
        return _Rows(self)

    loc = iloc

    def to_numpy(self, *_: Any, **__: Any) -> Any:
        return self._array

    def drop(self, labels: Any = None, axis: int = 0, columns: Any = None, **_: Any) -> Table:
        """Leave out columns; one that was not asked for before is taken for the last one."""
        gone = columns if columns is not None else labels if axis in (1, "columns") else []
        gone = [gone] if isinstance(gone, str) else list(gone)
        places = {self._place(name, last=True) for name in gone}
        kept = [k for k in range(len(self._names)) if k not in places]
        return Table(self._made, self._array[:, kept], [self._names[k] for k in kept])

    def _place(self, name: Any, last: bool = False) -> int:
        if name in self._names:
            return self._names.index(name)
        for k, column in enumerate(self.columns):
            if column == name:
                return k
        free = [k for k, known in enumerate(self._names) if known is None]
        if not free:
            more = self._made.array(self._made.features(len(self), 1))
            self._array = np.concatenate([self._array, more], axis=1)
            self._names.append(name)
            return len(self._names) - 1
        self._names[free[-1 if last else 0]] = name
        return free[-1 if last else 0]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, list):
            places = [self._place(name) for name in key]
            return Table(self._made, self._array[:, places], list(key))
        if isinstance(key, (str, int)):
            return Column(self._array[:, self._place(key)])
        return Table(self._made, self._array[_bare(key)], list(self._names))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._array = self._array.copy()
        place = self._place(key)
        self._array[:, place] = _bare(value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _SAME:
            return lambda *_, **__: self
        if name in _NOTHING:
            return lambda *_, **__: None
        return self[name]

    def __array__(self, *args: Any, **_: Any) -> Any:
        return np.array(np.asarray(self._array).view(np.ndarray), *args[:1])

    def __len__(self) -> int:
        return len(self._array)


class _Rows:
    """``table.iloc[rows, columns]``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        table = self._table
        if isinstance(columns, str):
            columns = table._place(columns)
        elif isinstance(columns, list) and columns and isinstance(columns[0], str):
            columns = [table._place(name) for name in columns]
        array = table._array[_bare(rows)][..., columns]
        if np.ndim(array) < 2:
            return Column(array) if np.ndim(array) else array
        names: list[Any] = [None] * array.shape[1]
        return Table(table._made, array, names)


def pandas_of(made: MadeUp) -> dict[str, Any]:
    """Return what scripts use of pandas."""

    def read(path: Any = "", *_: Any, **options: Any) -> Table:
        made.note(path)
        names = options.get("names")
        names = list(names) if isinstance(names, (list, tuple)) else [None] * made.width
        array = made.array(made.table(columns=max(2, len(names))))
        return Table(made, array[:, : len(names)], names)

    def frame(data: Any = None, *_: Any, **options: Any) -> Any:
        if isinstance(data, dict):
            columns = [np.asarray(_bare(each), float) for each in data.values()]
            return Table(made, made.array(np.column_stack(columns)), list(data))
        array = np.asarray(data)
        names = options.get("columns") or [None] * array.shape[-1]
        return Table(made, made.array(array), list(names))

    return {
        "read_csv": read, "read_table": read, "read_excel": read, "DataFrame": frame,
        "Series": lambda data, *_, **__: Column(made.array(np.asarray(data))),
        "get_dummies": lambda data, *_, **__: _one_hot(data),
    }  # fmt: skip


def _one_hot(labels: Any, *_: Any, **__: Any) -> Any:
    flat = np.asarray(labels).reshape(-1).astype(int)
    return Column(np.eye(int(flat.max()) + 1)[flat])


def keras_of(made: MadeUp) -> dict[str, Any]:
    """Return what scripts load images of digits with."""

    def load_data(*_: Any, **__: Any) -> Any:
        made.note("load_data()")
        halves = [(made.array(made.features(ROWS, 784).reshape(-1, 28, 28)),
                   made.array(made.labels(ROWS, 10))) for _ in "ab"]  # fmt: skip
        return tuple(halves)

    return {"load_data": load_data, "to_categorical": _one_hot}


def sklearn_of(made: MadeUp) -> dict[str, Any]:
    """Return what scripts use of scikit-learn: data sets, splits, scales."""

    def loaded(name: str, columns: int, classes: int, whole: bool = False) -> Callable[..., Any]:
        def load(*_: Any, return_X_y: bool = False, **__: Any) -> Any:
            made.note(name)
            x = made.array(made.features(ROWS, columns))
            y = made.array(made.features(ROWS, 1)[:, 0] if whole else made.labels(ROWS, classes))
            return (x, y) if return_X_y else Bunch(data=x, target=y, images=x,
                feature_names=[str(k) for k in range(columns)],
                target_names=[str(k) for k in range(classes)])  # fmt: skip

        return load

    def drawn(name: str, whole: bool = False) -> Callable[..., Any]:
        def draw(n_samples: Any = ROWS, n_features: int = 2, **options: Any) -> Any:
            made.note(name)
            rows = min(int(np.sum(n_samples)), 5 * ROWS)
            classes = options.get("centers") or options.get("n_classes") or 2
            classes = classes if isinstance(classes, int) else len(classes)
            x = made.array(made.features(rows, n_features) - 1.0)
            y = made.features(rows, 1)[:, 0] if whole else made.labels(rows, classes)
            return x, made.array(y)

        return draw

    def split(*arrays: Any, **_: Any) -> list[Any]:
        out = []
        for each in arrays:
            cut = max(1, len(each) * 3 // 4)
            out += [each[:cut], each[cut:]]
        return out

    sets: dict[str, tuple[int, int, bool]] = {
        "load_iris": (4, 3, False), "load_digits": (64, 10, False), "load_wine": (13, 3, False),
        "load_breast_cancer": (30, 2, False), "load_diabetes": (10, 2, True),
        "load_boston": (13, 2, True), "fetch_california_housing": (8, 2, True),
        "fetch_openml": (784, 10, False), "fetch_mldata": (784, 10, False),
    }  # fmt: skip
    found: dict[str, Any] = {name: loaded(name, *each) for name, each in sets.items()}
    found |= {name: drawn(name) for name in ("make_moons", "make_circles", "make_blobs",
              "make_classification", "make_gaussian_quantiles")}  # fmt: skip
    return found | {
        "make_regression": drawn("make_regression", whole=True), "train_test_split": split,
        "StandardScaler": _Scale, "MinMaxScaler": _Scale, "normalize": lambda x, *_, **__: x,
        "scale": lambda x, *_, **__: _Scale().fit_transform(x), "shuffle": lambda *x, **_: x,
        "OneHotEncoder": _Encoder, "LabelBinarizer": _Encoder, "LabelEncoder": _Same,
    }  # fmt: skip


class Bunch(dict[str, Any]):
    """A data set of scikit-learn: its parts by key and by attribute."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class _Same:
    """Something that is fitted to data and gives them back as they are."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def fit(self, *_: Any, **__: Any) -> Any:
        return self

    def transform(self, x: Any, *_: Any, **__: Any) -> Any:
        return x.values if isinstance(x, (Table, Column)) else x

    def fit_transform(self, x: Any, *_: Any, **__: Any) -> Any:
        return self.fit(x).transform(x)

    inverse_transform = transform


class _Scale(_Same):
    def fit(self, x: Any, *_: Any, **__: Any) -> Any:
        x = super().transform(x)
        self.mean, self.spread = x.mean(axis=0), x.std(axis=0) + 1e-3
        return self

    def transform(self, x: Any, *_: Any, **__: Any) -> Any:
        return (super().transform(x) - self.mean) / self.spread


class _Encoder(_Same):
    def transform(self, x: Any, *_: Any, **__: Any) -> Any:
        return _one_hot(super().transform(x))


__all__ = ["Bunch", "Column", "Table", "keras_of", "pandas_of", "sklearn_of"]
