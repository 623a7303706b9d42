"""What the pages show on which casebooks are signed."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import calendar, endorsement, reads, study
from crf.definition.plan import Milestone
from crf.endorsement import CHANGED, UNSIGNED, Standing
from crf.models import DataQuery, Draft, Entry, Participant
from crf.pages import holds
from crf.presenters.endorsement import (
    CasebookLine,
    CasebooksPage,
    EndorsementPage,
    FormLink,
    MilestoneView,
    standing_state,
    to_do,
    what_it_holds,
    what_it_lacks,
)
from crf.presenters.words import State, day
from crf.signed import ENDORSED, answers_of
from crf.words import form_words, language
from reminet_site.clock import day_at
from reminet_site.models import Centre
from reminet_site.roles import Verb
from reminet_site.signatures import reads as signatures
from reminet_site.signatures.reads import Signed


def page_of(request: HttpRequest, participant: Participant) -> EndorsementPage:
    """What is hashed is read first: what the page tells of is not older than that."""
    standings = endorsement.of_participant(participant)
    answers = answers_of((participant.pk, one.milestone) for one in standings)
    entries = calendar.summaries(participant=participant)
    definition = study.current().definition
    facts = calendar.facts_of(definition, participant, entries)
    over = endorsement.is_over(facts)
    today = day_at(participant.clinical_now, participant.centre)
    due = calendar.visits_of(definition, facts, entries, today)
    drafts = Draft.objects.filter(participant=participant, user_id=request.actor.user_id)
    typed_at = list(drafts.values_list("visit", flat=True))
    queries = DataQuery.objects.filter(reads.NOT_CLOSED, participant=participant)
    asked_at = list(queries.values_list("visit", flat=True))
    made = signatures.signed("casebook", participant_id=participant.pk)
    can_sign = holds(request, Verb.ENDORSE, participant.centre_id)
    views = []
    for one, held in zip(standings, answers, strict=True):
        mine = [e for e in entries if one.milestone.has(e.visit)]
        views.append(
            MilestoneView(
                name=one.milestone.name,
                title=one.milestone.title(language()),
                state=state_of(one, participant, over),
                line=what_it_holds(
                    len(mine),
                    sum(one.milestone.has(visit) for visit in asked_at),
                    sum(e.expected - e.filled for e in mine),
                ),
                lacks=what_it_lacks(
                    sum(len(v.missing) for v in due if v.urgent and one.milestone.has(v.code)),
                    sum(one.milestone.has(visit) for visit in typed_at),
                ),
                changed=one.state == CHANGED,
                saved_since=saved_since(participant, one),
                signed=signatures_of(made, participant, one.milestone),
                signs_too=titles_within(one, standings),
                can_sign=can_sign and not one.holds,
                early=one.state == UNSIGNED and not is_asked(one.milestone, over),
                seen=held.sha256,
            )
        )
    return EndorsementPage(
        code=participant.code,
        centre=participant.centre.name,
        centre_code=participant.centre.code,
        milestones=tuple(views),
        meaning=_(ENDORSED),
        asks=can_sign,
    )


def state_of(one: Standing, participant: Participant, over: bool) -> State:
    on = day(day_at(one.last.clinical_at, participant.centre)) if one.last else ""
    return standing_state(one.state, is_asked(one.milestone, over), on)


def is_asked(milestone: Milestone, over: bool) -> bool:
    return over or milestone.asked == "randomisation"


def signatures_of(
    made: Sequence[Signed], participant: Participant, milestone: Milestone
) -> tuple[Signed, ...]:
    return tuple(one for one in made if one.record == f"{participant.code} {milestone.name}")


def titles_within(one: Standing, standings: Sequence[Standing]) -> tuple[str, ...]:
    """What is signed with it: the milestones that lie within and are not signed as they stand."""
    return tuple(
        other.milestone.title(language())
        for other in standings
        if other is not one and not other.holds and one.milestone.covers(other.milestone)
    )


def titles(participant: Participant) -> dict[str, str]:
    """What the signatures of a casebook are called: record -> title of the milestone."""
    milestones = study.current().definition.trial.milestones
    return {f"{participant.code} {one.name}": one.title(language()) for one in milestones}


def waits(
    participant: Participant,
    entries: Sequence[calendar.Summary],
    made: Sequence[Signed],
    over: bool,
) -> str:
    """ "changed" where a signature of a milestone no longer holds, "unsigned" where one is asked
    for today, else ""; `made`: all that were given."""
    good: dict[str, bool] = {}
    for one in made:
        if one.kind == "casebook":
            good[one.record] = one.holds or good.get(one.record, False)
    if not all(good.values()):
        return CHANGED
    asked = any(
        f"{participant.code} {one.name}" not in good
        and endorsement.applies(one, participant)
        and is_asked(one, over)
        and any(one.has(e.visit) for e in entries)
        for one in study.current().definition.trial.milestones
    )
    return UNSIGNED if asked else ""


def saved_since(participant: Participant, one: Standing) -> tuple[FormLink, ...]:
    """The forms that were saved after the signature that no longer holds."""
    if one.state != CHANGED or one.last is None:
        return ()
    saved = Entry.objects.filter(participant=participant, saved_at__gt=one.last.clinical_at)
    definition = study.current().definition
    return tuple(
        FormLink(form_words(definition, form, visit, number), visit, form, number)
        for visit, form, number in saved.values_list("visit", "form", "number").order_by("saved_at")
        if one.milestone.has(visit)
    )


def of_centre(centre: Centre) -> CasebooksPage:
    """A line a participant; a number of statements that does not grow with them."""
    definition = study.current().definition
    milestones = definition.trial.milestones
    people = list(reads.participants_of(centre))
    found = endorsement.standings(people)
    entries = calendar.by_participant(calendar.summaries(centre=centre))
    lines = []
    for one in people:
        one.centre = centre
        over = endorsement.is_over(calendar.facts_of(definition, one, entries.get(one.pk, ())))
        by_name = {s.milestone.name: s for s in found.get(one.pk, ())}
        states = [
            state_of(by_name[m.name], one, over) if m.name in by_name else None for m in milestones
        ]
        lines.append(CasebookLine(code=one.code, milestones=tuple(states)))
    return CasebooksPage(
        centre=centre.name,
        centre_code=centre.code,
        columns=tuple(m.title(language()) for m in milestones),
        lines=tuple(lines),
        line=to_do(lines),
    )
