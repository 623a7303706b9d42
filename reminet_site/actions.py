"""Writes on people, centres and rights."""

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.clock import now
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal
from reminet_site.handing_over import check_can_revoke
from reminet_site.models import Centre, Grant, User
from reminet_site.rules import check_grant, together
from reminet_site.typed import said

NO_ADDRESS = gettext_noop("Give a whole e-mail address, e.g. a.martin@chu-lyon.fr.")


@transaction.atomic
def add_person(*, name: str, email: str, password: str | None, by: Actor) -> User:
    """An account without any right. The address is never used again for another person.

    Without a password nobody can sign in to it.
    """
    check_new_person(name=name, email=email)
    email = email.strip()
    try:
        if password is not None:
            validate_password(password, User(name=name, email=email))
    except ValidationError as found:
        raise Refusal(" ".join(found.messages), item="password") from None
    user = User(name=name.strip(), email=email.lower())
    user.set_password(password)
    user.save()
    return user


def check_new_person(*, name: str, email: str) -> None:
    """Everything that is wrong with the name and the address of a new account, said at once."""
    together(lambda: check_name(name), lambda: check_address(email.strip()))


def check_name(name: str) -> None:
    if not said(name):
        raise Refusal(_("Give the person's name."), item="name")


def check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal(_(NO_ADDRESS), item="email") from None
    if mailbox_is_known(email):
        raise Refusal(
            _("This address has an account already; an account is never reused."), item="email"
        )


def mailbox_is_known(email: str) -> bool:
    """However it is written: capitals, other forms of a letter, a +tag; closed accounts too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM reminet_site_user "
            "WHERE reminet_site_mailbox(email) = reminet_site_mailbox(%s)",
            [email],
        )
        return cursor.fetchone() is not None


@transaction.atomic
def open_centre(
    *, code: str, name: str, country: str, timezone: str, opened_on: date, by: Actor
) -> Centre:
    return Centre.objects.create(
        code=code, name=name, country=country, timezone=timezone, opened_on=opened_on
    )


@transaction.atomic
def grant(
    *,
    user: User,
    role: str,
    centre: Centre | None,
    reason: str = "",
    granted_by: User | None = None,
    seconded_by_id: int | None = None,
    by: Actor,
) -> Grant:
    """The person holds this role from now on; the trail keeps who gave it.

    Where two persons are behind it, `granted_by` is the one who asked, and who acts the second.
    The database refuses a role of two persons that only one person gives.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one grant of a person at a time
    check_grant(role, centre, list(user.grants.values_list("role", flat=True)))
    live = user.grants.filter(role=role, centre=centre, revoked_at__isnull=True).first()
    if live:
        return live
    return Grant.objects.create(
        user=user,
        role=role,
        centre=centre,
        granted_by_id=granted_by.pk if granted_by else by.user_id,
        seconded_by_id=seconded_by_id,
        granted_at=now(),
        reason=reason,
    )


@transaction.atomic
def revoke(*, grant: Grant, reason: str, by: Actor) -> Grant:
    """The right ends at the person's next request."""
    if not said(reason):
        raise Refusal(_("Say why the role ends."), item="reason")
    if grant.revoked_at:
        return grant
    if grant.centre_id:  # two last ones are not taken away at the same time
        Centre.objects.select_for_update(no_key=True).get(pk=grant.centre_id)
    check_can_revoke(grant)
    with because(reason):
        grant.revoked_at = now()
        grant.revoked_by_id = by.user_id
        grant.revoked_because = reason.strip()[:500]
        grant.save(update_fields=["revoked_at", "revoked_by_id", "revoked_because"])
    return grant
