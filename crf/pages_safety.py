"""What the list of serious events shows: the columns, too, are what the definition names."""

from datetime import datetime

from django.http import HttpRequest

from crf import reads_safety, study
from crf.definition import Definition
from crf.definition.plan import SeriousEvents
from crf.models import Entry
from crf.pages import holds
from crf.presenters.home import ReportWork
from crf.presenters.safety import SeriousLine, SeriousPage, report_state, serious_line
from crf.presenters.words import State
from crf.safety_clock import ReportClock, blanks
from crf.words import form_words, item_words, language
from reminet_site.clock import clinical_now
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
    return report_state(ReportClock(found.aware_at, found.told_at), now) if found else None


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
        opens=opens,
    )


def reports_waiting(centre: Centre) -> list[ReportWork]:
    """The events of a centre whose report is not complete, with what it lacks."""
    definition = study.current().definition
    mark = definition.trial.landmarks.serious
    if mark is None or not mark.report:
        return []
    waits = reads_safety.reports_waiting(centre)
    now = clinical_now() if waits else None
    found = []
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
