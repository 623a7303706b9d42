"""How long a stock lasts and what of it expires unused, if as many are given as lately.

Kits are counted whatever they hold: neither figure depends on a content.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta


def days_left(sure: int, given: int, days: int) -> int | None:
    """Days until `sure` kits are given, at `given` in `days` days; None where none is given."""
    return sure * days // given if given else None


def unused(
    expiries: Mapping[date, int], given: int, days: int, today: date, until: date
) -> tuple[int, date | None]:
    """Kits that expire by `until` before anybody needs them, and the first such day.

    `expiries`: day -> kits. The earliest are given first; one kit covers `days` days, so it must
    be begun so many days before it expires. `given` kits in `days` days are needed.
    """
    taken = left = 0
    first = None
    for day, count in sorted(expiries.items()):
        if day > until:
            break
        begun_in = (day - timedelta(days=days) - today).days + 1
        needed = max(0, given * begun_in // days)
        now_taken = min(count, max(0, needed - taken))
        taken += now_taken
        if now_taken < count:
            left += count - now_taken
            first = first or day
    return left, first
