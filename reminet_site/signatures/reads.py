"""Signatures as people see them: printed name, time, meaning, and whether they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.clock import apart
from reminet_site.roles import role_words
from reminet_site.signatures.binding import holds
from reminet_site.signatures.models import Signature

SHOWN = 200
# What is signed, where the record is no code that people read; then its number, if it has several.
WHAT = {
    "lock": gettext_noop("Data of the trial"),
    "opening": gettext_noop("Blind of the trial"),
    "unblinding": gettext_noop("Unblinding"),
    "recommendation": gettext_noop("Recommendation after look"),
    "redaction": gettext_noop("Redaction"),
    "role": gettext_noop("Request for a role"),
}
ONE = ("lock", "opening")  # of the trial, whose record is a row of its course
ALTERED = """
SELECT s.id FROM reminet_site_signature s
 WHERE NOT EXISTS (
    SELECT FROM audit.trail t
     WHERE t.relation = 'reminet_site_signature' AND t.row_id = s.id::text
       AND t.item = '#sha256' AND t.act = 'create' AND t.new = s.sha256
       AND t.user_id = s.by_id AND t.participant_id IS NOT DISTINCT FROM s.participant_id)
 ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature on a page. `record` and `participant` say what it stands on."""

    pk: int
    kind: str
    record: str
    name: str
    role: str
    at: datetime
    clinical_at: datetime
    meaning: str
    holds: bool
    replaced: bool  # the same thing was signed again later
    outlived: bool  # the same thing stands again as an earlier signature has it

    @property
    def what(self) -> str:
        """In words and number; which way (locked or opened, asked or agreed), the meaning says."""
        words = _(WHAT[self.kind])
        return words if self.kind in ONE else f"{words} {self.record.split()[0]}"

    @property
    def apart(self) -> bool:
        return apart(self.at, self.clinical_at)


def signed(*kinds: str, **where: Any) -> tuple[Signed, ...]:
    """The signatures of these kinds that the actor may see, oldest first."""
    return lines(list(Signature.objects.filter(kind__in=kinds, **where)))


def newest() -> tuple[Signed, ...]:
    """Judged beside all others of the same things, however old."""
    last = list(Signature.objects.order_by("-id")[:SHOWN])
    known = {one.pk: one for one in lines(list(of_the_same(last)))}
    return tuple(known[one.pk] for one in last)


def of_the_same(some: Sequence[Signature]) -> QuerySet[Signature]:
    return Signature.objects.filter(
        kind__in={one.kind for one in some}, record__in={one.record for one in some}
    ).order_by("id")


def broken() -> tuple[Signed, ...]:
    """Of each thing of which no signature holds any more, the last one."""
    found = lines(list(Signature.objects.order_by("id")))
    last = {(one.kind, one.record): one for one in found}
    good = {(one.kind, one.record) for one in found if one.holds}
    return tuple(one for key, one in last.items() if key not in good)


def altered() -> list[int]:
    """Signatures whose row is not the one that the audit trail saw being made."""
    with connection.cursor() as cursor:
        cursor.execute(ALTERED)
        return [pk for (pk,) in cursor.fetchall()]


def lines(found: Sequence[Signature]) -> tuple[Signed, ...]:
    good = dict(zip(found, holds(found), strict=True))
    last: dict[tuple[str, str], int] = {}
    standing: set[tuple[str, str]] = set()
    for one in found:
        last[one.kind, one.record] = max(one.pk, last.get((one.kind, one.record), 0))
        if good[one]:
            standing.add((one.kind, one.record))
    return tuple(
        Signed(
            pk=one.pk,
            kind=one.kind,
            record=one.record,
            name=one.name,
            role=role_words(one.role),
            at=one.at,
            clinical_at=one.clinical_at,
            meaning=one.meaning,
            holds=good[one],
            replaced=one.pk < last[one.kind, one.record],
            outlived=not good[one] and (one.kind, one.record) in standing,
        )
        for one in found
    )
