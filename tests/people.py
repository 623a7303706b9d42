"""Personas: one person a role, and two centres, for tests that need somebody."""

import time
from datetime import date
from functools import lru_cache
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.hashers import make_password

from reminet_site.access.models import DutyKind, DutyRecord
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.models import Centre, Grant, User
from reminet_site.roles import CENTRE_ROLES, Role

PASSWORD = "a long enough password"


def hashed() -> str:
    return hashed_by(settings.PASSWORD_HASHERS[0])


@lru_cache
def hashed_by(hasher: str) -> str:
    return make_password(PASSWORD)


def centre(code: str = "FR-05", name: str = "CHU Dijon") -> Centre:
    found = Centre.objects.filter(code=code).first()
    if found:
        return found
    with acting(Actor.system("tests")):
        return Centre.objects.create(
            code=code,
            name=name,
            country=code[:2],
            timezone="Europe/Paris",
            opened_on=date(2015, 1, 30),
        )


def person(role: Role, where: Centre | None = None, name: str = "") -> User:
    """An account with one role; at `where` for the roles of a centre."""
    at = where if role in CENTRE_ROLES else None
    label = name or f"{role.value}{'.' + at.code.lower() if at else ''}"
    found = User.objects.filter(email=f"{label}@example.org").first()
    if found:
        return found
    with acting(Actor.system("tests")):
        user = User(
            email=f"{label}@example.org", name=f"{role.label} {at.code if at else ''}".strip()
        )
        user.password = hashed()
        user.save()
        duties(Grant.objects.create(user=user, role=role, centre=at, granted_at=now()))
    return user


def duties(grant: Grant) -> None:
    """Trained and charged, before the centre opened: a role at a centre counts from then on."""
    if grant.centre_id is None:
        return
    for kind in (DutyKind.TRAINING, DutyKind.DELEGATION):
        DutyRecord.objects.create(
            grant=grant,
            centre_id=grant.centre_id,
            kind=kind,
            happened_on=date(2015, 1, 12),
            what="for tests",
            recorded_at=now(),
        )


def everybody(where: Centre) -> dict[Role, User]:
    return {role: person(role, where) for role in Role}


def sign_in(client: Any, user: User, *, second_step: bool = True, ago: float = 3600) -> Any:
    """A session as the whole sign-in leaves it; without the second step, as the password alone."""
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if second_step:
        session = client.session
        session.update(completed(user, ago))
        session.save()
    return client


def completed(user: User, ago: float = 3600) -> dict[str, Any]:
    """What allauth keeps in a session whose second step was taken so many seconds ago."""
    record = {"method": "mfa", "at": time.time() - ago, "type": "totp"}
    return {
        "account_authentication_methods": [record],
        "account_authentication_methods_user": str(user.pk),
    }


def enrol(user: User) -> None:
    """A second step that a browser can take: recovery codes, which never run out here."""
    if not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)


def code_of(user: User) -> str:
    """A recovery code that was not used yet."""
    enrol(user)
    held = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    unused: list[str] = RecoveryCodes(held).get_unused_codes()
    if len(unused) > 1:
        return unused[0]
    held.delete()
    RecoveryCodes.activate(user)
    return code_of(user)
