"""When an act on a participant's data is refused, and the sentence that says so."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf import study
from crf.definition import Definition
from crf.definition.arm_words import named_in
from crf.models import DataQuery, Participant, QueryState, QueryStep, TrialLock
from reminet_site.context import Actor
from reminet_site.errors import NotThere, Refusal
from reminet_site.jinja2_env import day
from reminet_site.models import Centre
from reminet_site.rules import allowed
from reminet_site.typed import said, whole

CONSENT = "CONSENT"


def trial_is_locked() -> bool:
    return bool(TrialLock.objects.order_by("-id").values_list("locked", flat=True).first())


def check_not_locked(locked: bool) -> None:
    if locked:
        raise Refusal(_("The trial is locked: data can be read, not changed."))


def check_not_frozen(frozen_on: date | None) -> None:
    if frozen_on is not None:
        raise Refusal(
            _(
                "This form is frozen since %(day)s: it is read, not changed. Ask the data manager "
                "to take the freeze back, and say what is to be corrected."
            )
            % {"day": day(frozen_on)}
        )


def check_can_screen(centre: Centre, locked: bool) -> None:
    check_not_locked(locked)
    if centre.opened_on is None or centre.closed_on is not None:
        raise Refusal(
            _("%(centre)s is not open: no participant is screened there.") % {"centre": centre.name}
        )


def check_day_of_screening(centre: Centre, screened_on: date) -> None:
    if centre.opened_on and screened_on < centre.opened_on:
        raise Refusal(
            _(
                "%(centre)s is active since %(day)s: nobody was screened there before. Type the "
                "day again."
            )
            % {"centre": centre.name, "day": f"{centre.opened_on:%d/%m/%Y}"},
            item="screened_on",
        )


def check_form_of_visit(definition: Definition, visit: str, form: str, number: int) -> None:
    """There is such a page in the casebook; a made-up address is answered like an absent one."""
    try:
        planned = definition.visit(visit)
    except KeyError:
        raise no_visit(visit) from None
    code, dash, ordinal = visit.partition("-")
    numbered = planned.kind in {"repeated", "unscheduled"}
    if numbered != bool(dash) or (dash and not 0 < (whole(ordinal) or 0) < 1000):
        raise no_visit(visit)
    if dash and (int(ordinal) % planned.step or visit != f"{code}-{int(ordinal):02d}"):
        raise no_visit(visit)  # "ASM-3" is no second name of ASM-03
    if form not in (*planned.forms, *planned.optional_forms):
        raise NotThere(_("No form %(form)s at this visit.") % {"form": form})
    if number < 1 or number > 999 or (number != 1 and not definition.form(form).repeats):
        raise NotThere(_("No form %(form)s number %(number)s.") % {"form": form, "number": number})


def no_visit(visit: str) -> NotThere:
    return NotThere(_("No visit %(visit)s.") % {"visit": visit})


def check_can_enter(
    definition: Definition, participant: Participant, visit: str, form: str, has: Collection[str]
) -> None:
    """Consent comes first; what hangs on randomisation waits for it. `has`: forms entered."""
    if form != CONSENT and CONSENT not in has:
        raise Refusal(_("Enter the consent first: nothing is recorded before it is signed."))
    anchored = definition.visit(visit).anchor in {"randomisation", "previous", "end", "stop"}
    if anchored and participant.randomised_on is None:
        raise Refusal(
            _("%(code)s is not randomised: there is no such visit yet.")
            % {"code": participant.code}
        )


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
    if day is None:
        raise Refusal(
            _(
                "%(code)s withdrew consent on %(withdrawn)s. Only what happened until then is "
                "recorded: give the day, or leave the form out."
            )
            % withdrawal(place.participant)
        )
    if day > withdrawn:
        check_told_by_register(place, day, answers, registers)


def check_told_by_register(
    place: Any, day: date, answers: Mapping[str, Any], registers: Callable[[], bool]
) -> None:
    """After the withdrawal: the one entry that the definition names, learned from a register, and
    only where the participant accepted that (`registers`, asked of the database when needed)."""
    told = place.study.definition.trial.landmarks.from_registers
    facts = withdrawal(place.participant) | {"day": f"{day:%d/%m/%Y}"}
    if told is None or place.form != told.form:
        raise Refusal(
            _(
                "%(code)s withdrew consent on %(withdrawn)s: nothing dated %(day)s is recorded. "
                "Correct the date, or leave the form out."
            )
            % facts
        )
    if not registers():
        raise Refusal(
            _(
                "%(code)s withdrew consent on %(withdrawn)s and did not accept that public "
                "registers are read: nothing dated %(day)s is recorded."
            )
            % facts
        )
    if answers.get(told.item) != told.value:
        raise Refusal(
            _(
                "%(code)s withdrew consent on %(withdrawn)s: of what is dated later, only what a "
                "public register tells is recorded. Say so in the form, or leave it out."
            )
            % facts,
            item=told.item,
        )


def withdrawal(participant: Participant) -> dict[str, str]:
    """Who withdrew, and when, for a sentence."""
    return {"code": participant.code, "withdrawn": f"{participant.withdrawn_on:%d/%m/%Y}"}


def check_not_withdrawn(participant: Participant) -> None:
    if participant.withdrawn_on is not None:
        raise Refusal(
            _("%(code)s withdrew consent on %(withdrawn)s. Nothing was done.")
            % withdrawal(participant)
        )


def allowed_to_enter(place: Any) -> str:
    """Why this page takes no entry now; "" where it does. The button asks what the save asks."""
    definition = place.study.definition
    return (
        allowed(check_not_locked, place.locked)
        or allowed(check_not_frozen, place.frozen_on)
        or allowed(
            check_can_enter,
            definition,
            place.participant,
            place.visit,
            place.form,
            place.forms_entered,
        )
    )


def check_limits(item: str, low: Decimal | None, high: Decimal | None) -> None:
    if low is None and high is None:
        raise Refusal(_("Type the lower limit, the upper limit, or both."), item=item)
    if low is not None and high is not None and low >= high:
        raise Refusal(
            _(
                "The lower limit %(low)s is not below the upper limit %(high)s. Correct one of "
                "the two."
            )
            % {"low": f"{low.normalize():f}", "high": f"{high.normalize():f}"},
            item=item,
        )
    if any(limit is not None and not 0 <= limit < 10**8 for limit in (low, high)):
        raise Refusal(_("A limit is a number from 0 on."), item=item)


def check_query_open(query: DataQuery) -> None:
    if query.state == QueryState.CLOSED:
        raise Refusal(_("This query is closed. Raise another one if something is left to ask."))


def check_said(text: str, ask: str, item: str = "text") -> None:
    """Refused with the sentence that asks for it where the text says nothing."""
    if not said(text):
        raise Refusal(ask, item=item)
    if len(text) > 2000:
        raise Refusal(_("Write 2,000 characters at most."), item=item)


def check_said_once(last: QueryStep | None, kind: str, text: str, by: Actor) -> None:
    """A step of a thread is not taken twice, as Back and the same button would."""
    if last and (last.kind, last.text, last.by_id) == (kind, text.strip(), by.user_id):
        raise Refusal(_("This stands in the thread already, as its last step."), item="text")


def check_can_lock(open_queries: int, unsigned: int, reason: str, locked: bool) -> None:
    if locked:
        raise Refusal(_("The trial is locked already."))
    left = left_at_lock(open_queries, unsigned)
    if left and not said(reason):
        raise Refusal(left, item="reason")


def left_at_lock(open_queries: int, unsigned: int) -> str:
    """Why the lock asks for a reason; "" where it asks for none."""
    queries = ngettext(
        "%(n)d query is not closed.", "%(n)d queries are not closed.", open_queries
    ) % {"n": open_queries}
    casebooks = ngettext(
        "%(n)d casebook is not signed as it stands.",
        "%(n)d casebooks are not signed as they stand.",
        unsigned,
    ) % {"n": unsigned}
    found = [words for words, n in ((queries, open_queries), (casebooks, unsigned)) if n]
    ask = _("Have this done, or say why the trial is locked all the same.")
    return " ".join([*found, ask]) if found else ""


def check_can_freeze(saved: Any, locked: bool) -> None:
    """`saved`: the reads_freeze.Saved of the casebook."""
    check_not_locked(locked)
    if not saved.versions:
        raise Refusal(_("Nothing is saved in this casebook: there is nothing to freeze."))
    if not saved.since:
        raise Refusal(_("All that is saved in this casebook is frozen."))
    if saved.queries:
        words = ngettext(
            "%(n)d query is not closed. Freeze the casebook when it is.",
            "%(n)d queries are not closed. Freeze the casebook when they are.",
            saved.queries,
        )
        raise Refusal(words % {"n": saved.queries})


def check_can_take_back(code: str, frozen: bool, reason: str, locked: bool) -> None:
    check_not_locked(locked)
    if not frozen:
        raise Refusal(_("%(code)s is not frozen.") % {"code": code})
    check_text(reason, "reason", _("Write why the freeze is taken back."), 500)


def check_no_arm(typed: str, box: str) -> None:
    """Blind people read it, and who types it may have opened the arm of a participant."""
    named = named_in(typed, study.current().definition.randomisation)
    if named:
        raise Refusal(
            _("“%(words)s” tells of an arm, and blind people read this: say “the product”.")
            % {"words": ", ".join(named)},
            item=box,
        )


def check_text(typed: str, box: str, ask: str, longest: int) -> None:
    if not said(typed):
        raise Refusal(ask, item=box)
    if len(typed) > longest:
        raise Refusal(_("Write %(most)d characters at most.") % {"most": longest}, item=box)
