"""A list made elsewhere: read whole or refused whole.

The file is CSV with the columns `number`, `arm` and, where the plan parts the list, one column
for each factor of `stratified_by`. Rows stand in the order of allocation within their stratum.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from randomisation.methods.plan import Decision, Plan, check_levels

LARGEST = 5_000_000  # bytes: a hundred thousand places and more


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the list: `position` counts from 1 within the stratum."""

    number: str
    stratum: str
    position: int
    arm: str


@dataclass(frozen=True, slots=True)
class ImportedList:
    """A list without defects, and the SHA-256 of the bytes it was read from."""

    places: tuple[Place, ...]
    sha256: str


class ListDefect(ValueError):
    """Why a list is refused; `line` is the line of the file, 1 the heading, None the whole."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence if line is None else f"Line {line}: {sentence}")
        self.line = line


def parse(
    data: bytes,
    *,
    plan: Plan,
    ratio: Sequence[int],
    sha256: str,
    levels: Mapping[str, Sequence[str]] | None = None,
) -> ImportedList:
    """The list in `data`, UTF-8.

    `ratio` is the split that the list must show, whole and in each stratum, in the order of the
    plan's arms; `sha256` the fingerprint its maker gave; `levels` the known levels of factors
    that the plan leaves open. Raises ListDefect at the first defect.
    """
    if len(data) > LARGEST:
        raise ListDefect(f"The file is larger than {LARGEST:,} bytes.")
    found = hashlib.sha256(data).hexdigest()
    if found != sha256.strip().lower():
        raise ListDefect(f"The file's SHA-256 is {found}, not the one announced.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListDefect("The file is not UTF-8 text.") from error
    places = _read(text, plan, dict(levels or {}))
    _check_ratio(places, plan, ratio)
    return ImportedList(tuple(places), found)


def _read(text: str, plan: Plan, levels: Mapping[str, Sequence[str]]) -> list[Place]:
    rows = csv.reader(io.StringIO(text), strict=True)
    expected = ["number", *plan.stratified_by, "arm"]
    places: list[Place] = []
    first: dict[str, int] = {}
    filled: Counter[str] = Counter()
    try:
        if [name.strip() for name in next(rows, [])] != expected:
            raise ListDefect(f"The heading must read {','.join(expected)}.", 1)
        for row in rows:
            number, *strata, arm = _cells(row, expected, rows.line_num)
            _check_row(plan, levels, strata, arm, rows.line_num)
            if number in first:
                raise ListDefect(
                    f"Number {number} stands already in line {first[number]}.", rows.line_num
                )
            first[number] = rows.line_num
            stratum = "/".join(strata)
            filled[stratum] += 1
            places.append(Place(number, stratum, filled[stratum], arm))
    except csv.Error as error:
        raise ListDefect(
            "The line is not CSV: a quotation mark is left open, or a cell has no end.",
            rows.line_num,
        ) from error
    if not places:
        raise ListDefect("The list has no row.")
    return places


def _cells(row: Sequence[str], expected: Sequence[str], line: int) -> list[str]:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(expected):
        raise ListDefect(f"{len(cells)} cells, not {len(expected)}.", line)
    if not cells[0]:
        raise ListDefect("The number is blank.", line)
    return cells


def _check_row(
    plan: Plan, levels: Mapping[str, Sequence[str]], strata: Sequence[str], arm: str, line: int
) -> None:
    if not arm:
        raise ListDefect("The arm is blank.", line)
    if arm not in plan.arms:
        raise ListDefect(f"The plan has no arm {arm!r}.", line)
    for name, level in zip(plan.stratified_by, strata, strict=True):
        known = plan.factor(name).levels or tuple(levels.get(name, ()))
        if level not in known:
            raise ListDefect(f"{name} has no level {level!r}.", line)


def _check_ratio(places: Sequence[Place], plan: Plan, ratio: Sequence[int]) -> None:
    if len(ratio) != len(plan.arms) or min(ratio) < 1:
        raise ListDefect("The ratio announced gives one whole number, 1 or more, for each arm.")
    by_stratum: dict[str, Counter[str]] = {}
    for place in places:
        by_stratum.setdefault(place.stratum, Counter())[place.arm] += 1
    whole = sum(ratio)
    for stratum, counts in by_stratum.items():
        size = counts.total()
        if any(
            counts[arm] * whole != share * size for arm, share in zip(plan.arms, ratio, strict=True)
        ):
            where = f"Stratum {stratum}" if stratum else "The list"
            raise ListDefect(f"{where} does not keep the ratio {':'.join(map(str, ratio))}.")


def decide(plan: Plan, place: Place, levels: Mapping[str, str]) -> Decision:
    """The arm that stands at the stratum's next place."""
    check_levels(plan, levels)
    return Decision(
        arm=place.arm,
        probabilities=tuple(Fraction(int(arm == place.arm)) for arm in plan.arms),
        basis={"list_number": place.number, "position": place.position},
    )
