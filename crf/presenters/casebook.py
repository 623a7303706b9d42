"""The casebook: a row a visit, a column a form; logs and facts around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.definition.model import Definition, Form
from crf.definition.plan import Visit
from crf.definition.schedule import DueVisit, Facts
from crf.presenters.casebook_facts import Fact, ParticipantFacts, facts_of
from crf.presenters.needs import needs
from crf.presenters.recent import Event
from crf.presenters.words import State, ahead, day, days, state, window
from crf.presenters.work import Waiting
from reminet_site.jinja2_env import colon

Key = tuple[str, str, int]  # (visit, form, number)
KEY = ("planned", "due", "late", "draft", "entered", "verified", "query")


class EntryLike(Protocol):
    """What the matrix needs of an entry; crf.calendar.Summary has it."""

    id: int
    version: int
    visit: str
    form: str
    number: int
    visit_date: date | None
    filled: int
    expected: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A form at a visit. `label` says both, for who does not see the table."""

    form: str
    form_title: str
    label: str
    state: State
    queries: int
    number: int
    reachable: bool
    needs: bool
    after_freeze: bool = False  # the casebook is frozen, and this was entered since


@dataclass(frozen=True, slots=True)
class Row:
    """A visit with a cell, or None, for each column."""

    code: str
    title: str
    when: str
    cells: tuple[Cell | None, ...]
    now: bool
    ahead: bool


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of a log."""

    number: int
    title: str
    when: str
    state: State
    queries: int
    after_freeze: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """Entries that have no visit: adverse events, concomitant treatments."""

    form: str
    title: str
    rows: tuple[LogRow, ...]
    next_number: int
    can_add: bool
    dated: bool


@dataclass(frozen=True)
class Rights:
    """What the reader may do from this page."""

    enter: bool = False
    randomise: bool = False  # the screening forms are complete and this person may
    gate: bool = False  # it says which criterion is met, before the randomisation
    unblind: bool = False
    takings: bool = False  # who took files that hold the participant
    receipt: bool = False  # number and kit of a randomisation that was made


@dataclass(frozen=True)
class CasebookPage:
    """All that crf/casebook.html shows."""

    participant: ParticipantFacts
    facts: tuple[Fact, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    logs: tuple[Log, ...]
    recent: tuple[Event, ...]
    lasting: tuple[str, ...]  # what is true of the participant from then on
    frozen: str  # the sentence that says so, where the casebook is
    rights: Rights
    key: tuple[State, ...]
    latest: str
    locked: str = ""  # the sentence that says so, where the trial is


def casebook_page(
    *,
    definition: Definition,
    language: str,
    participant: ParticipantFacts,
    facts: Facts,
    due: Sequence[DueVisit],
    entries: Sequence[EntryLike],
    today: date,
    drafts: Collection[Key] = (),
    queries: Mapping[Key, int] | None = None,
    asked: Mapping[Key, int] | None = None,
    asked_state: str = "all",
    waits: Waiting | None = None,
    verified: Mapping[int, int] | None = None,
    to_sign: str = "",
    gate_to_sign: bool = False,
    titles: Mapping[tuple[str, int], str] | None = None,
    recent: Sequence[Event] = (),
    lasting: Sequence[str] = (),
    frozen: str = "",
    held: Collection[int] | None = None,
    locked: str = "",
    rights: Rights | None = None,
) -> CasebookPage:
    """The page. `due` comes from `due_visits`; `titles` names log entries by (form, number).

    `queries` counts those that are not closed, `asked` those that wait for the reader, all of them
    in `asked_state`; `waits` is what the work list shows of the participant, the gate only for who
    sees it. `verified`: entry -> the version that agrees with the source. `to_sign`: a signature
    of the casebook waits that the reader may give, "unsigned" or "changed"; `gate_to_sign`: one of
    the eligibility. `held`: the entries that the freeze in force holds.
    """
    book = _Book(
        definition,
        language,
        entries,
        drafts,
        queries or {},
        asked or {},
        today,
        bool(locked),
        facts,
        verified or {},
        held,
    )
    last = latest(due)
    forms = tuple(form for form in columns(definition) if book.has(form, due))
    rows = tuple(book.row(one, forms, one.code == last) for one in due)
    return CasebookPage(
        participant=participant,
        facts=facts_of(
            participant,
            facts,
            due,
            needs(
                waits or Waiting(),
                code=participant.code,
                centre_code=participant.centre_code,
                queries=sum(book.asked.values()),
                state_of_queries=asked_state,
                drafts=len(book.drafts),
                to_sign=to_sign,
                gate_to_sign=gate_to_sign,
            ),
            today=today,
            language=language,
        ),
        columns=tuple(form.title.get(language) for form in forms),
        rows=rows,
        logs=tuple(book.logs(titles or {})),
        recent=tuple(recent),
        lasting=tuple(lasting),
        frozen=frozen,
        rights=rights or Rights(),
        key=tuple(state(kind) for kind in KEY),
        latest=last,
        locked=locked,
    )


def columns(definition: Definition) -> tuple[Form, ...]:
    """Every form that has a visit, in the order of its first one."""
    names: dict[str, None] = {}
    for visit in definition.visits:
        if visit.kind != "log":
            names |= dict.fromkeys((*visit.forms, *visit.optional_forms))
    return tuple(definition.form(name) for name in names)


def latest(due: Sequence[DueVisit]) -> str:
    """The code of the last visit that took place, "" before the first."""
    done = [one for one in due if one.visit_date]
    return max(done, key=lambda one: one.visit_date or date.min).code if done else ""


class _Book:
    """What every cell looks up."""

    def __init__(
        self,
        definition: Definition,
        language: str,
        entries: Sequence[EntryLike],
        drafts: Collection[Key],
        queries: Mapping[Key, int],
        asked: Mapping[Key, int],
        today: date,
        locked: bool,
        facts: Facts,
        verified: Mapping[int, int],
        held: Collection[int] | None,
    ) -> None:
        self.verified, self.held = verified, held
        self.definition, self.language, self.today = definition, language, today
        self.entries = {(e.visit, e.form, e.number): e for e in entries}
        self.drafts, self.queries, self.asked = set(drafts), queries, asked
        self.locked, self.facts = locked, facts

    def has(self, form: Form, due: Sequence[DueVisit]) -> bool:
        """True where a visit of the casebook has the form: columns without a cell are left out."""
        return any(form.name in one.forms or form.name in one.optional_forms for one in due) or any(
            name == form.name for _visit, name, _number in self.entries
        )

    def row(self, one: DueVisit, forms: tuple[Form, ...], now: bool) -> Row:
        title = one.title_fr if self.language == "fr" and one.title_fr else one.title_en
        cells = tuple(self.cell(one, form, title) for form in forms)
        return Row(
            code=one.code,
            title=title,
            when=self.when(one, now),
            cells=cells,
            now=now,
            ahead=one.state == "planned",
        )

    def cell(self, one: DueVisit, form: Form, visit_title: str) -> Cell | None:
        key = (one.code, form.name, 1)
        planned = form.name in one.forms
        if not planned and form.name not in one.optional_forms and key not in self.entries:
            return None
        shown = self.state_of(one, key, planned)
        title = form.title.get(self.language)
        return Cell(
            form=form.name,
            form_title=title,
            label=f"{title}, {visit_title}{colon()} ",
            state=shown,
            queries=self.queries.get(key, 0),
            number=1,
            reachable=True,
            needs=shown.kind in ("late", "due", "draft") or bool(self.asked.get(key)),
            after_freeze=self.after_freeze(key),
        )

    def state_of(self, one: DueVisit, key: Key, planned: bool) -> State:
        entry = self.entries.get(key)
        if key in self.drafts:
            return state("draft")
        if entry is not None:
            return self.entered(entry)
        if not planned:
            return State("none", "plus", _("Optional"))
        if one.state == "not_done":
            return state("not_done")
        end = one.window_end
        if one.state == "late" or (one.state == "partial" and end and self.today > end):
            late = days((self.today - end).days) if end else ""
            return state("late", _("Late %(days)s") % {"days": late} if late else "")
        if one.state in ("due", "partial"):
            return state("due", day(one.target, self.today) or _("Due"))
        return state("planned", day(one.target, self.today) or _("Open"))

    def after_freeze(self, key: Key) -> bool:
        """Serious events are held by no freeze, so that nothing is said of them."""
        serious = self.definition.trial.landmarks.serious
        if self.held is None or key not in self.entries or (serious and key[1] == serious.form):
            return False
        return self.entries[key].id not in self.held

    def entered(self, entry: EntryLike) -> State:
        if self.locked:
            return state("locked")
        blank = entry.expected - entry.filled
        if blank > 0:
            return state("partial", ngettext("%(n)d blank", "%(n)d blank", blank) % {"n": blank})
        looked_at = self.verified.get(entry.id)
        if looked_at is not None and looked_at != entry.version:
            return state("entered", _("Verify again"))
        return state("verified" if looked_at else "entered")

    def when(self, one: DueVisit, now: bool) -> str:
        if one.visit_date:
            parts = [day(one.visit_date, self.today)]
            if self.facts.randomised_on and one.visit_date > self.facts.randomised_on:
                number = (one.visit_date - self.facts.randomised_on).days
                parts.append(_("day %(n)d") % {"n": number})
            if now:
                parts.append(_("latest visit"))
            return " · ".join(parts)
        if one.target is None:
            return _("when it takes place")
        visit: Visit = self.definition.visit(one.code)
        words = window(one, visit, self.today)
        if one.state == "planned" and 0 < (one.target - self.today).days <= 14:
            words = f"{words} · {ahead((one.target - self.today).days)}"
        return words

    def logs(self, titles: Mapping[tuple[str, int], str]) -> list[Log]:
        found = []
        for visit in self.definition.visits:
            if visit.kind != "log":
                continue
            for name in (*visit.forms, *visit.optional_forms):
                found.append(self.log(visit.code, self.definition.form(name), titles))
        return found

    def log(self, code: str, form: Form, titles: Mapping[tuple[str, int], str]) -> Log:
        mine = [e for e in self.entries.values() if (e.visit, e.form) == (code, form.name)]
        rows = tuple(
            LogRow(
                number=entry.number,
                title=titles.get((form.name, entry.number), "")
                or (f"{entry.number}" if form.repeats else form.title.get(self.language)),
                when=day(entry.visit_date, self.today),
                state=self.entered(entry),
                queries=self.queries.get((code, form.name, entry.number), 0),
                after_freeze=self.after_freeze((code, form.name, entry.number)),
            )
            for entry in sorted(mine, key=lambda e: e.number)
        )
        return Log(
            form=form.name,
            title=form.title.get(self.language),
            rows=rows,
            next_number=max((row.number for row in rows), default=0) + 1,
            can_add=(form.repeats or not rows) and not self.locked,
            dated=any(row.when for row in rows),
        )
