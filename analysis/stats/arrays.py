"""What the statistics take: whole days and flags, checked once at the door."""

from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# Up to this span of values, or four a row, counting beats sorting.
DENSE_SPAN = 100_000


def whole_days(days: npt.ArrayLike) -> Integers:
    """`days` as a flat array of int64, one per participant.

    Raises ValueError where a value is negative, missing or not a whole number.
    """
    values: npt.NDArray[Any] = np.asarray(days)
    if values.size == 0:
        return np.zeros(0, dtype=np.int64)
    if values.ndim != 1:
        raise ValueError("Days come as a flat list, one number per participant.")
    if values.dtype.kind not in "iu":
        values = _whole(values)
    if values.min() < 0:
        raise ValueError(f"A time of {values.min()} days: no time is before randomisation.")
    return values.astype(np.int64, copy=False)


def _whole(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Integers typed as floats, refused where that would lose anything."""
    if values.dtype.kind != "f" or not np.all(np.isfinite(values)):
        raise ValueError("Every time is a whole number of days; none may be missing.")
    rounded = np.rint(values)
    if not np.array_equal(rounded, values):
        raise ValueError("Every time is a whole number of days; a fraction was given.")
    whole: Integers = rounded.astype(np.int64)
    return whole


def flags(events: npt.ArrayLike, n: int) -> Flags:
    """`events` as a flat array of booleans of length `n` (True or 1: the event happened).

    Raises ValueError where the length differs or a value is neither 0 nor 1.
    """
    values: npt.NDArray[Any] = np.asarray(events)
    if values.size == 0 and n == 0:
        return np.zeros(0, dtype=np.bool_)
    if values.shape != (n,):
        raise ValueError(f"{n} times but {values.size} event flags.")
    if values.dtype.kind == "b":
        return values
    if values.dtype.kind not in "iuf" or not np.all((values == 0) | (values == 1)):
        raise ValueError("An event flag is 0 or 1.")
    return values.astype(np.bool_)


def ranks(values: Integers) -> tuple[Integers, Integers]:
    """The distinct values (>= 0), ascending, and for each row the index of its value. Counts
    where the values span little (as days do), sorts where they span much."""
    if values.size == 0:
        return values, values
    span = int(values.max()) + 1
    if span > max(DENSE_SPAN, 4 * values.size):
        distinct, index = np.unique(values, return_inverse=True)
        return distinct, index.astype(np.int64, copy=False)
    present = np.zeros(span, dtype=np.bool_)
    present[values] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[values]


def codes(labels: npt.ArrayLike, n: int) -> tuple[tuple[str, ...], Integers]:
    """The distinct labels, sorted, as text, and for each of `n` rows the index of its label."""
    values: npt.NDArray[Any] = np.asarray(labels)
    if values.shape != (n,) and not (values.size == 0 and n == 0):
        raise ValueError(f"{n} times but {values.size} group labels.")
    if values.dtype.kind == "b":
        distinct, index = ranks(values.astype(np.int64))
        return tuple(str(bool(value)) for value in distinct), index
    names, index = np.unique(values, return_inverse=True)
    return tuple(str(name) for name in names), index.astype(np.int64, copy=False)


def number(value: float) -> float | None:
    """`value` as a plain float, None where it is NaN or infinite."""
    plain = float(value)
    return plain if np.isfinite(plain) else None
