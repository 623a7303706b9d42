"""From entries to the records that the derivations read. Which item feeds what: `analysis.facts`.

Live rows come in three statements, whatever the number of participants; the database hands over
the named items alone, as text, of the days on which somebody was seen alive only the last one, and
of injections their number with the first and the last day.

Of somebody who withdrew from further collection, what is dated later is not analysed, though it may
have been entered before the withdrawal was: the participant was told that only what was collected
until that day is. A death that a public register told is (docs/adr/0029).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from analysis import cuts
from analysis.course import Course, Screened, screening
from analysis.derivation.conventions import SIX_MONTHS, Landmark
from analysis.derivation.cutoff import cut
from analysis.derivation.sources import (
    Assessment,
    NotAnalysed,
    ParticipantRecord,
    Response,
    Source,
)
from analysis.derivation.status import reached
from analysis.facts import (
    BEGINS,
    FEEDS,
    GIVEN,
    INJECTION,
    ITEMS,
    READ_FORMS,
    REPORTED,
    RESPONSES,
    SEEN,
    Facts,
    Row,
    began,
    comes_after,
    first_day,
    withdrawn_on,
)
from analysis.harms import Event
from analysis.models import Snapshot
from analysis.strata import Strata, strata_of
from reminet_site.clock import clinical_now, day_at
from reminet_site.context import one_trip
from reminet_site.statements import prepared


@dataclass(slots=True)
class Case:
    """A randomised participant: what the derivations read, and what is tabulated beside it."""

    code: str
    centre: str
    randomisation_number: str
    record: ParticipantRecord
    baseline: Mapping[str, str | None] = field(default_factory=dict)
    severe: tuple[Source, ...] = ()  # adverse events of grade 3 or 4
    strata: Strata | None = None
    course: Course = field(default_factory=Course)
    events: tuple[Event, ...] = ()  # every adverse event
    # the same with the assessments of the central review, None where nothing was read; and the
    # days of the images that wait to be read
    central: ParticipantRecord | None = None
    unread: tuple[int, ...] = ()

    @property
    def died(self) -> bool:
        return self.record.death is not None


@dataclass(frozen=True)
class Cut:
    """What an analysis works on, and its name: a hash of what was read."""

    sha256: str
    cases: tuple[Case, ...]
    screening: Mapping[str, Any]  # how many were screened, and why some are not in the trial


RANDOMISED = """
SELECT p.code, c.code, p.randomisation_number, p.randomised_on, a.strata::text, (
    SELECT jsonb_object_agg(k.factor, k.corrected ORDER BY k.id)::text
      FROM randomisation_stratacorrection k WHERE k.participant_id = p.id)
  FROM crf_participant p JOIN reminet_site_centre c ON c.id = p.centre_id
  LEFT JOIN randomisation_allocation a ON a.participant_id = p.id
 WHERE p.randomised_on IS NOT NULL ORDER BY p.code
"""


SCREENED = """
SELECT p.randomised_on IS NOT NULL, coalesce(e.data->>'decision', ''),
       coalesce(e.data->>'all_met', ''), coalesce(e.data->>'participant_willing', ''),
       EXISTS (SELECT FROM crf_entry w WHERE w.participant_id = p.id AND w.form = 'WITHDRAW'),
       count(*)
  FROM crf_participant p
  LEFT JOIN crf_entry e ON e.participant_id = p.id AND e.form = 'ELIG'
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""


def _entries_sql() -> str:
    """Rows of the fed forms with their items; the last seen day of each participant; the days of
    injections; the hash."""
    arrays = "".join(
        f" WHEN '{form}' THEN ARRAY[{', '.join(f'''e.data->>'{item}' ''' for item in items)}]"
        for form, items in FEEDS.items()
    )
    columns = "p.code, e.form, e.visit, e.number, e.id, e.visit_date"
    return f"""
    WITH e AS MATERIALIZED (
        SELECT e.* FROM crf_entry e
         WHERE e.form = ANY (%(fed)s) OR e.form = '{INJECTION}'
            OR (e.form = ANY (%(seen)s) AND e.visit_date IS NOT NULL))
    SELECT {columns}, CASE e.form{arrays} END, NULL
      FROM e JOIN crf_participant p ON p.id = e.participant_id
     WHERE e.form = ANY (%(fed)s) AND p.randomised_on IS NOT NULL
    UNION ALL
    (SELECT DISTINCT ON (p.id) {columns}, NULL::text[], NULL
       FROM e JOIN crf_participant p ON p.id = e.participant_id
      WHERE e.form = ANY (%(seen)s) AND e.visit_date IS NOT NULL AND p.randomised_on IS NOT NULL
        AND (p.withdrawn_on IS NULL OR e.visit_date <= p.withdrawn_on)
      ORDER BY p.id, e.visit_date DESC, e.id DESC)
    UNION ALL
    SELECT p.code, '{INJECTION}', '', 0, 0, NULL,
           ARRAY[count(*)::text, min(e.visit_date)::text, max(e.visit_date)::text], NULL
      FROM e JOIN crf_participant p ON p.id = e.participant_id
     WHERE e.form = '{INJECTION}' AND e.data->>'injection' = ANY (%(given)s)
       AND p.randomised_on IS NOT NULL
       AND (p.withdrawn_on IS NULL OR e.visit_date <= p.withdrawn_on) GROUP BY p.id
    UNION ALL
    SELECT '', '', '', 0, 0, NULL, NULL,
           string_agg(e.id || ':' || e.version, ',' ORDER BY e.id) FROM e
    """


ENTRIES = _entries_sql()


def live(six_months: Landmark = SIX_MONTHS, at: datetime | None = None) -> Cut:
    """The data as they are today (`at`, where the clock was read); inside `cuts.one_moment`.

    Who has reached the landmark is a part of the cut's name: figures change with it, though
    nobody wrote anything.
    """
    today = day_at(at or clinical_now(), None)
    with one_trip(), prepared() as of_people, prepared() as of_screened, prepared() as of_entries:
        of_people.execute(RANDOMISED)
        of_screened.execute(SCREENED)
        asked = {"fed": list(FEEDS), "seen": list(SEEN), "given": list(GIVEN)}
        of_entries.execute(ENTRIES, asked)
        people = [(*row[:4], *map(_read, row[4:])) for row in of_people.fetchall()]
        screened = [Screened(*row) for row in of_screened.fetchall()]
        found = of_entries.fetchall()
    versions = next((row[7] for row in found if row[0] == ""), None) or ""
    rows = (Row(*row[:6], tuple(row[6] or ())) for row in found if row[0] != "")
    known = tuple(up_to(cases(people, rows), today))
    there = sum(reached(case.record, six_months).value for case in known)
    counts = screening(screened)
    named = f"{versions};{there};{counts};" + ",".join(f"{p[0]}:{p[2]}:{p[3]}" for p in people)
    return Cut(hashlib.sha256(named.encode()).hexdigest(), known, counts)


def up_to(found: Iterable[Case], on: date) -> Iterator[Case]:
    """What was known of each on that day; those randomised later are left out."""
    for case in found:
        record = cut(case.record, on)
        if record is not None:
            case.record = record
            yield case


def reviewed(found: Iterable[Case], readings: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """Each case with what the central review saw in place of what the centre saw. Where it read
    nothing of anybody there is none; who was not read has no assessment then."""
    of: dict[str, list[Assessment]] = {}
    for row in readings:
        of.setdefault(row["participant"], []).append(reading(row))
    for case in found:
        if of:
            left_on = case.record.withdrawn_on
            mine = tuple(
                one for one in of.get(case.code, ()) if left_on is None or one.on <= left_on
            )
            read = {source.entry_id for one in mine for source in one.sources}
            case.central = replace(case.record, assessments=mine)
            case.unread = tuple(
                case.record.day(one.on)
                for one in case.record.assessments
                if not read & {source.entry_id for source in one.sources}
            )
        yield case


def review_waits(case: Case, landmark: Landmark) -> bool:
    """Images that may decide the landmark are not read yet: nothing is said of it until they are,
    or the rate by the review would be worse than it is for as long as reading takes."""
    return any(day <= landmark.last for day in case.unread)


def reading(row: Mapping[str, Any]) -> Assessment:
    """The source is the entry whose images were read, and the reading instead of an item."""
    source = Source(
        row["form"], row["visit"], row["number"], row["entry"], f"central reading {row['id']}"
    )
    on = date.fromisoformat(row["imaging_on"])
    return Assessment(on, RESPONSES.get(row["response"], Response.NE), (source,))


def of_snapshot(snapshot: Snapshot) -> Cut:
    """The same cases from a stored cut, nothing dated after its clinical cut-off."""
    people: list[tuple[Any, ...]] = []
    rows: list[Row] = []
    readings: list[dict[str, Any]] = []
    screened: dict[str, dict[str, Any]] = {}
    for kind, row in cuts.read(snapshot):
        if kind == "participant":
            screened[row["code"]] = {"randomised": bool(row["randomised_on"])}
            if row["randomised_on"]:
                on = date.fromisoformat(row["randomised_on"])
                place = (row["code"], row["centre"], row["randomisation_number"], on)
                people.append((*place, row.get("strata"), row.get("corrected")))
        elif kind == "reading":
            readings.append(row)
        elif row["form"] in {*READ_FORMS, *REPORTED} and not begins_after(row, snapshot.cutoff_on):
            screened[row["participant"]][row["form"]] = row["data"]
            rows.append(_row(row))
    known = tuple(reviewed(up_to(cases(people, rows), snapshot.cutoff_on), readings))
    return Cut(snapshot.sha256, known, screening(map(_screened, screened.values())))


def _screened(one: Mapping[str, Any]) -> Screened:
    found = one.get("ELIG", {})
    answers = (
        _text(found.get(item)) or "" for item in ("decision", "all_met", "participant_willing")
    )
    return Screened(one["randomised"], *answers, "WITHDRAW" in one)


def _read(text: str | None) -> dict[str, str] | None:
    return json.loads(text) if text else None


def begins_after(row: dict[str, Any], on: date) -> bool:
    """True where what the entry records began after the cut-off; what has no day stays."""
    first = first_day(_text(row["data"].get(BEGINS.get(row["form"], ""))))
    return first is not None and first > on


def _row(row: dict[str, Any]) -> Row:
    data = row["data"]
    values = tuple(_text(data.get(item)) for item in ITEMS.get(row["form"], ()))
    if row["form"] == INJECTION:
        values = ("1", row["date"], row["date"]) if data.get("injection") in GIVEN else ()
    on = date.fromisoformat(row["date"]) if row["date"] else None
    place = (row["participant"], row["form"], row["visit"], row["number"])
    return Row(*place, row["id"], on, values)


def _text(value: Any) -> str | None:
    """An answer as text; a missing reason is no answer."""
    return None if value is None or isinstance(value, dict) else str(value)


def cases(people: Iterable[tuple[Any, ...]], rows: Iterable[Row]) -> Iterator[Case]:
    """One case a randomised participant, in the order given."""
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(row.participant, []).append(row)
    for code, centre, number, on, entered, corrected in people:
        mine = sorted(of.get(code, ()), key=lambda r: (r.form, r.visit, r.number))
        facts, left_on = Facts(), withdrawn_on(mine)
        kept = [row for row in mine if not comes_after(row, left_on)]
        for row in kept:
            facts.take(row)
        yield Case(
            code,
            centre,
            number or "",
            ParticipantRecord(
                code=code,
                randomised_on=on,
                assessments=tuple(facts.assessments),
                new_treatments=tuple(facts.treatments),
                death=facts.death,
                alive=tuple(facts.alive),
                questionnaires=tuple(facts.questionnaires),
                withdrawn_on=left_on,
                not_analysed=tuple(
                    NotAnalysed(on, row.sources(""))
                    for row in mine
                    if (on := row.visit_date or began(row)) and comes_after(row, left_on)
                ),
            ),
            facts.baseline,
            tuple(facts.severe),
            strata_of(entered, corrected),
            facts.course(),
            tuple(facts.events),
        )
