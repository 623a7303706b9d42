"""What the pages show on which casebooks are signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import calendar, endorsement, reads, study
from crf.definition import DueVisit
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
from crf.presenters.home import SignWork
from crf.presenters.words import State, day
from crf.presenters.work import ParticipantWork
from crf.signed import ENDORSED, answers_of
from crf.words import form_words, language
from reminet_site.clock import day_at
from reminet_site.models import Centre
from reminet_site.roles import Verb
from reminet_site.signatures import reads as signatures
from reminet_site.signatures.reads import Signed


@dataclass(frozen=True, slots=True)
class Around:
    """What stands at the participant beside the signatures, read for all milestones at once."""

    entries: Sequence[calendar.Summary]
    due: Sequence[DueVisit]
    over: bool  # nothing more is expected of the participant
    queries: Sequence[str]  # the visit of each query that is not closed
    drafts: Sequence[str]  # the visit of each draft of the reader
    made: Sequence[Signed]


def page_of(
    request: HttpRequest, participant: Participant, opened: Mapping[str, datetime]
) -> EndorsementPage:
    """What is hashed is read first: what the page tells of is not older than that.

    `opened`: milestone -> when the page was opened whose signature was refused.
    """
    standings = endorsement.of_participant(participant)
    answers = answers_of((participant.pk, one.milestone) for one in standings)
    around = around_of(request, participant)
    can_sign = holds(request, Verb.ENDORSE, participant.centre_id)
    return EndorsementPage(
        code=participant.code,
        centre=participant.centre.name,
        centre_code=participant.centre.code,
        milestones=tuple(
            view_of(participant, one, standings, held.sha256, around, opened, can_sign=can_sign)
            for one, held in zip(standings, answers, strict=True)
        ),
        meaning=_(ENDORSED),
        asks=can_sign,
        opened=participant.clinical_now.isoformat(),
    )


def around_of(request: HttpRequest, participant: Participant) -> Around:
    definition = study.current().definition
    entries = calendar.summaries(participant=participant)
    facts = calendar.facts_of(definition, participant, entries)
    today = day_at(participant.clinical_now, participant.centre)
    queries = DataQuery.objects.filter(reads.NOT_CLOSED, participant=participant)
    drafts = Draft.objects.filter(participant=participant, user_id=request.actor.user_id)
    return Around(
        entries=entries,
        due=calendar.visits_of(definition, facts, entries, today),
        over=endorsement.is_over(facts),
        queries=list(queries.values_list("visit", flat=True)),
        drafts=list(drafts.values_list("visit", flat=True)),
        made=signatures.signed("casebook", participant_id=participant.pk),
    )


def view_of(
    participant: Participant,
    one: Standing,
    standings: Sequence[Standing],
    seen: str,
    around: Around,
    opened: Mapping[str, datetime],
    *,
    can_sign: bool,
) -> MilestoneView:
    milestone = one.milestone
    since = opened.get(milestone.name)
    words = (
        _("Saved since you opened this page:") if since else _("Saved after the last signature:")
    )
    if since is None and one.last and one.state == CHANGED:
        since = one.last.clinical_at
    mine = [entry for entry in around.entries if milestone.has(entry.visit)]
    missing = [v.missing for v in around.due if v.urgent and milestone.has(v.code)]
    return MilestoneView(
        name=milestone.name,
        title=milestone.title(language()),
        state=state_of(one, participant, around.over),
        line=what_it_holds(
            len(mine),
            sum(map(milestone.has, around.queries)),
            sum(entry.expected - entry.filled for entry in mine),
        ),
        lacks=what_it_lacks(sum(map(len, missing)), sum(map(milestone.has, around.drafts))),
        changed=one.state == CHANGED,
        saved_since=saved_since(participant, milestone, since) if since else (),
        since_words=words,
        signed=signatures_of(around.made, participant, milestone),
        signs_too=titles_within(one, standings),
        can_sign=can_sign and not one.holds,
        early=one.state == UNSIGNED and not endorsement.is_asked(milestone, around.over),
        seen=seen,
    )


def state_of(one: Standing, participant: Participant, over: bool) -> State:
    on = day(day_at(one.last.clinical_at, participant.centre)) if one.last else ""
    return standing_state(one.state, endorsement.is_asked(one.milestone, over), on)


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


def saved_since(
    participant: Participant, milestone: Milestone, since: datetime
) -> tuple[FormLink, ...]:
    """The forms of the milestone that were saved after that moment, in that order."""
    saved = Entry.objects.filter(participant=participant, saved_at__gt=since)
    definition = study.current().definition
    return tuple(
        FormLink(form_words(definition, form, visit, number), visit, form, number)
        for visit, form, number in saved.values_list("visit", "form", "number").order_by("saved_at")
        if milestone.has(visit)
    )


def state_in_list(one: Standing | None, participant: Participant, over: bool) -> State | None:
    """None where nothing is to be signed, nor will be: the participant was never randomised."""
    if one is None:
        return None if over else standing_state(UNSIGNED, asked=False)
    return state_of(one, participant, over)


def to_sign(
    people: Iterable[tuple[Participant, ParticipantWork]], made: Sequence[Signed] | None = None
) -> list[SignWork]:
    """Of each participant what waits for a signature today. The same number of statements, however
    many there are; `made`: the signatures that were given, for a caller who knows."""
    known = list(people)
    saved = {participant.pk: one.saved for participant, one in known}
    found = endorsement.standings((one for one, _ in known), saved, made)
    work = []
    for participant, one in known:
        over = bool(one.left) or one.screen_failed
        waits = [s for s in found.get(participant.pk, ()) if s.waits(over)]
        if waits:
            changed = any(s.state == CHANGED for s in waits)
            titles = tuple(s.milestone.title(language()) for s in waits)
            work.append(SignWork(participant.code, titles, CHANGED if changed else UNSIGNED))
    return work


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
        states = tuple(state_in_list(by_name.get(m.name), one, over) for m in milestones)
        lines.append(CasebookLine(code=one.code, milestones=states))
    return CasebooksPage(
        centre=centre.name,
        centre_code=centre.code,
        columns=tuple(m.title(language()) for m in milestones),
        lines=tuple(lines),
        line=to_do(lines),
    )
