"""Personas: one person a role, and two centres, for tests that need somebody."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth.hashers import make_password

from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.models import Centre, Grant, User
from reminet_site.roles import CENTRE_ROLES, Role

PASSWORD = "a long enough password"


@lru_cache
def hashed() -> str:
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
        Grant.objects.create(user=user, role=role, centre=at, granted_at=now())
    return user


def everybody(where: Centre) -> dict[Role, User]:
    return {role: person(role, where) for role in Role}


def sign_in(client: Any, user: User) -> Any:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
