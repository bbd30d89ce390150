"""Weights in a file: one .npz with every parameter by name, and the network's Spec as JSON."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impl.network.mlp import MLP
from impl.network.spec import Spec, build, specify

Array = NDArray[Any]
STATISTICS = ("running_mean", "running_var")


class WeightsError(ValueError):
    """A file does not hold the weights of a network; the message says which file and why."""


def save(path: str | Path, network: MLP) -> None:
    """Write parameters, running statistics and Spec. Raises OSError if that cannot be done."""
    arrays = dict(network.parameters)
    for name, values in network.statistics.items():
        arrays |= {f"{name}.{kind}": value for kind, value in zip(STATISTICS, values)}
    with Path(path).open("wb") as file:
        np.savez(file, spec=np.array(json.dumps(asdict(network.spec))), **arrays)  # type: ignore


def load_network(path: str | Path) -> MLP:
    """Return the network that ``save`` wrote. Nothing in the file is executed.

    Raises OSError if it cannot be read, WeightsError if it is something else or damaged.
    """
    arrays = _arrays(Path(path))
    try:
        spec = specify(**json.loads(str(arrays.pop("spec"))))
    except KeyError:
        raise WeightsError(f"{path}: it has no spec, so it was not saved by impl.network") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: its spec describes no network: {error}") from None
    _require_shapes(path, arrays, spec)
    dtype = np.result_type(np.float32, *arrays.values())
    network = MLP(**{**asdict(spec), "dtype": dtype})
    for name, value in network.parameters.items():
        value[...] = arrays[name]
    for name in network.statistics:
        mean, var = (arrays[f"{name}.{kind}"] for kind in STATISTICS)
        network.statistics[name] = (mean, var)
    return network


def _arrays(path: Path) -> dict[str, Array]:
    with path.open("rb") as file:
        try:
            loaded = np.load(file, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array")
            return {name: loaded[name] for name in loaded.files}
        except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise WeightsError(
                f"{path}: not a readable .npz file of weights ({error}); "
                "pass one that --save or impl.network.save wrote"
            ) from None


def _require_shapes(path: str | Path, arrays: Mapping[str, Array], spec: Spec) -> None:
    expected: dict[str, tuple[int, ...]] = {}
    for layer in build(spec):
        expected |= layer.shapes
        if layer.features:
            expected |= {f"{layer.name}.{kind}": (layer.features,) for kind in STATISTICS}
    if set(arrays) != set(expected):
        odd = sorted(set(arrays) ^ set(expected))[0]
        what = "is missing" if odd in expected else "belongs to no layer"
        raise WeightsError(f"{path}: {odd} {what}; save the network again")
    for name, shape in expected.items():
        array = arrays[name]
        if array.dtype not in (np.float32, np.float64) or array.shape != shape:
            raise WeightsError(
                f"{path}: {name} should be float32 or float64 of shape {shape}, "
                f"but is {array.dtype} of shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise WeightsError(f"{path}: {name} has infinite or NaN entries; train again")
        if name.endswith(STATISTICS[1]) and (array < 0).any():
            raise WeightsError(f"{path}: {name} has negative variances; train again")
