"""Entries of results: files named for a function and the values that it was given."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, is_dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype

_DIGEST_BYTES = 32
_MASKED = pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray
_TABLES = pd.DataFrame, pd.Series, pd.Index, ExtensionArray, ExtensionDtype, np.ndarray, np.dtype
_BUILDERS = frozenset(
    {
        ("builtins", "slice"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("pandas", "NA"),
        ("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked"),
        ("pandas._libs.internals", "_unpickle_block"),
        ("pandas.core.indexes.base", "_new_Index"),
        ("pandas.core.internals.managers", "BlockManager"),
        ("pandas.core.internals.managers", "SingleBlockManager"),
    }
)
"""What tables are rebuilt with."""


@dataclass
class Entries:
    """Results of a section in a folder; those of its earlier executions and of other sections lie beside it.

    Attributes
    ----------
    is_computing : bool
        Whether a result is being computed; what is called for it needs no entry of its own.
    """

    folder: Path
    is_computing: bool = False

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Compute a result."""
        self.is_computing = True
        try:
            yield
        finally:
            self.is_computing = False

    def find(self, key: str) -> object | None:
        """Return a result, or nothing where there is none that is whole."""
        for folder in sorted(self.folder.parent.glob("*")):
            file = folder / key
            # Whatever is wrong with a file, its result can be computed.
            with suppress(Exception):
                content = file.read_bytes()
                digest, pickled = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
                if _digest(pickled) == digest:
                    result = _Reader(io.BytesIO(pickled)).load()
                    self._take(file)
                    return result
        return None

    def _take(self, file: Path) -> None:
        """Let a result stay when the folder that holds it goes."""
        with suppress(OSError):
            (self.folder / file.name).hardlink_to(file)

    def keep(self, key: str, result: object) -> None:
        """Keep a result if it can be kept and there is room; what is not whole, `find` does not take for one."""
        with suppress(OSError, pickle.PicklingError, AttributeError, TypeError):
            pickled = pickle.dumps(result, protocol=5)
            (self.folder / key).write_bytes(_digest(pickled) + pickled)


def make_key(name: str, args: tuple, kwargs: Mapping[str, object]) -> str | None:
    """Return the name of the entry of a call: calls of a function with equal values have the same.

    Nothing is returned where an argument is no value, as a function made in a notebook.

    Examples
    --------
    >>> make_key("f", (1,), {"by": "year"}) == make_key("f", (1,), {"by": "year"})
    True
    >>> make_key("f", (1,), {"by": "year"}) == make_key("f", (1.0,), {"by": "year"})
    False
    """
    stream = io.BytesIO()
    try:
        _Writer(stream).dump((name, args, sorted(kwargs.items())))
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    return _digest(stream.getbuffer()).hex()


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).digest()


class _Writer(pickle.Pickler):
    """Writes equal values as equal bytes, however they came about and whatever memory they share."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=5)
        # Without it, a text that stands in two cells is written otherwise where both are one object.
        self.fast = True

    def reducer_override(self, value: object):
        if isinstance(value, pd.DataFrame):
            return list, (["frame", value.columns, value.index, [column.array for _, column in value.items()]],)
        if isinstance(value, pd.Series):
            return list, (["series", value.name, value.index, value.array],)
        if isinstance(value, pd.Index):
            return list, ([type(value).__name__, value.names, value.array],)
        if isinstance(value, np.ndarray):
            cells = value.ravel().tolist() if value.dtype.hasobject else np.ascontiguousarray(value).tobytes()
            return list, (["array", value.dtype.str, value.shape, cells],)
        if isinstance(value, _MASKED):
            # What lies under the mask is whatever memory held.
            cells = value.to_numpy(dtype=value.dtype.numpy_dtype, na_value=0)
            return list, ([str(value.dtype), value.isna(), cells],)
        return NotImplemented


class _Reader(pickle.Unpickler):
    """Reads tables and what the library defines for results; anything else that a file asks for is not run."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _BUILDERS:
            return super().find_class(module, name)
        package = module.partition(".")[0]
        found = super().find_class(module, name) if package in ("ctresearch", "numpy", "pandas") else None
        is_own = package == "ctresearch" and is_dataclass(found)
        if isinstance(found, type) and (is_own or issubclass(found, _TABLES)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a result")
