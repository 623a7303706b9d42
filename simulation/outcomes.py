"""The outcome profiles that a demonstration ends in: one synthetic participant a row.

Columns: arm (LAN or PBO), mitt (1 in the evaluable set), pfs_days, pfs_event, os_days, os_event.
Days are whole days since randomisation, which is day 0. Pure: no Django, no clock.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ARMS = ("LAN", "PBO")
COLUMNS = ("arm", "mitt", "pfs_days", "pfs_event", "os_days", "os_event")
OWN_FILE = Path(__file__).parent / "data" / "outcomes.csv"
LONGEST = 7305  # days: twenty years, more than any follow-up of this disease
MOST = 2000  # participants


@dataclass(frozen=True, slots=True)
class Outcome:
    """One profile; `line` is its line in the file."""

    arm: str
    mitt: bool
    pfs_days: int
    pfs_event: bool
    os_days: int
    os_event: bool
    line: int = 0

    @property
    def dies_without_progression(self) -> bool:
        """The PFS event is the death itself."""
        return self.pfs_event and self.os_event and self.pfs_days == self.os_days

    @property
    def progresses(self) -> bool:
        """The PFS event is a progression seen on imaging."""
        return self.pfs_event and not self.dies_without_progression

    @property
    def treated_before_event(self) -> bool:
        """Dies, yet is censored for PFS: only another treatment before the event explains it."""
        return self.os_event and not self.pfs_event


class BadOutcomes(ValueError):
    """Why a file is refused: a sentence that names the line."""


def read(path: Path) -> tuple[Outcome, ...]:
    """The profiles of a file; BadOutcomes at the first row that no participant can have."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadOutcomes(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadOutcomes(f"{path} is not UTF-8 text.") from None
    return parse(text)


def parse(text: str) -> tuple[Outcome, ...]:
    """The profiles of a text; line 1 is the heading."""
    rows = csv.reader(io.StringIO(text), strict=True)
    found: list[Outcome] = []
    try:
        heading = [name.strip() for name in next(rows, [])]
        places = _places(heading)
        for cells in rows:
            if any(cell.strip() for cell in cells):
                found.append(_row(cells, places, len(heading), rows.line_num))
    except csv.Error as error:
        raise BadOutcomes(f"Line {rows.line_num}: not CSV ({error}).") from None
    if not found:
        raise BadOutcomes("The file has no participant: a heading and at least one row are needed.")
    if len(found) > MOST:
        raise BadOutcomes(f"The file has {len(found)} participants; {MOST} at most.")
    return tuple(found)


def _places(heading: Sequence[str]) -> dict[str, int]:
    missing = [name for name in COLUMNS if name not in heading]
    if missing:
        raise BadOutcomes(
            f"Line 1: column {missing[0]} is missing. The heading reads {','.join(COLUMNS)}."
        )
    twice = [name for name in COLUMNS if heading.count(name) > 1]
    if twice:
        raise BadOutcomes(f"Line 1: column {twice[0]} stands twice.")
    return {name: heading.index(name) for name in COLUMNS}


def _row(cells: Sequence[str], places: dict[str, int], width: int, line: int) -> Outcome:
    if len(cells) != width:
        raise BadOutcomes(f"Line {line}: {len(cells)} cells, not {width}.")
    value = {name: cells[place].strip() for name, place in places.items()}
    if value["arm"] not in ARMS:
        raise BadOutcomes(f"Line {line}: arm is {value['arm']!r}, not LAN or PBO.")
    outcome = Outcome(
        arm=value["arm"],
        mitt=_flag(value["mitt"], "mitt", line),
        pfs_days=_days(value["pfs_days"], "pfs_days", line),
        pfs_event=_flag(value["pfs_event"], "pfs_event", line),
        os_days=_days(value["os_days"], "os_days", line),
        os_event=_flag(value["os_event"], "os_event", line),
        line=line,
    )
    refusal = contradiction(outcome)
    if refusal:
        raise BadOutcomes(f"Line {line}: {refusal}")
    return outcome


def _flag(text: str, name: str, line: int) -> bool:
    if text not in ("0", "1"):
        raise BadOutcomes(f"Line {line}: {name} is {text!r}, not 0 or 1.")
    return text == "1"


def _days(text: str, name: str, line: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise BadOutcomes(f"Line {line}: {name} is {text!r}, not a whole number of days from 0 on.")
    if int(text) > LONGEST:
        raise BadOutcomes(f"Line {line}: {name} is {text}; {LONGEST} days at most.")
    return int(text)


def contradiction(one: Outcome) -> str:
    """Why no participant can have this profile under the protocol; "" where one can."""
    if one.os_days < one.pfs_days:
        return (
            f"os_days {one.os_days} is before pfs_days {one.pfs_days}: "
            "a participant is known to be alive as long as free of progression."
        )
    if one.progresses and one.pfs_days == 0:
        return "a progression on day 0, the day of randomisation, is a data error."
    if one.treated_before_event and one.os_days - one.pfs_days < (2 if one.pfs_days else 1):
        return (
            f"the death on day {one.os_days} is a PFS event (pfs_event 1): no day is left for "
            "another treatment between it and the last assessment."
        )
    if one.mitt and one.pfs_days == 0 and not one.pfs_event:
        return (
            "mitt is 1 without a tumour assessment after day 0 and without a PFS event; "
            "such a participant is outside the evaluable set."
        )
    if not one.mitt and (one.pfs_days > 0 or one.pfs_event):
        return (
            "mitt is 0 with a tumour assessment after baseline or a PFS event; "
            "such a participant belongs to the evaluable set."
        )
    return ""


def of_arm(outcomes: Sequence[Outcome], arm: str) -> tuple[Outcome, ...]:
    return tuple(one for one in outcomes if one.arm == arm)
