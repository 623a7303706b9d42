"""Cuts of the data: what was committed at one moment, as lines of text, hashed and kept.

A line is a JSON array: ["participant", {...}] or ["entry", {...}], participants first, in the
order of their codes; entries by form, participant, visit and number; then, where images are read
centrally, ["reading", {...}] with the last reading of each entry, unless the day of its images was
changed since. The database writes the text, so
the same rows give the same bytes.
"""

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection

from analysis.models import Snapshot
from crf import study
from reminet_site.clock import clinical_now, day_at, now
from reminet_site.context import ONE_MOMENT, Actor, acting
from reminet_site.errors import Refusal

PARTICIPANTS = """
SELECT json_build_array('participant', json_build_object(
    'id', p.id, 'code', p.code, 'centre', c.code, 'screened_on', p.screened_on,
    'randomised_on', CASE WHEN p.randomised_on <= %s THEN p.randomised_on END,
    'randomisation_number', CASE WHEN p.randomised_on <= %s THEN p.randomisation_number END,
    'strata', CASE WHEN p.randomised_on <= %s THEN a.strata END, 'corrected', s.corrected))::text
  FROM crf_participant p JOIN reminet_site_centre c ON c.id = p.centre_id
  LEFT JOIN randomisation_allocation a ON a.participant_id = p.id
  LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(k.factor, k.corrected ORDER BY k.id) AS corrected
      FROM randomisation_stratacorrection k WHERE k.participant_id = p.id) s ON true
 WHERE p.screened_on <= %s ORDER BY p.code
"""
ENTRIES = """
SELECT json_build_array('entry', json_build_object(
    'id', e.id, 'participant', p.code, 'form', e.form, 'visit', e.visit, 'number', e.number,
    'version', e.version, 'definition', e.definition_id, 'date', e.visit_date,
    'saved_at', to_char(e.saved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'derived', e.derived, 'data', e.data, 'confirmed',
    CASE WHEN e.comments <> '{}' THEN (SELECT jsonb_agg(k ORDER BY k)
                                         FROM jsonb_object_keys(e.comments) k) END))::text
  FROM crf_entry e JOIN crf_participant p ON p.id = e.participant_id
 WHERE p.screened_on <= %s AND (e.visit_date IS NULL OR e.visit_date <= %s)
 ORDER BY e.form, p.code, e.visit, e.number
"""
READINGS = """
SELECT json_build_array('reading', json_build_object(
    'id', r.id, 'participant', p.code, 'entry', e.id, 'form', e.form, 'visit', e.visit,
    'number', e.number, 'imaging_on', r.imaging_on, 'response', r.response,
    'new_lesions', r.new_lesions, 'sum_mm', r.sum_mm, 'comment', r.comment, 'readings', n.readings,
    'read_at', to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))::text
  FROM (SELECT entry_id, max(id) AS last, count(*) AS readings
          FROM crf_centralreading GROUP BY entry_id) n
  JOIN crf_centralreading r ON r.id = n.last
  JOIN crf_entry e ON e.id = r.entry_id JOIN crf_participant p ON p.id = e.participant_id
 WHERE p.screened_on <= %s AND r.imaging_on = e.visit_date AND r.imaging_on <= %s
 ORDER BY p.code, r.imaging_on, e.visit, e.number
"""
COUNTS = """
SELECT 'participants', count(*) FROM crf_participant WHERE screened_on <= %s
UNION ALL
SELECT e.form, count(*) FROM crf_entry e JOIN crf_participant p ON p.id = e.participant_id
 WHERE p.screened_on <= %s AND (e.visit_date IS NULL OR e.visit_date <= %s) GROUP BY e.form
UNION ALL
SELECT 'central_readings', count(*)
  FROM (SELECT DISTINCT ON (entry_id) entry_id, imaging_on
          FROM crf_centralreading ORDER BY entry_id, id DESC) r
  JOIN crf_entry e ON e.id = r.entry_id JOIN crf_participant p ON p.id = e.participant_id
 WHERE p.screened_on <= %s AND r.imaging_on = e.visit_date AND r.imaging_on <= %s
HAVING count(*) > 0
UNION ALL
SELECT e.form || '.' || g.key, sum(jsonb_array_length(g.value))
  FROM crf_entry e JOIN crf_participant p ON p.id = e.participant_id
  CROSS JOIN LATERAL jsonb_each(e.data) g
 WHERE p.screened_on <= %s AND (e.visit_date IS NULL OR e.visit_date <= %s)
   AND jsonb_typeof(g.value) = 'array' AND jsonb_typeof(g.value -> 0) = 'object'
 GROUP BY e.form, g.key
"""
PARTS = (("participants", PARTICIPANTS), ("entries", ENTRIES), ("readings", READINGS))
BATCH = 2000


@contextmanager
def one_moment(actor: Actor) -> Iterator[None]:
    """A transaction in which every statement sees the same committed data."""
    if connection.in_atomic_block:
        with acting(actor):
            yield
        return
    with acting(actor, with_first=True, such=ONE_MOMENT):
        yield


def take(*, by: Actor, user_id: int | None = None, cutoff_on: date | None = None) -> Snapshot:
    """The data are cut at this moment; without `cutoff_on` up to today's clinical date."""
    with one_moment(by):
        at = clinical_now()
        today = day_at(at, None)
        on = cutoff_on or today
        if on > today:
            raise Refusal(f"The cut-off {on} lies after today.", item="cutoff_on")
        content, sha256 = written(on)
        return Snapshot.objects.create(
            data_at=at,
            cutoff_on=on,
            definition_sha256=study.current().definition.sha256,
            sha256=sha256,
            counts=counted(on),
            content=content,
            taken_at=now(),
            taken_by_id=user_id,
        )


def written(on: date) -> tuple[bytes, str]:
    """All lines up to `on`, compressed, and the SHA-256 of the text."""
    found, packed = hashlib.sha256(), io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        for line in lines(on):
            found.update(line)
            file.write(line)
    return packed.getvalue(), found.hexdigest()


def lines(on: date) -> Iterator[bytes]:
    """Read through a cursor of the server, so that memory does not grow with the trial."""
    for name, sql in PARTS:
        cursor = connection.connection.cursor(name=f"cut_{name}")
        with cursor:
            cursor.itersize = BATCH
            cursor.execute(sql, [on] * sql.count("%s"))
            for (text,) in cursor:
                yield text.encode() + b"\n"


def counted(on: date) -> dict[str, int]:
    """Rows of participants, of each form and of its repeating groups ("RECIST.targets"), and of
    entries with a central reading, counted by the database."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [on] * COUNTS.count("%s"))
        return {name: int(rows) for name, rows in sorted(cursor.fetchall())}


def read(snapshot: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, row) of each line, in order; refused where the text is not what was hashed."""
    found = hashlib.sha256()
    with gzip.GzipFile(fileobj=io.BytesIO(bytes(snapshot.content))) as file:
        for line in file:
            found.update(line)
            kind, row = json.loads(line)
            yield kind, row
    if found.hexdigest() != snapshot.sha256:
        raise Refusal(f"The cut {snapshot.code} is not what was hashed; nothing is made of it.")
