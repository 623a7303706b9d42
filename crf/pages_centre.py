"""What a centre's pages show: the work list, the participants, screening."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crf import calendar, reads, reads_freeze, reads_source, study
from crf.definition import Definition
from crf.definition.model import Item, Text
from crf.definition.schedule import DueVisit, Facts
from crf.definition.values import BadValue, parse, unit_words
from crf.models import DataQuery, NormalRange, Participant
from crf.pages import holds
from crf.pages_endorsement import to_sign
from crf.pages_safety import reports_waiting
from crf.presenters.home import DraftWork, HomePage, QueryWork, home_page
from crf.presenters.participants import ParticipantsPage, ScreenPage, participants_page
from crf.presenters.words import day
from crf.presenters.work import Incomplete, ParticipantWork
from crf.query_words import asked_words
from crf.reads import Held
from crf.rules import check_can_screen, check_not_locked, trial_is_locked
from crf.words import form_words, language, place_words
from reminet_site.clock import clinical_today, day_at
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.roles import Verb
from reminet_site.rules import allowed


def home(request: HttpRequest, centre: Centre) -> HomePage:
    definition = study.current().definition
    today = clinical_today(centre)
    queries = reads.queries_of(centre=centre)
    locked = bool(centre.trial_locked)
    work = work_of(centre, today)
    signs = holds(request, Verb.ENDORSE, centre.pk) and not locked
    return home_page(
        definition=definition,
        language=language(),
        centre=centre.name,
        centre_code=centre.code,
        timezone=centre.timezone,
        today=today,
        participants=[one for _, one in work],
        queries=work_about([query for query in queries if query.state == "open"]),
        answered=work_about([query for query in queries if query.state == "answered"]),
        drafts=drafts_of(request, centre),
        to_sign=to_sign(work) if signs else (),
        reports=reports_waiting(centre),
        verified=reads_source.counted(centre),
        can_enter=holds(request, Verb.ENTER_DATA, centre.pk),
        can_screen=can_screen(request, centre, locked),
        can_randomise=holds(request, Verb.RANDOMISE, centre.pk),
        can_answer=holds(request, Verb.ANSWER_QUERY, centre.pk),
        can_close=holds(request, Verb.CLOSE_QUERY, centre.pk),
        sees_gate=holds(request, Verb.READ_ELIGIBILITY, centre.pk),
        locked=allowed(check_not_locked, locked),
    )


def can_screen(request: HttpRequest, centre: Centre, locked: bool) -> bool:
    """The button is there for who may screen, where screening would not be refused."""
    refused = allowed(check_can_screen, centre, locked)
    return holds(request, Verb.SCREEN, centre.pk) and not refused


def participants(request: HttpRequest, centre: Centre) -> ParticipantsPage:
    today = clinical_today(centre)
    work = work_of(centre, today)
    return participants_page(
        language=language(),
        centre=centre.name,
        centre_code=centre.code,
        today=today,
        participants=[one for _, one in work],
        numbers={p.code: p.randomisation_number or "" for p, _ in work},
        frozen={p.code: day(day_at(one.frozen, centre)) for p, one in work if one.frozen},
        can_screen=can_screen(request, centre, bool(centre.trial_locked)),
    )


def work_of(centre: Centre, today: date) -> list[tuple[Participant, ParticipantWork]]:
    """Every participant of the centre with what is due; three statements, however many."""
    definition = study.current().definition
    entries = calendar.by_participant(calendar.summaries(centre=centre))
    found = []
    frozen = reads_freeze.held_by(centre=centre)
    for participant in reads.participants_of(centre):
        mine = entries.get(participant.pk, [])
        held = frozen.get(participant.pk)
        facts = calendar.facts_of(definition, participant, mine)
        due = calendar.kept_visits_of(definition, facts, mine, today)
        found.append((participant, work_at(definition, participant, facts, mine, due, held)))
    return found


def work_at(
    definition: Definition,
    participant: Participant,
    facts: Facts,
    entries: Sequence[calendar.Summary],
    due: Sequence[DueVisit],
    held: Held | None,
) -> ParticipantWork:
    """One participant with what waits. Of who has left, as of a visit, nothing is asked."""
    screening = definition.visits[0]
    complete = {e.form for e in entries if e.visit == screening.code and e.filled >= e.expected}
    gone = any((facts.died_on, facts.left_on))
    return ParticipantWork(
        code=participant.code,
        due=due,
        randomised_on=participant.randomised_on,
        screened_on=participant.screened_on,
        ready=participant.randomised_on is None
        and complete.issuperset(screening.forms)
        and not facts.screen_failed
        and not gone,
        stopped=gone or bool(facts.ends_on),
        left=left(facts),
        screen_failed=facts.screen_failed,
        open_queries=getattr(participant, "open_queries", 0),
        incomplete=() if facts.left_on else incomplete(entries, held),
        frozen=held.at if held else None,
        saved=Counter(entry.visit for entry in entries),
    )


def incomplete(entries: Sequence[calendar.Summary], held: Held | None) -> tuple[Incomplete, ...]:
    """Forms with items left blank, but for those that a freeze holds: they can't be completed."""
    frozen = held.entries if held else frozenset()
    return tuple(
        Incomplete(e.visit, e.form, e.number, e.expected - e.filled, e.visit_date)
        for e in entries
        if e.filled < e.expected and e.id not in frozen
    )


def left(facts: Facts) -> str:
    """How a participant has left the trial; "" where none has."""
    if facts.died_on:
        return pgettext("one", "Died")
    if not facts.left_on:
        return ""
    return _("Withdrew consent") if facts.withdrawn_on else _("Lost to follow-up")


def work_about(queries: Sequence[DataQuery]) -> list[QueryWork]:
    """Queries that wait, for the centre (open) or for who asked (answered)."""
    definition = study.current().definition
    return [
        QueryWork(
            pk=query.pk,
            code=query.code,
            place=place_words(
                definition, query.form, query.item, query.row, query.visit, query.number
            ),
            question=asked_words(query, query.question),
            who=query.raised_by.name if query.raised_by else _("Edit check"),
            asked_at=query.raised_at,
        )
        for query in queries
    ]


def drafts_of(request: HttpRequest, centre: Centre) -> list[DraftWork]:
    definition = study.current().definition
    return [
        DraftWork(
            code=draft.participant.code,
            visit=draft.visit,
            form=draft.form,
            number=draft.number,
            title=form_words(definition, draft.form, draft.visit, draft.number),
            kept_at=draft.saved_at,
        )
        for draft in reads.drafts_of(request.actor.user_id, centre)
    ]


def screening(centre: Centre, typed: str | None = None, said: Refusal | None = None) -> ScreenPage:
    """The page; `typed` is what stood in the box of a refused one."""
    last = max((p.number for p in reads.participants_of(centre)), default=0)
    today = clinical_today(centre)
    refused = allowed(check_can_screen, centre, trial_is_locked())
    about_day = said is not None and said.item == "screened_on"
    other = "" if refused or said is None or about_day else said.sentence
    return ScreenPage(
        centre=centre.name,
        centre_code=centre.code,
        next_code=f"{centre.code}-{last + 1:03d}",
        screened_on=f"{today:%d/%m/%Y}" if typed is None else typed,
        closed=refused,
        refused=other,
        finding=said.sentence if said and about_day else "",
    )


DAY = Item("day", Text("Day"), "date", missing=())


def day_typed(typed: str, centre: Centre, box: str = "screened_on") -> date:
    """A whole day: typed as on every form, not after today."""
    try:
        kept = parse(DAY, None, {"day": [typed]}, "day")
    except BadValue as error:
        raise Refusal(error.sentence[language()], item=box) from None
    if not isinstance(kept, str):
        raise Refusal(_("Type the day."), item=box)
    found = date.fromisoformat(kept)
    if found > clinical_today(centre):
        raise Refusal(_("This day lies after today."), item=box)
    return found


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One laboratory item with the limits in force, the centre's own or the definition's."""

    item: str
    label: str
    unit: str
    low: str
    high: str
    since: str
    own: bool
    from_day: str  # what stands in the box
    finding: str = ""


@dataclass(frozen=True)
class LimitsPage:
    """All that crf/normal_limits.html shows."""

    centre: str
    centre_code: str
    lines: tuple[LimitLine, ...]
    can_edit: bool


def items_with_limits() -> dict[str, Item]:
    """ "FORM.item" of every item that has normal limits, in the definition's order."""
    definition = study.current().definition
    return {
        f"{form.name}.{item.name}": item
        for form in definition.forms
        for item in form.items
        if item.normal is not None
    }


def limits(
    centre: Centre, can_edit: bool, typed: Mapping[str, str] | None, said: Refusal | None
) -> LimitsPage:
    """The page; `typed` is what stood in the boxes of a refused row."""
    today = clinical_today(centre)
    own = {
        row.item: row
        for row in NormalRange.objects.filter(centre=centre, since__lte=today).order_by(
            "since", "id"
        )
    }
    lines = []
    for name, item in items_with_limits().items():
        row, default = own.get(name), item.normal
        low, high = (row.low, row.high) if row else (default.low, default.high)
        refused = typed is not None and typed.get("item") == name and said is not None
        lines.append(
            LimitLine(
                item=name,
                label=item.label[language()],
                unit=unit_words(item.unit)[language()],
                low=typed.get("low", "") if refused and typed else figure(low),
                high=typed.get("high", "") if refused and typed else figure(high),
                since=day(row.since) if row else "",
                own=row is not None,
                from_day=typed.get("since", "") if refused and typed else f"{today:%d/%m/%Y}",
                finding=said.sentence if refused and said else "",
            )
        )
    return LimitsPage(centre.name, centre.code, tuple(lines), can_edit)


def figure(limit: float | Decimal | None) -> str:
    return "" if limit is None else f"{limit:f}".rstrip("0").rstrip(".")


def first_form() -> str:
    """The form that a participant begins with."""
    return study.current().definition.trial.landmarks.consented.form
