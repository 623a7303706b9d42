"""When an act on an account, a role or a centre is refused, and the sentence that says so."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.access.models import AccessRequest, DutyKind, RequestState
from reminet_site.context import Actor
from reminet_site.errors import NotAllowed, Refusal
from reminet_site.models import Centre, Grant, User
from reminet_site.roles import CENTRE_ROLES, Role
from reminet_site.typed import NO_DAY, said

LONGEST = 500
DECIDED = {
    RequestState.CONFIRMED: gettext_noop("This request is confirmed already."),
    RequestState.DECLINED: gettext_noop("This request is declined already."),
}


def check_reason(text: str, ask: str) -> str:
    """The text, stripped; refused with the sentence that asks for it where it says nothing."""
    if not said(text):
        raise Refusal(ask, item="reason")
    if len(text) > LONGEST:
        raise Refusal(_("Write %(most)d characters at most.") % {"most": LONGEST}, item="reason")
    return text.strip()


# Why an act on an account or a centre is done: each is asked for with its own sentence.
WHY = {
    "give": gettext_noop("Say why the role is given."),
    "revoke": gettext_noop("Say why the role ends."),
    "second_step": gettext_noop("Say why the second step is set up anew."),
    "close": gettext_noop("Say why the account is closed."),
    "reopen": gettext_noop("Say why the account is opened again."),
    "activate centre": gettext_noop("Say why the centre is activated: what was approved, by whom."),
    "close centre": gettext_noop("Say why the centre is closed."),
}


def check_why(act: str, text: str) -> str:
    """The reason for this act, stripped."""
    return check_reason(text, _(WHY[act]))


def check_period(period: str) -> None:
    if not period.strip():
        raise Refusal(_("Name the period, e.g. 2026, second half."), item="period")


def check_open(user: User) -> None:
    if not user.is_active:
        raise Refusal(
            _("The account of %(name)s is closed. Reopen it first.") % {"name": user.name}
        )


def check_not_oneself(user: User, by: Actor) -> None:
    if user.pk == by.user_id:
        raise Refusal(_("Another administrator does this: nobody changes the own account here."))


def check_somebody_confirms(administrators: int) -> None:
    if administrators < 2:
        raise Refusal(
            _(
                "This takes two administrators, and you are the only one. Whoever runs the service "
                "adds the second one there: manage.py first_administrator."
            )
        )


def check_can_decide(request: AccessRequest, by: Actor) -> None:
    if request.state != RequestState.WAITING:
        raise Refusal(_(DECIDED[RequestState(request.state)]))
    if by.user_id in (request.asked_by_id, request.user_id):
        raise Refusal(_("The second person is somebody else than the first, and than the account."))


def check_last_administrator(user: User, administrators: list[int]) -> None:
    if administrators == [user.pk]:
        raise Refusal(_("This is the only administrator. Give the role to another account first."))


def check_duty_kind(kind: str) -> None:
    if kind not in DutyKind.values:
        raise Refusal(_("Choose what is recorded."), item="kind")


def check_duty_what(what: str) -> None:
    if not said(what):
        raise Refusal(_("Say what: which training, which tasks."), item="what")


def check_duty_day(on: date | None, today: date) -> date:
    if on is None:
        raise Refusal(_(NO_DAY), item="on")
    if on > today:
        raise Refusal(
            _("%(day)s lies ahead. Record it once it has happened.") % {"day": f"{on:%d/%m/%Y}"},
            item="on",
        )
    return on


def check_duty(grant: Grant, kind: str, by: Actor) -> None:
    """Training: the sponsor's side. Delegation: the principal investigator's; his own: theirs."""
    if grant.revoked_at is not None:
        raise Refusal(_("This role was revoked."))
    if grant.role not in CENTRE_ROLES:
        raise Refusal(
            _("%(role)s is held for the whole trial: nothing to record.")
            % {"role": _(Role(grant.role).label)}
        )
    if by.role == "system":
        return
    if grant.user_id == by.user_id:
        raise Refusal(_("Somebody else records this: nobody vouches for themselves."), item="grant")
    lead = by.role in (Role.PRINCIPAL_INVESTIGATOR, Role.CENTRE_READER)
    of_lead = grant.role == Role.PRINCIPAL_INVESTIGATOR
    if kind == DutyKind.TRAINING and lead:
        raise NotAllowed(
            _("Training is recorded by the sponsor or the administrator."), item="kind"
        )
    if kind != DutyKind.TRAINING and lead == of_lead:
        raise NotAllowed(
            _("The principal investigator's own charge is recorded by the sponsor.")
            if lead
            else _("The principal investigator of the centre records who is charged with what."),
            item="kind",
        )


def check_can_activate(centre: Centre, lead_ready: bool) -> None:
    if centre.closed_on is not None:
        raise Refusal(_("%(centre)s is closed.") % {"centre": centre.name})
    if centre.opened_on is not None:
        raise Refusal(_("%(centre)s is active already.") % {"centre": centre.name})
    if not lead_ready:
        raise Refusal(
            _(
                "%(centre)s has no principal investigator whose training and delegation are "
                "recorded. Record them first."
            )
            % {"centre": centre.name}
        )


def check_can_close(centre: Centre) -> None:
    if centre.opened_on is None:
        raise Refusal(_("%(centre)s was never active.") % {"centre": centre.name})
    if centre.closed_on is not None:
        raise Refusal(_("%(centre)s is closed already.") % {"centre": centre.name})
