"""When an act on an account, a role or a centre is refused, and the sentence that says so."""

from datetime import date

from reminet_site.access.models import AccessRequest, DutyKind, RequestState
from reminet_site.context import Actor
from reminet_site.errors import NotAllowed, Refusal
from reminet_site.models import Centre, Grant, User
from reminet_site.roles import CENTRE_ROLES, Role
from reminet_site.typed import NO_DAY, said

LONGEST = 500


def check_reason(text: str, why: str) -> str:
    """The text, stripped; refused where it says nothing."""
    if not said(text):
        raise Refusal(f"Say why {why}.", item="reason")
    if len(text) > LONGEST:
        raise Refusal("Write 500 characters at most.", item="reason")
    return text.strip()


def check_open(user: User) -> None:
    if not user.is_active:
        raise Refusal(f"The account of {user.name} is closed. Reopen it first.")


def check_not_oneself(user: User, by: Actor) -> None:
    if user.pk == by.user_id:
        raise Refusal("Another administrator does this: nobody changes the own account here.")


def check_somebody_confirms(administrators: int) -> None:
    if administrators < 2:
        raise Refusal(
            "This takes two administrators, and you are the only one. Whoever runs the service "
            "adds the second one there: manage.py first_administrator."
        )


def check_can_decide(request: AccessRequest, by: Actor) -> None:
    if request.state != RequestState.WAITING:
        raise Refusal(f"This request is {request.get_state_display().lower()} already.")
    if by.user_id in (request.asked_by_id, request.user_id):
        raise Refusal("The second person is somebody else than the first, and than the account.")


def check_last_administrator(user: User, administrators: list[int]) -> None:
    if administrators == [user.pk]:
        raise Refusal("This is the only administrator. Give the role to another account first.")


def check_duty_day(on: date | None, today: date) -> date:
    if on is None:
        raise Refusal(NO_DAY, item="on")
    if on > today:
        raise Refusal(f"{on:%d/%m/%Y} lies ahead. Record it once it has happened.", item="on")
    return on


def check_duty(grant: Grant, kind: str, by: Actor) -> None:
    """Training: the sponsor's side. Delegation: the principal investigator's; his own: theirs."""
    if grant.revoked_at is not None:
        raise Refusal("This role was revoked.")
    if grant.role not in CENTRE_ROLES:
        raise Refusal(f"{Role(grant.role).label} is held for the whole trial: nothing to record.")
    if by.role == "system":
        return
    if grant.user_id == by.user_id:
        raise Refusal("Somebody else records this: nobody vouches for themselves.", item="grant")
    lead = by.role in (Role.PRINCIPAL_INVESTIGATOR, Role.CENTRE_READER)
    of_lead = grant.role == Role.PRINCIPAL_INVESTIGATOR
    if kind == DutyKind.TRAINING and lead:
        raise NotAllowed("Training is recorded by the sponsor or the administrator.", item="kind")
    if kind != DutyKind.TRAINING and lead == of_lead:
        raise NotAllowed(
            "The principal investigator's own charge is recorded by the sponsor."
            if lead
            else "The principal investigator of the centre records who is charged with what.",
            item="kind",
        )


def check_can_activate(centre: Centre, lead_ready: bool) -> None:
    if centre.closed_on is not None:
        raise Refusal(f"{centre.name} is closed.")
    if centre.opened_on is not None:
        raise Refusal(f"{centre.name} is active already.")
    if not lead_ready:
        raise Refusal(
            f"{centre.name} has no principal investigator whose training and delegation are "
            "recorded. Record them first."
        )


def check_can_close(centre: Centre) -> None:
    if centre.opened_on is None:
        raise Refusal(f"{centre.name} was never active.")
    if centre.closed_on is not None:
        raise Refusal(f"{centre.name} is closed already.")
