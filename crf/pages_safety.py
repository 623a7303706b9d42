"""What the list of serious events shows: the columns, too, are what the definition names."""

from django.http import HttpRequest

from crf import reads_safety, study
from crf.definition import Definition
from crf.definition.plan import SeriousEvents
from crf.models import Entry
from crf.pages import holds
from crf.presenters.safety import SeriousLine, SeriousPage, serious_line
from crf.words import form_words, item_words, language
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
    shown = found[: reads_safety.PAGE]
    items = columns_of(definition, mark)
    return SeriousPage(
        lines=tuple(
            line(
                definition,
                items,
                entry,
                opens=holds(request, Verb.READ_CASEBOOK, entry.centre_id),
            )
            for entry in shown
        ),
        columns=tuple(item_words(definition, mark.form, item) for item in items),
        after=str(shown[-1].pk) if len(found) > reads_safety.PAGE else "",
        first=not after,
    )


def columns_of(definition: Definition, mark: SeriousEvents) -> tuple[str, ...]:
    """What titles an event, what dates it, and what the definition wants shown of it."""
    form = definition.form(mark.form)
    return tuple(dict.fromkeys(n for n in (form.row_title, form.dated_by, *mark.shown) if n))


def line(
    definition: Definition, items: tuple[str, ...], entry: Entry, *, opens: bool
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
        opens=opens,
    )
