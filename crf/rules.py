"""When an act on a participant's data is refused, and the sentence that says so."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from crf.definition import Definition
from crf.models import DataQuery, Participant, QueryState, TrialLock
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Centre
from reminet_site.rules import allowed
from reminet_site.typed import said, whole

CONSENT = "CONSENT"


def trial_is_locked() -> bool:
    return bool(TrialLock.objects.order_by("-id").values_list("locked", flat=True).first())


def check_not_locked(locked: bool) -> None:
    if locked:
        raise Refusal("The trial is locked: data can be read, not changed.")


def check_can_screen(centre: Centre, locked: bool) -> None:
    check_not_locked(locked)
    if centre.opened_on is None or centre.closed_on is not None:
        raise Refusal(f"{centre.name} is not open: no participant is screened there.")


def check_day_of_screening(centre: Centre, screened_on: date) -> None:
    if centre.opened_on and screened_on < centre.opened_on:
        raise Refusal(
            f"{centre.name} is active since {centre.opened_on:%d/%m/%Y}: nobody was screened there "
            "before. Type the day again.",
            item="screened_on",
        )


def check_form_of_visit(definition: Definition, visit: str, form: str, number: int) -> None:
    """There is such a page in the casebook; a made-up address is answered like an absent one."""
    try:
        planned = definition.visit(visit)
    except KeyError:
        raise NotThere(f"No visit {visit}.") from None
    _, dash, ordinal = visit.partition("-")
    numbered = planned.kind in {"repeated", "unscheduled"}
    if numbered != bool(dash) or (dash and not 0 < (whole(ordinal) or 0) < 1000):
        raise NotThere(f"No visit {visit}.")
    if dash and int(ordinal) % planned.step:
        raise NotThere(f"No visit {visit}.")
    if form not in (*planned.forms, *planned.optional_forms):
        raise NotThere(f"No form {form} at this visit.")
    if number < 1 or number > 999 or (number != 1 and not definition.form(form).repeats):
        raise NotThere(f"No form {form} number {number}.")


def check_can_enter(
    definition: Definition, participant: Participant, visit: str, form: str, has: Collection[str]
) -> None:
    """Consent comes first; what hangs on randomisation waits for it. `has`: forms entered."""
    if form != CONSENT and CONSENT not in has:
        raise Refusal("Enter the consent first: nothing is recorded before it is signed.")
    anchored = definition.visit(visit).anchor in {"randomisation", "previous", "end", "stop"}
    if anchored and participant.randomised_on is None:
        raise Refusal(f"{participant.code} is not randomised: there is no such visit yet.")


def check_before_withdrawal(
    place: Any, day: date | None, answers: Mapping[str, Any], *, registers: Callable[[], bool]
) -> None:
    """Nothing dated after the withdrawal of consent; what happened before may be completed.

    A death that a public register tells is recorded where the participant did not object.
    """
    withdrawn, mark = (
        place.participant.withdrawn_on,
        place.study.definition.trial.landmarks.withdrawn,
    )
    if withdrawn is None or (mark and place.form == mark.form):
        return
    who = place.participant.code
    if day is None:
        raise Refusal(
            f"{who} withdrew consent on {withdrawn:%d/%m/%Y}. Only what happened until then is "
            "recorded: give the day, or leave the form out."
        )
    if day > withdrawn:
        check_told_by_register(place, day, answers, registers)


def check_told_by_register(
    place: Any, day: date, answers: Mapping[str, Any], registers: Callable[[], bool]
) -> None:
    """After the withdrawal: the one entry that the definition names, learned from a register, and
    only where the participant accepted that (`registers`, asked of the database when needed)."""
    who, withdrawn = place.participant.code, place.participant.withdrawn_on
    told = place.study.definition.trial.landmarks.from_registers
    if told is None or place.form != told.form:
        raise Refusal(
            f"{who} withdrew consent on {withdrawn:%d/%m/%Y}: nothing dated {day:%d/%m/%Y} is "
            "recorded. Correct the date, or leave the form out."
        )
    if not registers():
        raise Refusal(
            f"{who} withdrew consent on {withdrawn:%d/%m/%Y} and did not accept that public "
            f"registers are read: nothing dated {day:%d/%m/%Y} is recorded."
        )
    if answers.get(told.item) != told.value:
        raise Refusal(
            f"{who} withdrew consent on {withdrawn:%d/%m/%Y}: of what is dated later, only what a "
            "public register tells is recorded. Say so in the form, or leave it out.",
            item=told.item,
        )


def check_not_withdrawn(participant: Participant) -> None:
    if participant.withdrawn_on is not None:
        raise Refusal(
            f"{participant.code} withdrew consent on {participant.withdrawn_on:%d/%m/%Y}. "
            "Nothing was done."
        )


def allowed_to_enter(place: Any) -> str:
    """Why this page takes no entry now; "" where it does. The button asks what the save asks."""
    definition = place.study.definition
    return allowed(check_not_locked, place.locked) or allowed(
        check_can_enter,
        definition,
        place.participant,
        place.visit,
        place.form,
        place.forms_entered,
    )


def check_limits(item: str, low: Decimal | None, high: Decimal | None) -> None:
    if low is None and high is None:
        raise Refusal("Type the lower limit, the upper limit, or both.", item=item)
    if low is not None and high is not None and low >= high:
        raise Refusal(
            f"The lower limit {low.normalize():f} is not below the upper limit "
            f"{high.normalize():f}. Correct one of the two.",
            item=item,
        )
    if any(limit is not None and not 0 <= limit < 10**8 for limit in (low, high)):
        raise Refusal("A limit is a number from 0 on.", item=item)


def check_query_open(query: DataQuery) -> None:
    if query.state == QueryState.CLOSED:
        raise Refusal("This query is closed. Raise another one if something is left to ask.")


def check_said(text: str, what: str) -> None:
    if not said(text):
        raise Refusal(f"Write {what}.", item="text")
    if len(text) > 2000:
        raise Refusal("Write 2,000 characters at most.", item="text")


def check_can_lock(open_queries: int, reason: str, locked: bool) -> None:
    if locked:
        raise Refusal("The trial is locked already.")
    if open_queries and not said(reason):
        raise Refusal(
            f"{open_queries} queries are open. Have them closed, or say why the trial is locked "
            "all the same.",
            item="reason",
        )
