"""What the casebook of one participant shows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import calendar, pages_endorsement, reads, reads_freeze, reads_source, study
from crf.definition import Definition, schedule
from crf.models import DataQuery, Draft, Entry, Participant, QueryState
from crf.pages import holds
from crf.pages_centre import work_at
from crf.pages_recent import happenings
from crf.presenters.casebook import (
    CasebookPage,
    Key,
    Rights,
    casebook_page,
)
from crf.presenters.casebook_facts import ParticipantFacts
from crf.presenters.freeze import frozen_words
from crf.presenters.recent import lasting, recent
from crf.presenters.work import Waiting, waiting
from crf.rules import check_not_locked
from crf.words import language
from reminet_site.clock import day_at
from reminet_site.errors import NotThere
from reminet_site.roles import Verb
from reminet_site.rules import allowed
from reminet_site.signatures.reads import Signed


def casebook(
    request: HttpRequest, participant: Participant, signed: Sequence[Signed]
) -> CasebookPage:
    definition = study.current().definition
    centre = participant.centre
    today = day_at(participant.clinical_now, centre)
    entries = calendar.summaries(participant=participant)
    facts = calendar.facts_of(definition, participant, entries)
    locked = bool(participant.trial_locked)
    due = calendar.visits_of(definition, facts, entries, today)
    held = reads_freeze.held_of(participant)
    work = work_at(definition, participant, facts, entries, due, held)
    waits = Waiting() if locked else waiting(work, today)
    if not holds(request, Verb.READ_ELIGIBILITY, centre.pk):
        waits = replace(waits, ready=False)
    signs = holds(request, Verb.ENDORSE, centre.pk)
    to_sign = pages_endorsement.to_sign([(participant, work)], signed) if signs else []
    told = happenings(request, definition, participant)
    queries, mine = queries_by_state(participant), waiting_states(request, centre.pk)
    return casebook_page(
        definition=definition,
        language=language(),
        participant=ParticipantFacts(
            code=participant.code,
            centre=centre.name,
            centre_code=centre.code,
            randomisation_number=participant.randomisation_number or "",
            randomised_on=participant.randomised_on,
            screened_on=participant.screened_on,
        ),
        facts=facts,
        due=due,
        entries=entries,
        today=today,
        drafts=drafts(participant, request.actor.user_id),
        queries=together(queries, (QueryState.OPEN, QueryState.ANSWERED)),
        asked=together(queries, mine),
        asked_state=mine[0] if len(mine) == 1 else "all",
        waits=waits,
        verified=reads_source.verified_versions(participant),
        to_sign=to_sign[0].kind if to_sign else "",
        gate_to_sign=holds(request, Verb.RANDOMISE, centre.pk) and gate_changed(signed),
        titles=titles(definition, participant),
        recent=recent(told, centre.timezone, today),
        lasting=lasting(told),
        frozen=frozen_words(held, centre),
        held=held.entries if held else None,
        locked=allowed(check_not_locked, locked),
        rights=Rights(
            enter=holds(request, Verb.ENTER_DATA, centre.pk) and not locked,
            randomise=waits.ready
            and holds(request, Verb.RANDOMISE, centre.pk)
            and participant.withdrawn_on is None,
            gate=holds(request, Verb.READ_ELIGIBILITY, centre.pk)
            and participant.randomised_on is None
            and facts.consented_on is not None,
            unblind=holds(request, Verb.UNBLIND, centre.pk)
            and participant.randomised_on is not None,
            takings=holds(request, Verb.READ_TAKINGS, centre.pk),
            receipt=holds(request, Verb.READ_ELIGIBILITY, centre.pk)
            and participant.randomised_on is not None,
        ),
    )


def gate_changed(signed: Sequence[Signed]) -> bool:
    """The eligibility was signed, and no signature of it holds any more."""
    gate = [one.holds for one in signed if one.kind == "eligibility"]
    return bool(gate) and not any(gate)


def drafts(participant: Participant, user_id: int | None) -> list[tuple[str, str, int]]:
    mine = Draft.objects.filter(participant=participant, user_id=user_id)
    return list(mine.values_list("visit", "form", "number"))


def queries_by_state(participant: Participant) -> dict[str, Counter[Key]]:
    """state -> (visit, form, number) -> how many, of those that are not closed."""
    counts: dict[str, Counter[Key]] = defaultdict(Counter)
    asked = DataQuery.objects.filter(reads.NOT_CLOSED, participant=participant)
    for state, *key in asked.values_list("state", "visit", "form", "number"):
        counts[state][tuple(key)] += 1
    return counts


def together(queries: dict[str, Counter[Key]], states: Iterable[str]) -> Counter[Key]:
    return sum((queries[state] for state in states if state in queries), Counter())


def waiting_states(request: HttpRequest, centre_id: int) -> list[str]:
    """States in which a query waits for this person: open for an answer, answered to be read."""
    verbs = ((QueryState.OPEN, Verb.ANSWER_QUERY), (QueryState.ANSWERED, Verb.CLOSE_QUERY))
    return [state.value for state, verb in verbs if holds(request, verb, centre_id)]


def titles(definition: Definition, participant: Participant) -> dict[tuple[str, int], str]:
    """What each entry of a running record is called: the term of an adverse event."""
    named = {form.name: form.row_title for form in definition.forms if form.row_title}
    rows = Entry.objects.filter(participant=participant, form__in=named)
    found = {}
    for form, number, data in rows.values_list("form", "number", "data"):
        compiled = study.current().form(form)
        kept = data.get(named[form])
        if kept is not None:
            found[(form, number)] = compiled.label(named[form], kept, language())
    return found


def next_unscheduled(participant: Participant) -> tuple[str, str]:
    """The code of the next unscheduled visit and its form."""
    codes = Entry.objects.filter(participant=participant).values_list("visit", flat=True)
    found = schedule.next_unscheduled(study.current().definition, codes)
    if found is None:
        raise NotThere(_("This trial has no unscheduled visits."))
    code, planned = found
    return code, planned.forms[0]
