"""What the pages of data queries and of an item's history show."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import reads, reads_queries, study
from crf.models import DataQuery, QueryState, QueryStep
from crf.pages import holds
from crf.places import place_at
from crf.presenters.queries import (
    AllQueriesPage,
    QueriesPage,
    Thread,
    age_of,
    queries_page,
    query_line,
    query_state,
    step,
)
from crf.query_words import asked_words, said_words
from crf.rules import check_not_frozen
from crf.words import language, place_words
from reminet_site.clock import clinical_now, clinical_today, day_at
from reminet_site.context import Actor, actor_for
from reminet_site.models import Centre
from reminet_site.roles import Verb
from reminet_site.rules import allowed
from reminet_site.searches import further, searched
from reminet_site.typed import whole


def listing(request: HttpRequest, centre: Centre) -> QueriesPage:
    definition = study.current().definition
    today = clinical_today(centre)
    chosen, of = request.GET.get("state", "all"), request.GET.get("participant", "")
    found = [query for query in reads.queries_of(centre=centre) if of in ("", query.code)]
    lines = [
        query_line(
            pk=query.pk,
            kind=query.state,
            code=query.code,
            place=place_words(
                definition, query.form, query.item, query.row, query.visit, query.number
            ),
            question=asked_words(query, query.question),
            asked_at=query.raised_at,
            by=query.raised_by.name if query.raised_by else _("Edit check"),
            today=today,
        )
        for query in found
        if chosen in ("all", query.state)
    ]
    return queries_page(
        title=_("Data queries"),
        line=f"{centre.name} · {of}" if of and found else centre.name,
        of=of if found else "",
        lines=lines,
        kinds=[query.state for query in found],
        chosen=chosen if chosen in ("open", "answered") else "all",
    )


def over_centres(request: HttpRequest) -> AllQueriesPage:
    """The list over every centre of the reader."""
    definition = study.current().definition
    asked = searched(request, "who")
    wanted = reads_queries.Wanted.of(asked)
    found = reads_queries.queries(wanted, after=whole(asked.get("after")) or 0)
    today = day_at(clinical_now(), None)
    shown = found[: reads_queries.PAGE]
    more = len(found) > reads_queries.PAGE
    return AllQueriesPage(
        lines=tuple(
            query_line(
                pk=query.pk,
                kind=query.state,
                code=query.code,
                place=place_words(
                    definition, query.form, query.item, query.row, query.visit, query.number
                ),
                question=asked_words(query, query.question),
                asked_at=query.raised_at,
                by=query.raised_by.name if query.raised_by else _("Edit check"),
                today=today,
                centre=query.centre.name,
            )
            for query in shown
        ),
        wanted={name: getattr(wanted, name) for name in wanted.__slots__},
        centres=tuple((one.code, one.name) for one in reads_queries.centres(request.actor.centres)),
        ages=reads_queries.AGES,
        older=further(request, after=shown[-1].pk) if more else "",
    )


def thread(request: HttpRequest, query: DataQuery, finding: str = "", typed: str = "") -> Thread:
    definition = study.current().definition
    centre = query.participant.centre
    today = clinical_today(centre)
    left = query.state != QueryState.CLOSED
    group, _dot, inner = query.item.partition(".")
    place = place_at(query.participant.code, query.visit, query.form, query.number)
    return Thread(
        pk=query.pk,
        state=query_state(query.state),
        age=age_of(query.raised_at, today),
        title=place_words(definition, query.form, query.item, query.row, query.visit, query.number),
        code=query.participant.code,
        centre=centre.name,
        centre_code=centre.code,
        visit=query.visit,
        form=query.form,
        number=query.number,
        field=f"{group}.{query.row}.{inner}" if query.row else query.item,
        value=value_of(query, place),
        frozen=allowed(check_not_frozen, place.frozen_on),
        steps=tuple(steps(query, centre, today)),
        from_check=bool(query.check_name),
        can_answer=left and holds(request, Verb.ANSWER_QUERY, centre.pk),
        can_close=left and holds(request, Verb.CLOSE_QUERY, centre.pk),
        finding=finding,
        typed=typed,
    )


def steps(query: DataQuery, centre: Centre, today: Any) -> list[Any]:
    said = QueryStep.objects.filter(query=query).select_related("by").order_by("id")
    return [
        step(
            s.kind,
            said_words(query, s),
            s.by.name if s.by else _("Edit check"),
            s.at,
            centre.timezone,
            today,
        )
        for s in said
    ]


def value_of(query: DataQuery, place: reads.Place) -> str:
    """What stands in the item now, in words."""
    if place.entry is None:
        return ""
    group, _dot, inner = query.item.partition(".")
    kept = place.entry.data.get(group)
    if query.row and isinstance(kept, list):
        kept = next((row for row in kept if row.get("id") == query.row), {}).get(inner)
    elif isinstance(kept, list) and group in place.compiled.form.group_by_name:
        return _("%(n)d rows") % {"n": len(kept)}
    return "" if kept is None else place.compiled.label(query.item, kept, language())


def item_of(place: reads.Place, field: str) -> tuple[str, str]:
    """("targets.mm", "r1") for the field "targets.r1.mm"; ("", "") where there is none such."""
    parts = field.split(".")
    form = place.compiled.form
    if len(parts) == 1 and (field in form.by_name or field in form.group_by_name):
        return field, ""
    group = form.group_by_name.get(parts[0])
    if len(parts) == 3 and group and parts[2] in group.by_name:
        return f"{parts[0]}.{parts[2]}", parts[1]
    return "", ""


def actor_with(request: HttpRequest, verb: Verb, centre_id: int) -> Actor | None:
    """The same person in the role that grants another verb at this centre, where one does."""
    if not holds(request, verb, centre_id):
        return None
    return actor_for(request.user, request.grants, verb)
