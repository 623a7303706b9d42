"""What the pages of serious events show: the columns, too, are what the definition names."""

from datetime import date, datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import reads_safety, study
from crf.definition import Definition
from crf.definition.plan import SeriousEvents
from crf.models import Entry
from crf.pages import holds
from crf.presenters.home import ReportWork
from crf.presenters.safety import (
    EventPage,
    SeriousLine,
    SeriousPage,
    owed,
    report_state,
    serious_line,
    sponsor_state,
)
from crf.presenters.words import State
from crf.reads_safety import Event, event_of
from crf.safety_clock import ReportClock, aware_at, blanks
from crf.safety_report import PARTS, content
from crf.words import form_words, item_words, language
from reminet_site.clock import clinical_now, day_at
from reminet_site.models import Centre
from reminet_site.roles import Verb
from reminet_site.typed import whole


def over_centres(request: HttpRequest) -> SeriousPage:
    """The list over every centre of the reader."""
    definition = study.current().definition
    mark = definition.trial.landmarks.serious
    if mark is None:
        return SeriousPage((), (), "", first=True, marked=False)
    after = whole(request.GET.get("after")) or 0
    found = reads_safety.serious(mark, after=after)
    shown, now = found[: reads_safety.PAGE], clinical_now()
    items = columns_of(definition, mark)
    return SeriousPage(
        lines=tuple(
            line(
                definition,
                items,
                entry,
                report=report_of(entry, now),
                sponsor=sponsor_of(entry, day_at(now, None)),
                opens=holds(request, Verb.READ_CASEBOOK, entry.centre_id),
            )
            for entry in shown
        ),
        columns=tuple(item_words(definition, mark.form, item) for item in items),
        after=str(shown[-1].pk) if len(found) > reads_safety.PAGE else "",
        first=not after,
    )


def report_of(entry: Entry, now: datetime) -> State | None:
    """None where no clock runs: the event was saved on a definition that names none."""
    found = getattr(entry, "report", None)
    mark = study.current().definition.trial.landmarks.serious
    if found is None or mark is None:
        return None
    aware = aware_at(entry.data, mark, entry.centre.timezone) is not None
    return report_state(ReportClock(found.aware_at, found.told_at), now, aware=aware)


def sponsor_of(entry: Entry, today: date) -> State | None:
    """What the sponsor still has to do about an event; None where no clock runs."""
    event = event_of(entry)
    if event.clock is None:
        return None
    return sponsor_state(event.opinion is not None, event.duties, today)


def columns_of(definition: Definition, mark: SeriousEvents) -> tuple[str, ...]:
    """What titles an event, what dates it, and what the definition wants shown of it."""
    form = definition.form(mark.form)
    return tuple(dict.fromkeys(n for n in (form.row_title, form.dated_by, *mark.shown) if n))


def line(
    definition: Definition,
    items: tuple[str, ...],
    entry: Entry,
    *,
    report: State | None,
    sponsor: State | None,
    opens: bool,
) -> SeriousLine:
    """Answers are read by the version that they were captured on."""
    compiled = study.study_of(entry.definition_id).form(entry.form)
    values = [
        compiled.label(item, entry.data.get(item), language())
        if item in compiled.form.by_name
        else ""
        for item in items
    ]
    return serious_line(
        pk=entry.pk,
        code=entry.participant.code,
        centre=entry.centre.name,
        at=(entry.visit, entry.form, entry.number),
        place=form_words(definition, entry.form, entry.visit, entry.number),
        columns=[item_words(definition, entry.form, item) for item in items],
        values=values,
        saved_at=entry.saved_at,
        zone=entry.centre.timezone,
        version=entry.version,
        complete=entry.filled >= entry.expected,
        report=report,
        sponsor=sponsor,
        opens=opens,
    )


def reports_waiting(centre: Centre) -> list[ReportWork]:
    """The events of a centre whose report is not complete, with what it lacks."""
    definition = study.current().definition
    mark = definition.trial.landmarks.serious
    if mark is None or not mark.report:
        return []
    waits = reads_safety.reports_waiting(centre)
    if not waits:
        return []
    found, now = [], clinical_now()
    for one in waits:
        clock, entry = ReportClock(one.aware_at), one.entry
        missing = [item_words(definition, mark.form, item) for item in blanks(entry.data, mark)]
        found.append(
            ReportWork(
                code=one.participant.code,
                visit=entry.visit,
                form=entry.form,
                number=entry.number,
                title=form_words(definition, entry.form, entry.visit, entry.number),
                missing=", ".join(missing),
                state=report_state(clock, now),
                due_at=clock.due_at,
            )
        )
    return found


def of_event(request: HttpRequest, event: Event) -> EventPage:
    """One event: what the centre says, what the sponsor thinks, what the authority was told."""
    definition, entry = study.current().definition, event.entry
    mark = definition.trial.landmarks.serious
    compiled = study.study_of(entry.definition_id).form(entry.form)
    names = dict.fromkeys((*columns_of(definition, mark), *mark.report)) if mark else {}
    now = clinical_now()
    today = day_at(now, None)
    held = content(definition, entry, event.opinion, "-")
    opens = holds(request, Verb.READ_CASEBOOK, entry.centre_id)
    return EventPage(
        pk=entry.pk,
        code=entry.participant.code,
        centre=entry.centre.name,
        zone=entry.centre.timezone,
        place=form_words(definition, entry.form, entry.visit, entry.number),
        at=(entry.visit, entry.form, entry.number),
        opens=opens,
        facts=tuple(
            (
                item_words(definition, entry.form, item),
                compiled.label(item, entry.data.get(item), language()) or _("Not entered"),
            )
            for item in names
            if item in compiled.form.by_name
        ),
        report=report_of(entry, now),
        serious=bool(event.clock and event.clock.serious),
        verdict=verdict(event),
        owed=tuple(owed(one, today) for one in event.duties),
        opinions=event.opinions,
        version=entry.version,
        sent=event.sent,
        parts={name: _(title) for name, title in PARTS.items()},
        held=tuple((_(title), held[name]) for name, title in PARTS.items() if name != "reference"),
        can_judge=holds(request, Verb.JUDGE_EVENT, entry.centre_id),
        today=f"{today:%d/%m/%Y}",
    )


def verdict(event: Event) -> str:
    """Whether the authority must know, and why, in a sentence."""
    said = event.opinion
    if said is None:
        return _("The sponsor has not judged this event yet.")
    if said.expected:
        return _("Expected: no report to the authority is owed.")
    if not event.reportable:
        return _("Neither the investigator nor the sponsor thinks it related: no report is owed.")
    if event.investigator is None and not said.related:
        return _(
            "Not expected, and the investigator has not said whether it is related: until then it "
            "counts as suspected."
        )
    if event.investigator and not said.related:
        return _(
            "Not expected, and related for the investigator: the authority is told, whatever the "
            "sponsor thinks. Both opinions go with the report."
        )
    return _("Not expected, and suspected to be related: the authority is told.")
