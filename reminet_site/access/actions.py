"""Accounts: invited, given roles by one or two persons, closed, opened again."""

import hashlib
import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site import actions, mails
from reminet_site.access import reads
from reminet_site.access.models import (
    AccessRequest,
    AccountChange,
    AccountChangeKind,
    AccountReview,
    Invitation,
    RequestKind,
    RequestState,
)
from reminet_site.access.rules import (
    check_can_decide,
    check_last_administrator,
    check_not_oneself,
    check_open,
    check_period,
    check_somebody_confirms,
    check_why,
)
from reminet_site.access.signed import sign_request
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor, because
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Centre, Grant, Session, User
from reminet_site.roles import TWO_PERSON_ROLES, Role
from reminet_site.rules import check_grant, together
from reminet_site.tokens import end_tokens

LIFE = timedelta(days=7)  # of an invitation
NO_SUCH = gettext_noop(
    "This invitation is not valid, or was used. Ask the administrator for a new one."
)


@transaction.atomic
def invite(*, name: str, email: str, by: Actor) -> User:
    """An account without any right; its holder chooses the password through the mail."""
    user = actions.add_person(name=name, email=email, password=None, by=by)
    send_invitation(user=user, by=by)
    return user


@transaction.atomic
def send_invitation(*, user: User, by: Actor) -> Invitation:
    """A new mail; the ones before are void. The password stands until the new one is chosen."""
    check_open(user)
    check_not_oneself(user, by)
    secret = secrets.token_urlsafe(32)
    end_invitations(user)
    made = Invitation.objects.create(
        user=user,
        secret_sha256=hashed(secret),
        sent_by_id=by.user_id,
        sent_at=now(),
        expires_at=now() + LIFE,
    )
    mails.invitation(user, secret, made.expires_at)
    return made


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def end_invitations(user: User) -> None:
    for one in user.invitations.filter(ended_at__isnull=True):
        one.ended_at = now()
        one.save(update_fields=["ended_at"])


def invited(secret: str) -> Invitation:
    """The invitation behind a mailed address; unknown, used and expired ones are one answer."""
    found = (
        Invitation.objects.select_related("user")
        .filter(secret_sha256=hashed(secret), ended_at__isnull=True, expires_at__gt=now())
        .first()
    )
    if found is None or not found.user.is_active:
        raise NotThere(_(NO_SUCH))
    return found


@transaction.atomic
def accept_invitation(*, secret: str, password: str, by: Actor) -> User:
    """The password is the person's own; the invitation is used and every other session ends."""
    invitation = invited(secret)
    user = User.objects.select_for_update().get(pk=invitation.user_id)
    invited(secret)  # a second browser may have been faster
    try:
        validate_password(password, user)
    except ValidationError as found:
        raise Refusal(" ".join(found.messages), item="password") from None
    user.set_password(password)
    user.save(update_fields=["password"])
    end_invitations(user)
    end_sessions(user)
    note("password chosen", user.email)
    return user


def end_sessions(user: User) -> None:
    Session.objects.filter(user_id=user.pk).delete()


def check_given(*, user: User, role: str, centre: Centre | None, reason: str, by: Actor) -> None:
    """Everything that is wrong with a role that is to be given, said at once."""
    held = list(user.grants.values_list("role", flat=True))
    together(
        lambda: check_grant(role, centre, held),
        lambda: check_why("give", reason),
        lambda: check_open(user),
        lambda: check_not_oneself(user, by),
    )


@transaction.atomic
def give_role(
    *, user: User, role: str, centre: Centre | None, reason: str, by: Actor
) -> Grant | AccessRequest:
    """The grant; or the request that another administrator confirms, for roles of two persons."""
    check_given(user=user, role=role, centre=centre, reason=reason, by=by)
    why = reason.strip()
    if role not in TWO_PERSON_ROLES:
        return actions.grant(user=user, role=role, centre=centre, reason=why, by=by)
    check_somebody_confirms(len(reads.administrators()))
    if user.grants.filter(role=role, centre=centre, revoked_at__isnull=True).exists():
        raise Refusal(
            _("%(name)s is %(role)s there already.")
            % {"name": user.name, "role": _(Role(role).label)}
        )
    return ask(RequestKind.ROLE, user=user, role=role, centre=centre, reason=why, by=by)


def ask(
    kind: RequestKind, *, user: User, reason: str, by: Actor, role: str = "", centre: Centre | None
) -> AccessRequest:
    """The request that waits for the second person; the same one is not asked twice."""
    same = AccessRequest.objects.filter(
        kind=kind, user=user, role=role, centre=centre, state=RequestState.WAITING
    ).first()
    if same:
        return same
    made = AccessRequest.objects.create(
        kind=kind,
        user=user,
        role=role,
        centre=centre,
        reason=reason,
        asked_by_id=by.user_id,
        asked_at=now(),
    )
    sign_request(made, "asked", by)
    return made


@transaction.atomic
def confirm(*, request: AccessRequest, by: Actor) -> AccessRequest:
    """What was asked for happens now, in the name of both."""
    check_can_decide(request, by)
    check_open(request.user)
    if request.asked_by_id not in reads.administrators():
        raise Refusal(
            _("%(name)s is no administrator any more. Ask anew.") % {"name": request.asked_by.name}
        )
    if request.kind == RequestKind.ROLE:
        actions.grant(
            user=request.user,
            role=request.role,
            centre=request.centre,
            reason=request.reason,
            granted_by=request.asked_by,
            seconded_by_id=by.user_id,
            by=by,
        )
    else:
        forget_second_step(request.user, request.reason)
    done = decided(request, RequestState.CONFIRMED, by)
    sign_request(done, "confirmed", by)
    return done


@transaction.atomic
def decline(*, request: AccessRequest, by: Actor) -> AccessRequest:
    """Nothing happens; whoever asked may take it back too."""
    if request.state != RequestState.WAITING:
        check_can_decide(request, by)
    return decided(request, RequestState.DECLINED, by)


def decided(request: AccessRequest, state: RequestState, by: Actor) -> AccessRequest:
    request.state, request.decided_by_id, request.decided_at = state, by.user_id, now()
    request.save(update_fields=["state", "decided_by", "decided_at"])
    return request


@transaction.atomic
def new_second_step(*, user: User, reason: str, by: Actor) -> AccessRequest | None:
    """For a lost device: the next sign-in sets up a new second step.

    Where the account holds a role of two persons, a request: else one administrator who reads the
    mail could enter with it.
    """
    why = check_why("second_step", reason)
    check_open(user)
    check_not_oneself(user, by)
    roles = set(user.grants.filter(revoked_at__isnull=True).values_list("role", flat=True))
    if roles & TWO_PERSON_ROLES:
        check_somebody_confirms(len(reads.administrators()))
        return ask(RequestKind.SECOND_STEP, user=user, centre=None, reason=why, by=by)
    forget_second_step(user, why)
    return None


def forget_second_step(user: User, reason: str) -> None:
    with because(reason):
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user)
        note("second step removed", user.email)
    mails.second_step_changed(user, mails.REMOVED_FOR_YOU)


@transaction.atomic
def close_account(*, user: User, reason: str, by: Actor) -> AccountChange:
    """Nobody signs in; roles, sessions, tokens, invitations and requests end. The address stays."""
    why = check_why("close", reason)
    check_open(user)
    check_not_oneself(user, by)
    check_last_administrator(user, reads.administrators())
    for grant in user.grants.filter(revoked_at__isnull=True):
        actions.revoke(grant=grant, reason=why, by=by)
    for request in user.requests.filter(state=RequestState.WAITING):
        decline(request=request, by=by)
    end_invitations(user)
    end_sessions(user)
    end_tokens(user)
    return changed(user, AccountChangeKind.CLOSED, why, by)


@transaction.atomic
def reopen_account(*, user: User, reason: str, by: Actor) -> AccountChange:
    """The same person again, without any role; an invitation lets them choose a new password."""
    why = check_why("reopen", reason)
    if user.is_active:
        raise Refusal(_("The account of %(name)s is open.") % {"name": user.name})
    change = changed(user, AccountChangeKind.REOPENED, why, by)
    send_invitation(user=user, by=by)
    return change


def changed(user: User, kind: AccountChangeKind, reason: str, by: Actor) -> AccountChange:
    with because(reason):
        user.is_active = kind == AccountChangeKind.REOPENED
        if not user.is_active:
            user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
        return AccountChange.objects.create(
            user=user, kind=kind, reason=reason, by_id=by.user_id, at=now()
        )


@transaction.atomic
def take_role(*, grant: Grant, reason: str, by: Actor) -> Grant:
    """Revoked; the last administrator stays."""
    why = check_why("revoke", reason)
    if grant.role == Role.ADMINISTRATOR:
        check_last_administrator(grant.user, reads.administrators())
    return actions.revoke(grant=grant, reason=why, by=by)


@transaction.atomic
def review(*, period: str, note_: str, by: Actor) -> AccountReview:
    """The live rights were gone through: the list as it stood is kept with who confirmed it."""
    check_period(period)
    live = Grant.objects.filter(revoked_at__isnull=True).select_related("user", "centre")
    rights = [
        [one.user.email, one.role, one.centre.code if one.centre else ""]
        for one in live.order_by("user__email", "role", "centre__code")
    ]
    return AccountReview.objects.create(
        period=period.strip()[:40],
        rights=rights,
        note=note_.strip()[:500],
        by_id=by.user_id,
        at=now(),
    )
