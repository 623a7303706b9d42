"""Writes on people, centres and rights."""

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from reminet_site.clock import now
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal
from reminet_site.handing_over import check_can_revoke
from reminet_site.models import Centre, Grant, User
from reminet_site.rules import check_grant
from reminet_site.typed import said


@transaction.atomic
def add_person(*, name: str, email: str, password: str | None, by: Actor) -> User:
    """An account without any right. The address is never used again for another person.

    Without a password nobody can sign in to it.
    """
    try:
        validate_email(email)
        if password is not None:
            validate_password(password, User(name=name, email=email))
    except ValidationError as found:
        raise Refusal(" ".join(found.messages)) from None
    if not name.strip():
        raise Refusal("Give the person's name.", item="name")
    if User.objects.filter(email__iexact=email).exists():
        raise Refusal("This address has an account already; an account is never reused.")
    user = User(name=name.strip(), email=email.lower())
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def open_centre(
    *, code: str, name: str, country: str, timezone: str, opened_on: date, by: Actor
) -> Centre:
    return Centre.objects.create(
        code=code, name=name, country=country, timezone=timezone, opened_on=opened_on
    )


@transaction.atomic
def grant(
    *, user: User, role: str, centre: Centre | None, by: Actor, seconded_by: User | None = None
) -> Grant:
    """The person holds this role from now on; the trail keeps who gave it."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one grant of a person at a time
    held = list(user.grants.values_list("role", flat=True))
    check_grant(role, centre, held, seconded_by, by)
    live = user.grants.filter(role=role, centre=centre, revoked_at__isnull=True).first()
    if live:
        return live
    return Grant.objects.create(
        user=user,
        role=role,
        centre=centre,
        granted_by_id=by.user_id,
        seconded_by=seconded_by,
        granted_at=now(),
    )


@transaction.atomic
def revoke(*, grant: Grant, reason: str, by: Actor) -> Grant:
    """The right ends at the person's next request."""
    if not said(reason):
        raise Refusal("Say why the role ends.", item="reason")
    if grant.revoked_at:
        return grant
    if grant.centre_id:  # two last ones are not taken away at the same time
        Centre.objects.select_for_update(no_key=True).get(pk=grant.centre_id)
    check_can_revoke(grant)
    with because(reason):
        grant.revoked_at = now()
        grant.revoked_by_id = by.user_id
        grant.save(update_fields=["revoked_at", "revoked_by_id"])
    return grant
