"""The work list of a centre, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crf.definition.model import Definition
from crf.definition.schedule import DueVisit
from crf.presenters.endorsement import standing_state
from crf.presenters.words import State, day, days, moment, state, window
from crf.presenters.work import Incomplete, ParticipantWork, Target, days_late, waiting
from crf.words import form_words
from reminet_site.jinja2_env import colon


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the work list with its one act."""

    state: State
    code: str
    what: str
    note: str
    when: str
    act: str
    target: Target
    sort: tuple[int, str] = (0, "")


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """A part of the work list: late, due, queries, drafts."""

    name: str
    title: str
    note: str
    icon: str
    tasks: tuple[Task, ...]
    total: int
    more: str = ""
    more_target: Target | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of a side panel."""

    term: str
    value: str
    target: Target | None = None


@dataclass(frozen=True)
class QueryWork:
    """A data query that waits: for an answer of the centre, or to be closed."""

    pk: int
    code: str
    place: str  # "Heart rate, month 6"
    question: str
    who: str
    asked_at: datetime


@dataclass(frozen=True)
class DraftWork:
    """Something typed and not saved."""

    code: str
    visit: str
    form: str
    number: int
    title: str  # "Tumour assessment, month 6"
    kept_at: datetime


@dataclass(frozen=True)
class ReportWork:
    """A serious event whose report is not complete."""

    code: str
    visit: str
    form: str
    number: int
    title: str  # "Adverse event 3"
    missing: str  # what the report lacks, in words
    state: State
    due_at: datetime


@dataclass(frozen=True)
class SignWork:
    """A casebook that waits for a signature."""

    code: str
    titles: tuple[str, ...]  # of the milestones
    kind: str  # as `standing_state` takes it


@dataclass(frozen=True)
class HomePage:
    """All that crf/centre_home.html shows."""

    centre: str
    centre_code: str
    line: str
    groups: tuple[TaskGroup, ...]
    total: int
    figures: tuple[Figure, ...]
    here: tuple[Figure, ...]
    can_screen: bool
    next_words: str
    locked: str = ""  # the sentence that says so, where the trial is


def home_page(
    *,
    definition: Definition,
    language: str,
    centre: str,
    centre_code: str,
    timezone: str,
    today: date,
    participants: Sequence[ParticipantWork],
    queries: Sequence[QueryWork] = (),
    answered: Sequence[QueryWork] = (),
    drafts: Sequence[DraftWork] = (),
    to_sign: Sequence[SignWork] = (),
    reports: Sequence[ReportWork] = (),
    can_enter: bool = True,
    can_screen: bool = True,
    can_randomise: bool = True,
    can_answer: bool = True,
    can_close: bool = False,
    sees_gate: bool = True,
    locked: str = "",
    figures: Sequence[Figure] = (),
    verified: tuple[int, int] = (0, 0),
) -> HomePage:
    """The page. `due` of each participant comes from `due_visits`, `figures` from the trial.

    While the trial is locked, queries wait and nothing else does.
    """
    tasks = _Tasks(definition, language, today, timezone, can_enter and not locked)
    urgent = {(one.code, one.visit, one.form, one.number) for one in reports}
    late: list[Task] = []
    soon: list[Task] = []
    blank: list[Task] = []
    for one in () if locked else participants:
        waits = waiting(one, today)
        late += [tasks.visit(one.code, visit) for visit in waits.late]
        soon += [tasks.visit(one.code, visit) for visit in waits.due]
        blank += [
            tasks.incomplete(one.code, form)
            for form in waits.incomplete
            if (one.code, form.visit, form.form, form.number) not in urgent
        ]
        if waits.ready and sees_gate:
            soon.append(tasks.gate(one, can_randomise))
    told = [] if locked else [tasks.report(report) for report in reports]
    groups = [
        group("serious", _("Serious events to report"), _("due within 24 hours"), "late", told),
        group("late", _("Late"), _("oldest first"), "late", late),
        group("soon", _("Due"), _("soonest first"), "due", soon),
        group("incomplete", _("To complete"), _("oldest first"), "entered", blank),
    ]
    if can_answer:
        asked = [tasks.query(query) for query in queries]
        groups.append(group("queries", _("Queries to answer"), _("oldest first"), "query", asked))
    if can_close:
        said = [tasks.answered(query) for query in answered]
        # who closes queries enters no data: this is their own part of the list
        groups.insert(0, group("answers", _("Answers to read"), _("oldest first"), "query", said))
    sign = [] if locked else [tasks.sign(casebook) for casebook in to_sign]
    groups.append(group("sign", _("To sign"), _("what was changed since first"), "signed", sign))
    kept = [tasks.draft(draft) for draft in drafts]
    groups.append(group("drafts", _("Drafts"), "", "draft", kept))
    shown = tuple(one for one in groups if one.tasks)
    return HomePage(
        centre=centre,
        centre_code=centre_code,
        line=line(today, participants),
        groups=shown,
        total=sum(one.total for one in shown),
        figures=tuple(figures),
        here=counts(centre_code, participants, verified),
        can_screen=can_screen,
        next_words="" if locked else upcoming(participants, language, today),
        locked=locked,
    )


def group(name: str, title: str, note: str, icon: str, tasks: list[Task]) -> TaskGroup:
    """The tasks of one kind in the order of their urgency."""
    ordered = tuple(sorted(tasks, key=lambda task: task.sort))
    return TaskGroup(name, title, note, icon, ordered, len(ordered))


def line(today: date, participants: Sequence[ParticipantWork]) -> str:
    """ "15 Oct 2019 · 11 participants, 6 on treatment, 2 in screening"."""
    count = len(participants)
    words = ngettext("%(n)d participant", "%(n)d participants", count) % {"n": count}
    treated = sum(1 for one in participants if one.injections and not one.stopped)
    screening = sum(
        1
        for one in participants
        if not (one.randomised_on or one.screen_failed or one.lapsed(today))
    )
    parts = [words]
    if treated:
        parts.append(_("%(n)d on treatment") % {"n": treated})
    if screening:
        parts.append(_("%(n)d in screening") % {"n": screening})
    return f"{day(today)} · {', '.join(parts)}"


def counts(
    centre_code: str, participants: Sequence[ParticipantWork], verified: tuple[int, int]
) -> tuple[Figure, ...]:
    """What the centre has done so far; `verified`: forms that agree with the source, and all."""
    randomised = sum(1 for one in participants if one.randomised_on)
    return (
        Figure(_("Randomised here"), str(randomised)),
        Figure(_("Screened here"), str(len(participants))),
        Figure(
            _("Open queries"),
            str(sum(one.open_queries for one in participants)),
            Target("crf:queries", (centre_code,), "?state=open"),
        ),
        Figure(_("Forms verified"), _("%(n)d of %(all)d") % {"n": verified[0], "all": verified[1]}),
    )


def upcoming(participants: Sequence[ParticipantWork], language: str, today: date) -> str:
    """What comes next where nothing is due: "Injection 10 of FR-05-003, 21 Oct"."""
    coming = [
        (visit.target, one.code, visit)
        for one in participants
        for visit in one.due
        if visit.target and visit.target > today and visit.visit_date is None
    ]
    if not coming:
        return ""
    target, code, visit = min(coming, key=lambda each: each[0])
    return _("%(visit)s of %(code)s, %(day)s") % {
        "visit": title_of(visit, language),
        "code": code,
        "day": day(target, today),
    }


def title_of(visit: DueVisit, language: str) -> str:
    """The visit's title in a language."""
    return visit.title_fr if language == "fr" and visit.title_fr else visit.title_en


class _Tasks:
    """Makes tasks; knows the day and the words of the forms."""

    def __init__(
        self, definition: Definition, language: str, today: date, timezone: str, can_enter: bool
    ) -> None:
        self.definition, self.language, self.today = definition, language, today
        self.timezone, look = timezone, pgettext("act", "Open")
        self.enter = _("Enter") if can_enter else look
        self.complete = pgettext("act", "Complete") if can_enter else look
        self.resume = _("Resume") if can_enter else look

    def visit(self, code: str, one: DueVisit) -> Task:
        """The task of a visit with forms to enter."""
        started = one.state == "partial"
        shown, order = self.urgency(one, days_late(one, self.today))
        names = [self.definition.form(name).title.get(self.language) for name in one.missing]
        note = _("Still to enter: %(forms)s") % {"forms": ", ".join(names)} if started else ""
        return Task(
            state=shown,
            code=code,
            what=title_of(one, self.language),
            note=note or (", ".join(names) if len(names) > 1 else ""),
            when=self.when(one),
            act=self.enter,
            target=Target("crf:form", (code, one.code, one.missing[0], 1)),
            sort=(order, code),
        )

    def urgency(self, one: DueVisit, late: int) -> tuple[State, int]:
        if late > 0:
            return state("late", _("%(days)s late") % {"days": days(late)}), -late
        if one.target is None or one.target <= self.today:
            left = (one.window_end - self.today).days if one.window_end else 0
            return state("due", _("Due, %(days)s left") % {"days": days(left)}), left
        ahead = (one.target - self.today).days
        return state("due", _("Tomorrow") if ahead == 1 else days(ahead)), ahead

    def when(self, one: DueVisit) -> str:
        visit = self.definition.visit(one.code)
        if one.target is None:
            return _("visit %(day)s") % {"day": day(one.visit_date, self.today)}
        return window(one, visit, self.today)

    def incomplete(self, code: str, one: Incomplete) -> Task:
        """The task of a form that is entered, with items left blank."""
        words = ngettext("%(n)d item blank", "%(n)d items blank", one.blank) % {"n": one.blank}
        return Task(
            state=state("partial", words),
            code=code,
            what=form_words(self.definition, one.form, one.visit, one.number),
            note="",
            when=_("visit %(day)s") % {"day": day(one.on, self.today)} if one.on else "",
            act=self.complete,
            target=Target("crf:form", (code, one.visit, one.form, one.number)),
            sort=(one.on.toordinal() if one.on else 0, code),
        )

    def gate(self, one: ParticipantWork, can_randomise: bool) -> Task:
        """Ready for whoever prepares the participant too; the act says who randomises."""
        note = _("The screening forms are complete; the gate shows each criterion.")
        if not can_randomise:
            note = _("The screening forms are complete; an investigator of the centre randomises.")
        return Task(
            state=state("due", _("Ready")),
            code=one.code,
            what=_("Randomise") if can_randomise else _("Randomisation"),
            note=note,
            when=_("screened %(day)s") % {"day": day(one.screened_on, self.today)},
            act=_("Open gate") if can_randomise else pgettext("act", "See"),
            target=Target("randomisation:gate", (one.code,)),
            sort=(0, one.code),
        )

    def query(self, one: QueryWork) -> Task:
        asked = one.asked_at.date()
        age = max((self.today - asked).days, 0)
        return Task(
            state=state(
                "query", _("%(days)s open") % {"days": days(age)} if age else _("Asked today")
            ),
            code=one.code,
            what=one.place,
            note=f"{one.who}{colon()} {one.question}" if one.who else one.question,
            when=_("asked %(day)s") % {"day": day(asked, self.today)},
            act=_("Answer"),
            target=Target("crf:query", (one.pk,)),
            sort=(-age, one.code),
        )

    def answered(self, one: QueryWork) -> Task:
        return replace(self.query(one), state=state("draft", _("Answered")), act=_("Read"))

    def report(self, one: ReportWork) -> Task:
        due = moment(one.due_at, self.timezone, self.today)
        return Task(
            state=one.state,
            code=one.code,
            what=one.title,
            note=_("Still to enter: %(forms)s") % {"forms": one.missing},
            when=_("due %(moment)s") % {"moment": due},
            act=self.complete,
            target=Target("crf:form", (one.code, one.visit, one.form, one.number)),
            sort=(int(one.due_at.timestamp()), one.code),
        )

    def sign(self, one: SignWork) -> Task:
        return Task(
            state=standing_state(one.kind, asked=True),
            code=one.code,
            what=", ".join(one.titles),
            note="",
            when="",
            act=_("Sign"),
            target=Target("crf:endorsement", (one.code,)),
            sort=(one.kind != "changed", one.code),
        )

    def draft(self, one: DraftWork) -> Task:
        return Task(
            state=state("draft", _("Not saved")),
            code=one.code,
            what=one.title,
            note="",
            when=_("typed %(moment)s") % {"moment": moment(one.kept_at, self.timezone, self.today)},
            act=self.resume,
            target=Target("crf:form", (one.code, one.visit, one.form, one.number)),
            sort=(0, one.code),
        )
