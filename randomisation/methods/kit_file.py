"""A delivery of kits: numbers, contents, expiry; and what about it would tell the arm.

The file is CSV with the columns `number,arm,expires_on`. Whoever sees numbers and expiry dates
must learn nothing of the contents: an expiry that one arm alone has, or numbers in the order of
the arms, would tell them.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LIMIT = 4.0  # standard deviations
LARGEST = 2_000_000  # bytes: fifty thousand kits and more


@dataclass(frozen=True, slots=True)
class NewKit:
    number: str
    arm: str
    expires_on: date


class KitDefect(ValueError):
    """Why a delivery is refused."""


def read(data: bytes) -> list[NewKit]:
    """The kits of a file as it lies on disk; a file that is too large or no text is refused."""
    if len(data) > LARGEST:
        raise KitDefect(f"The file is larger than {LARGEST:,} bytes. Split the delivery.")
    try:
        return parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise KitDefect("The file is not UTF-8 text.") from None
    except csv.Error:
        raise KitDefect("The file is not CSV: a quotation mark is left open.") from None


def parse(text: str) -> list[NewKit]:
    """The kits of a file; KitDefect with the line at the first defect."""
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    if [name.strip() for name in next(rows, [])] != ["number", "arm", "expires_on"]:
        raise KitDefect("Line 1: The heading must read number,arm,expires_on.")
    kits = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        if len(cells) != 3 or not all(cells):
            raise KitDefect(f"Line {rows.line_num}: three cells are needed, none of them blank.")
        try:
            expires = date.fromisoformat(cells[2])
        except ValueError:
            raise KitDefect(
                f"Line {rows.line_num}: {cells[2]} is not a date. Write it as 2020-08-31."
            ) from None
        kits.append(NewKit(cells[0], cells[1], expires))
    return kits


def check_kits(kits: Sequence[NewKit], arms: Sequence[str]) -> None:
    """Refuse a delivery that tells something, or that cannot be used."""
    if not kits:
        raise KitDefect("The delivery holds no kit.")
    for kit in kits:
        if kit.arm not in arms:
            raise KitDefect(f"Kit {kit.number}: the plan has no such arm.")
        if not kit.number.isalnum() or len(kit.number) != len(kits[0].number):
            raise KitDefect(f"Kit {kit.number}: numbers are letters and digits, of one length.")
    for expiry in sorted({kit.expires_on for kit in kits}):
        if {kit.arm for kit in kits if kit.expires_on == expiry} != set(arms):
            raise KitDefect(
                f"Expiry {expiry}: the kits of this expiry hold fewer than all arms, so that the "
                "date would tell the arm. Deliver every expiry for every arm."
            )
    for arm in arms:
        if abs(order_statistic(kits, arm)) > LIMIT or abs(runs_statistic(kits, arm)) > LIMIT:
            raise KitDefect("The order of the numbers tells the arm. Number the kits by chance.")


def order_statistic(kits: Sequence[NewKit], arm: str) -> float:
    """Wilcoxon's rank sum of the arm's numbers, as a standard normal deviate."""
    ordered = sorted(kits, key=lambda kit: kit.number)
    ranks = [rank for rank, kit in enumerate(ordered, start=1) if kit.arm == arm]
    n, m = len(ranks), len(kits) - len(ranks)
    if not n or not m:
        return 0.0
    mean = n * (n + m + 1) / 2
    return (sum(ranks) - mean) / math.sqrt(n * m * (n + m + 1) / 12)


def runs_statistic(kits: Sequence[NewKit], arm: str) -> float:
    """Wald and Wolfowitz' number of runs, as a standard normal deviate."""
    marks = [kit.arm == arm for kit in sorted(kits, key=lambda kit: kit.number)]
    n, m = sum(marks), len(marks) - sum(marks)
    size = n + m
    if n < 2 or m < 2:
        return 0.0
    runs = 1 + sum(a != b for a, b in itertools.pairwise(marks))
    mean = 1 + 2 * n * m / size
    variance = (mean - 1) * (mean - 2) / (size - 1)
    return (runs - mean) / math.sqrt(variance) if variance > 0 else 0.0
