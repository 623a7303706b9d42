"""One page of a casebook and everything that its checks look at, in one statement."""

import json
from typing import Any

from django.utils.translation import gettext as _

from crf import study
from crf.models import Entry, Participant
from crf.reads import Place
from reminet_site.errors import NotThere
from reminet_site.models import Centre
from reminet_site.statements import prepared

PARTICIPANT = [field.attname for field in Participant._meta.concrete_fields]
CENTRE = [field.attname for field in Centre._meta.concrete_fields]
ENTRY = [field.attname for field in Entry._meta.concrete_fields]
JSON = ("data", "derived", "comments")
FACTS = ("trial_locked", "has_queries", "clinical_now", "frozen_at", "held", "entered", "typed_in")


def _columns(alias: str, names: list[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


# The participant's facts are found once (OFFSET 0), then joined with the entries that this page
# reads: this form's, and those that its checks name, by form or by visit and form. Of all others,
# that they are there; of the reader's own draft, the window that it was typed in.
PLACE = f"""SELECT p.*, {_columns("e", ENTRY)}
  FROM (SELECT {_columns("p", PARTICIPANT)}, {", ".join(f"c.{n} AS c_{n}" for n in CENTRE)},
               (SELECT locked FROM crf_triallock ORDER BY id DESC LIMIT 1),
               EXISTS (SELECT FROM crf_dataquery q WHERE q.participant_id = p.id
                          AND q.state <> 'closed'),
               audit.clinical_now(), f.at AS frozen_at, f.held::text AS held,
               (SELECT string_agg(concat_ws('/', o.visit, o.form, o.visit_date), ' ')
                  FROM crf_entry o WHERE o.participant_id = p.id),
               (SELECT d.typed_in FROM crf_draft d
                 WHERE d.participant_id = p.id AND d.visit = %s AND d.form = %s AND d.number = %s
                   AND d.user_id = nullif(current_setting('reminet.user', true), '')::bigint)
          FROM crf_participant p JOIN reminet_site_centre c ON c.id = p.centre_id
          LEFT JOIN LATERAL (SELECT * FROM crf_freeze f WHERE f.participant_id = p.id
                              ORDER BY f.id DESC LIMIT 1) f ON f.frozen
         WHERE p.code = %s OFFSET 0) p
  LEFT JOIN crf_entry e ON e.participant_id = p.id
       AND (e.form = ANY (%s) OR e.visit || '/' || e.form = ANY (%s))"""


def place_at(code: str, visit: str, form: str, number: int) -> Place:
    """The page at this address. The wall is row-level security: another centre's code answers
    like one that never was."""
    read_with = _read_with(study.current(), visit, form)
    place = _read(code, visit, form, number, read_with)
    theirs = _read_with(place.study, visit, form)
    if not theirs <= read_with:  # captured on an older version, which reads more
        place = _read(code, visit, form, number, theirs)
    return place


def _read(code: str, visit: str, form: str, number: int, read_with: frozenset[str]) -> Place:
    with prepared() as cursor:
        cursor.execute(PLACE, [visit, form, number, code, [form, *read_with], list(read_with)])
        rows = cursor.fetchall()
    if not rows:
        raise NotThere(_("No participant %(code)s.") % {"code": code})
    participant = _participant(rows[0])
    width = len(PARTICIPANT) + len(CENTRE) + len(FACTS)
    found = [_entry(row[width:], participant) for row in rows if row[width] is not None]
    found.sort(key=lambda e: (e.visit, e.form, e.number))
    here = next((e for e in found if (e.visit, e.form, e.number) == (visit, form, number)), None)
    of = study.study_of(here.definition_id) if here else study.current()
    if form not in of.definition.form_by_name:
        raise NotThere(_("No form %(form)s.") % {"form": form})
    entered = tuple(tuple(one.split("/")) for one in (participant.entered or "").split())
    return Place(participant, visit, form, number, of, tuple(found), entered)


def _read_with(of: study.Study, visit: str, form: str) -> frozenset[str]:
    """Other entries that the form reads, as VISIT/FORM, or as FORM where it reads all of them."""
    if form not in of.definition.form_by_name:
        return frozenset()
    needs = of.form(form).needs
    return needs.repeating | {f"{at}/{name}" for at, name in needs.entries(visit)}


def _participant(row: tuple[Any, ...]) -> Participant:
    wide, at = len(PARTICIPANT), len(PARTICIPANT) + len(CENTRE)
    found = Participant.from_db("default", PARTICIPANT, row[:wide])
    found.centre = Centre.from_db("default", CENTRE, row[wide:at])
    for name, value in zip(FACTS, row[at : at + len(FACTS)]):
        setattr(found, name, value)
    return found


def _entry(row: tuple[Any, ...], participant: Participant) -> Entry:
    known = dict(zip(ENTRY, row))
    for name in JSON:
        known[name] = json.loads(known[name])
    entry = Entry.from_db("default", ENTRY, list(known.values()))
    entry.participant = participant
    return entry
