"""From entries to the records that the derivations read. Which item feeds what stands in FEEDS.

Live rows come in two statements, whatever the number of participants; the database hands over the
named items alone, as text, and of the days on which somebody was seen alive only the last one.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from analysis import cuts
from analysis.derivation.conventions import SIX_MONTHS, Landmark
from analysis.derivation.cutoff import cut
from analysis.derivation.sources import (
    Assessment,
    Death,
    NewsOfLife,
    NewTreatment,
    ParticipantRecord,
    Response,
    Source,
)
from analysis.derivation.status import reached
from analysis.models import Snapshot
from analysis.strata import Strata, strata_of
from reminet_site.clock import clinical_today

# form -> items, in the order in which a row carries them
FEEDS: dict[str, tuple[str, ...]] = {
    "RECIST": ("imaging_date", "response"),
    "NEXT": ("start_date",),
    "DEATH": ("death_date", "cause"),
    "SURV": ("last_news",),
    "AE": ("grade", "start"),
    "TUMOUR": (
        "grade",
        "extent",
        "l1_regimen",
        "l1_months",
        "l1_response",
        "analogue_before",
    ),
}
# forms of things that begin: an entry of an older definition has no date of its own
BEGINS = {"AE": "start"}
# forms whose date is a day on which the participant was seen, hence alive
SEEN = ("INJ", "EOT", "VITALS", "LAB", "CONSENT", "RECIST_BASE", "ELIG", "WITHDRAW")
READ_FORMS = frozenset(FEEDS) | frozenset(SEEN)
RESPONSES = {"NON_CR_NON_PD": Response.NON_CR_NON_PD} | {str(r): r for r in Response}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as far as the analyses read it; `values` in the order of FEEDS[form]."""

    participant: str
    form: str
    visit: str
    number: int
    entry_id: int
    visit_date: date | None
    values: tuple[str | None, ...]

    def sources(self, *items: str) -> tuple[Source, ...]:
        return tuple(Source(self.form, self.visit, self.number, self.entry_id, i) for i in items)


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


@dataclass(frozen=True)
class Cut:
    """What an analysis works on, and its name: a hash of what was read."""

    sha256: str
    cases: tuple[Case, ...]


RANDOMISED = """
SELECT p.code, c.code, p.randomisation_number, p.randomised_on, a.strata::text, (
    SELECT jsonb_object_agg(k.factor, k.corrected ORDER BY k.id)::text
      FROM randomisation_stratacorrection k WHERE k.participant_id = p.id)
  FROM crf_participant p JOIN reminet_site_centre c ON c.id = p.centre_id
  LEFT JOIN randomisation_allocation a ON a.participant_id = p.id
 WHERE p.randomised_on IS NOT NULL ORDER BY p.code
"""


def _entries_sql() -> str:
    """Rows of the fed forms with their items; the last seen day of each participant; the hash."""
    arrays = "".join(
        f" WHEN '{form}' THEN ARRAY[{', '.join(f'''e.data->>'{item}' ''' for item in items)}]"
        for form, items in FEEDS.items()
    )
    columns = "p.code, e.form, e.visit, e.number, e.id, e.visit_date"
    return f"""
    WITH e AS MATERIALIZED (
        SELECT e.* FROM crf_entry e
         WHERE e.form = ANY (%(fed)s) OR (e.form = ANY (%(seen)s) AND e.visit_date IS NOT NULL))
    SELECT {columns}, CASE e.form{arrays} END, NULL
      FROM e JOIN crf_participant p ON p.id = e.participant_id
     WHERE e.form = ANY (%(fed)s) AND p.randomised_on IS NOT NULL
    UNION ALL
    (SELECT DISTINCT ON (p.code) {columns}, NULL::text[], NULL
       FROM e JOIN crf_participant p ON p.id = e.participant_id
      WHERE e.form = ANY (%(seen)s) AND p.randomised_on IS NOT NULL
      ORDER BY p.code, e.visit_date DESC, e.id DESC)
    UNION ALL
    SELECT '', '', '', 0, 0, NULL, NULL,
           string_agg(e.id || ':' || e.version, ',' ORDER BY e.id) FROM e
    """


ENTRIES = _entries_sql()


def live(six_months: Landmark = SIX_MONTHS) -> Cut:
    """The data as they are today; call it inside `cuts.one_moment`. Three statements.

    Who has reached the landmark is a part of the cut's name: figures change with it, though
    nobody wrote anything.
    """
    today = clinical_today()
    with connection.cursor() as cursor:
        cursor.execute(RANDOMISED)
        people = [(*row[:4], *map(_read, row[4:])) for row in cursor.fetchall()]
        cursor.execute(ENTRIES, {"fed": list(FEEDS), "seen": list(SEEN)})
        found = cursor.fetchall()
    versions = next((row[7] for row in found if row[0] == ""), None) or ""
    rows = (Row(*row[:6], tuple(row[6] or ())) for row in found if row[0] != "")
    known = tuple(up_to(cases(people, rows), today))
    there = sum(reached(case.record, six_months).value for case in known)
    named = f"{versions};{there};" + ",".join(f"{p[0]}:{p[2]}:{p[3]}" for p in people)
    return Cut(hashlib.sha256(named.encode()).hexdigest(), known)


def up_to(found: Iterable[Case], on: date) -> Iterator[Case]:
    """What was known of each on that day; those randomised later are left out."""
    for case in found:
        record = cut(case.record, on)
        if record is not None:
            case.record = record
            yield case


def of_snapshot(snapshot: Snapshot) -> Cut:
    """The same cases from a stored cut, nothing dated after its clinical cut-off."""
    people: list[tuple[Any, ...]] = []
    rows: list[Row] = []
    for kind, row in cuts.read(snapshot):
        if kind == "participant":
            if row["randomised_on"]:
                on = date.fromisoformat(row["randomised_on"])
                place = (row["code"], row["centre"], row["randomisation_number"], on)
                people.append((*place, row.get("strata"), row.get("corrected")))
        elif row["form"] in READ_FORMS and not begins_after(row, snapshot.cutoff_on):
            rows.append(_row(row))
    return Cut(snapshot.sha256, tuple(up_to(cases(people, rows), snapshot.cutoff_on)))


def _read(text: str | None) -> dict[str, str] | None:
    return json.loads(text) if text else None


def begins_after(row: dict[str, Any], on: date) -> bool:
    """True where what the entry records began after the cut-off; what has no day stays."""
    first = first_day(_text(row["data"].get(BEGINS.get(row["form"], ""))))
    return first is not None and first > on


def _row(row: dict[str, Any]) -> Row:
    data = row["data"]
    values = tuple(_text(data.get(item)) for item in FEEDS.get(row["form"], ()))
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
        facts = Facts()
        for row in sorted(of.get(code, ()), key=lambda r: (r.form, r.visit, r.number)):
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
            ),
            facts.baseline,
            tuple(facts.severe),
            strata_of(entered, corrected),
        )


class Facts:
    """What the entries of one participant state."""

    def __init__(self) -> None:
        self.assessments: list[Assessment] = []
        self.treatments: list[NewTreatment] = []
        self.alive: list[NewsOfLife] = []
        self.severe: list[Source] = []
        self.death: Death | None = None
        self.baseline: dict[str, str | None] = {}

    def take(self, row: Row) -> None:
        reader = READERS.get(row.form)
        if reader:
            reader(self, row)
        elif row.visit_date:
            self.alive.append(NewsOfLife(row.visit_date, row.sources("")))

    def recist(self, row: Row) -> None:
        on, response = day(row.values[0]) or row.visit_date, row.values[1]
        if on and response in RESPONSES:
            sources = row.sources("imaging_date", "response")
            self.assessments.append(Assessment(on, RESPONSES[response], sources))

    def next_treatment(self, row: Row) -> None:
        on = day(row.values[0])
        if on:
            self.treatments.append(NewTreatment(on, row.sources("start_date")))

    def died(self, row: Row) -> None:
        on = day(row.values[0])
        if on:
            self.death = Death(on, row.values[1] or "", row.sources("death_date"))

    def survival(self, row: Row) -> None:
        on = day(row.values[0])
        if on:
            self.alive.append(NewsOfLife(on, row.sources("last_news")))

    def adverse_event(self, row: Row) -> None:
        if row.values[0] in {"3", "4"}:
            self.severe.extend(row.sources("grade"))

    def tumour(self, row: Row) -> None:
        self.baseline = dict(zip(FEEDS["TUMOUR"], row.values))


READERS: dict[str, Callable[[Facts, Row], None]] = {
    "RECIST": Facts.recist,
    "NEXT": Facts.next_treatment,
    "DEATH": Facts.died,
    "SURV": Facts.survival,
    "AE": Facts.adverse_event,
    "TUMOUR": Facts.tumour,
}


def first_day(text: str | None) -> date | None:
    """The day of a date, or the first that a partial one (2019-08, 2019) may stand for."""
    return day(f"{text}-01-01"[:10]) if text else None


def day(text: str | None) -> date | None:
    """A whole date; a partial one or a missing reason is none."""
    try:
        return date.fromisoformat(text) if text and len(text) == 10 else None
    except ValueError:
        return None
