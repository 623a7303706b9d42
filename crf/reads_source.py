"""What was compared with the source. Of each entry the last check counts, at its version."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F

from crf.models import Draft, Entry, Participant, SourceCheck
from crf.reads import Place
from reminet_site.models import Centre
from reminet_site.statements import prepared

COUNTED = """
SELECT count(*) FILTER (WHERE s.verified AND s.version = e.version), count(*)
  FROM crf_entry e
  LEFT JOIN LATERAL (SELECT c.verified, c.version FROM crf_sourcecheck c
                      WHERE c.entry_id = e.id ORDER BY c.id DESC LIMIT 1) s ON true
 WHERE e.centre_id = %s
"""


# What a page of the casebook shows beside the entry, in one statement: the reader's own draft, and
# the last check of the entry.
BESIDE = """
SELECT d.id, d.raw, d.base_version, d.saved_at, d.typed_in,
       c.id, c.version, c.verified, c.at, u.name
  FROM (SELECT) one
  LEFT JOIN crf_draft d ON d.participant_id = %s AND d.visit = %s AND d.form = %s
                       AND d.number = %s AND d.user_id = %s
  LEFT JOIN LATERAL (SELECT * FROM crf_sourcecheck c WHERE c.entry_id = %s
                      ORDER BY c.id DESC LIMIT 1) c ON true
  LEFT JOIN reminet_site_user u ON u.id = c.by_id
"""


@dataclass(frozen=True, slots=True)
class Check:
    """The last word of a monitor on an entry."""

    version: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Beside:
    """`check` is None where nobody looked, or took it back."""

    draft: Draft | None
    check: Check | None


def beside(place: Place, user_id: int | None) -> Beside:
    entry = place.entry.pk if place.entry else None
    here = [place.participant.pk, place.visit, place.form, place.number]
    with prepared() as cursor:
        cursor.execute(BESIDE, [*here, user_id, entry])
        row = cursor.fetchone()
    draft_id, raw, base, saved_at, typed_in, *looked = row
    check_id, version, verified, at, by = looked
    draft = None
    if draft_id:
        draft = Draft(
            id=draft_id,
            participant=place.participant,
            centre_id=place.participant.centre_id,
            visit=place.visit,
            form=place.form,
            number=place.number,
            user_id=user_id,
            raw=json.loads(raw),
            base_version=base,
            saved_at=saved_at,
            typed_in=typed_in,
        )
    return Beside(draft, Check(version, at, by or "") if check_id and verified else None)


def is_verified(entry: Entry) -> bool:
    last = SourceCheck.objects.filter(entry=entry).order_by("-id").first()
    return last is not None and last.verified and last.version == entry.version


def verified_versions(participant: Participant) -> dict[int, int]:
    """Entry -> the version at which it agrees with the source; one statement."""
    checks = SourceCheck.objects.filter(participant=participant).order_by("entry_id", "-id")
    last = checks.distinct("entry_id").values_list("entry_id", "version", "verified")
    return {entry: version for entry, version, verified in last if verified}


def not_verified(
    participant: Participant, *, after: Entry | None = None
) -> list[tuple[str, str, int]]:
    """(visit, form, number) of the entries that nobody verified as they stand, by day; those that
    come after one entry first, then the others from the beginning."""
    agreed = verified_versions(participant)
    found = Entry.objects.filter(participant=participant).order_by(
        F("visit_date").asc(nulls_last=True), "visit", "form", "number"
    )
    rows = list(found.values_list("id", "version", "visit", "form", "number"))
    at = next((place for place, row in enumerate(rows) if after and row[0] == after.pk), -1)
    turned = rows[at + 1 :] + rows[: at + 1]
    return [(v, f, n) for pk, version, v, f, n in turned if agreed.get(pk) != version]


def counted(centre: Centre) -> tuple[int, int]:
    """(entries that are verified as they stand, entries) of a centre; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [centre.pk])
        verified, entries = cursor.fetchone()
    return verified, entries
