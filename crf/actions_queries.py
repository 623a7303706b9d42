"""Writes on data queries: raised by hand or by a check, answered, closed."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf import reads, study
from crf.definition import Finding
from crf.models import DataQuery, Entry, Participant, QueryState, QueryStep
from crf.rules import check_query_open, check_said, check_said_once
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor

NO_LONGER = gettext_noop("The check no longer fires.")


@transaction.atomic(savepoint=False)
def raise_query(
    *,
    participant: Participant,
    visit: str,
    form: str,
    number: int,
    item: str,
    row: str = "",
    text: str,
    check_name: str = "",
    by: Actor | None,
) -> DataQuery:
    """A question to the centre about one item."""
    check_said(text, _("Write the question."))
    query = DataQuery.objects.create(
        participant=participant,
        centre_id=participant.centre_id,
        visit=visit,
        form=form,
        number=number,
        item=item,
        row=row,
        check_name=check_name,
        raised_at=ClinicalNow(),
        raised_by_id=by.user_id if by else None,
    )
    step(query, "raised", text, by)
    return query


@transaction.atomic(savepoint=False)
def answer_query(*, query: DataQuery, text: str, by: Actor) -> DataQuery:
    check_query_open(query)
    check_said(text, _("Write the answer."))
    check_said_once(last_step(query), "answered", text, by)
    return move(query, QueryState.ANSWERED, "answered", text, by)


@transaction.atomic(savepoint=False)
def reopen_query(*, query: DataQuery, text: str, by: Actor) -> DataQuery:
    check_query_open(query)
    check_said(text, _("Write what is left to answer."))
    check_said_once(last_step(query), "reopened", text, by)
    return move(query, QueryState.OPEN, "reopened", text, by)


@transaction.atomic(savepoint=False)
def close_query(*, query: DataQuery, text: str = "", by: Actor | None) -> DataQuery:
    check_query_open(query)
    return move(query, QueryState.CLOSED, "closed", text, by)


def move(query: DataQuery, state: QueryState, kind: str, text: str, by: Actor | None) -> DataQuery:
    query.state = state
    query.save(update_fields=["state"])
    step(query, kind, text, by)
    return query


def last_step(query: DataQuery) -> QueryStep | None:
    return QueryStep.objects.filter(query=query).order_by("-id").first()


def step(query: DataQuery, kind: str, text: str, by: Actor | None) -> QueryStep:
    return QueryStep.objects.create(
        query=query,
        participant_id=query.participant_id,
        centre_id=query.centre_id,
        kind=kind,
        text=text.strip(),
        at=ClinicalNow(),
        by_id=by.user_id if by else None,
    )


def follow_checks(
    findings: Sequence[Finding], entry: Entry, open_queries: Sequence[DataQuery]
) -> None:
    """Checks that fire raise their query once; those that no longer fire close theirs."""
    firing = {(f.check, f.item, f.row): f for f in findings if f.severity == "query"}
    asked = {(q.check_name, q.item, q.row): q for q in open_queries}
    for key, finding in firing.items():
        if key not in asked:
            raise_query(
                participant=entry.participant,
                visit=entry.visit,
                form=entry.form,
                number=entry.number,
                item=finding.item,
                row=finding.row,
                text=finding.sentence.en,
                check_name=finding.check,
                by=None,
            )
    for key, query in asked.items():
        if key not in firing:
            close_query(query=query, text=NO_LONGER, by=None)


def follow_readers(place: reads.Place, saved: Entry) -> None:
    """Query checks of other entries that read the saved form are looked at again.

    A death may be entered before the fatal event or after it: whichever comes last settles the
    question, on the form where it was asked (docs/adr/0036). Costs nothing where no entry reads
    the form.
    """
    if not study.current().readers_of(saved.form) & place.forms_entered:
        return
    around = replace(place, entries=tuple(reads.entries_of(place.participant)))
    open_ones = reads.asked_by_checks(place.participant)
    for entry in around.entries:
        there = around.at(entry)
        names = there.compiled.queries_about.get(saved.form)
        if not names or entry.pk == saved.pk:
            continue
        entry.participant = place.participant
        found = there.compiled.evaluate(entry.data, there.context()).findings
        asked = [one for one in open_ones if reads.is_at(one, entry) and one.check_name in names]
        follow_checks([one for one in found if one.check in names], entry, asked)
