"""A fault in any permission, rule, audit, allocation, door or action aborts the whole request.

The places are not listed by hand: each request runs once under a profiler that notes which of our
guarding functions it calls; then it runs once for each of them and a fault, on entering it and on
leaving it. Nothing may be saved, nothing shown, and the database's role is app's again.
"""

import re
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from crf.models import DataQuery
from randomisation.models import Kit, KitStatus
from reminet_site.context import acting
from reminet_site.models import Grant
from reminet_site.roles import Role
from tests import allocations, people, world
from tests.allocations import SYSTEM, levels_of
from tests.conftest import superuser_address

# Rooms whose functions guard or write; everything that a request calls there is a place.
GUARDING = re.compile(
    r"reminet_site\.(rules|audit|context|rights|adapters|actions|middleware|typed|trail\.actions)"
    r"|crf\.(rules|actions\w*)|analysis\.(rules|actions)"
    r"|randomisation\.(rules|logged|allocation_log|actions(\.\w+)?|arms(\.\w+)*|unblinding|scheme|eligibility)"
)
# What runs after the commit, so that a fault there undoes nothing; what is called once and kept.
AFTERWARDS = re.compile(
    r"return reminet_site\.(middleware\.|context\.acting)|\w+ randomisation\.unblinding\.send"
    r"|\w+ randomisation\.(logged\.(keep|_log)|logged\.give\.<locals>|allocation_log\.)"
)
# Kept whatever becomes of a request: sessions, counts of attempts.
OUTLIVES = {"axes_accessattempt", "axes_accesslog", "reminet_site_session"}
# Large, and the owner's alone.
NEVER_WRITTEN = {"crf_definitionversion", "django_migrations"}
CONSENT = {
    "signed": "yes",
    "consent_date": "12/01/2016",
    "information_version": "2.1",
    "copy_given": "yes",
}


class Fault(Exception):
    """Raised where no code expects it."""


@dataclass
class Act:
    """A request that succeeds; `form` is asked for anew each time."""

    user: Any
    path: str
    form: Callable[[], dict[str, str]]
    outlives: frozenset[str] = frozenset()
    status: int = 302


@pytest.fixture
def here(clone, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    made = world.small()
    allocations.scheme()
    allocations.deliver(12)
    with allocations.everybody_eligible():
        allocations.supply(made.centre, 6)
        yield made


def form_page(here, name="crf:form", **changes):
    at = {"code": here.ids["code"], "visit": "SCR", "form": "CONSENT", "number": 1}
    return reverse(name, kwargs=at | changes)


def first_save(here):
    return Act(here.investigator, form_page(here), lambda: CONSENT | {"version": "0"})


def correction(here):
    sent(first_save(here))
    changed = {"consent_date": "13/01/2016", "version": "1", "change_reason": "typed wrongly"}
    return Act(here.investigator, form_page(here), lambda: CONSENT | changed)


def screening(here):
    path = reverse("crf:screen", args=[here.centre.code])
    return Act(here.investigator, path, lambda: {"screened_on": "2016-01-12", "next_code": ""})


def answer(here):
    with acting(SYSTEM):
        asked = DataQuery.objects.get(participant=here.participant)
    path = reverse("crf:query", args=[asked.pk])
    return Act(here.investigator, path, lambda: {"act": "answer", "text": "It is."})


def randomisation(here):
    strata = {f"stratum.{name}": level for name, level in levels_of(here.participant).items()}
    path = reverse("randomisation:gate", args=[here.ids["code"]])
    return Act(here.investigator, path, lambda: strata | {"password": people.PASSWORD})


def dispensing(here):
    allocations.randomise(here.participant)
    path = reverse("randomisation:dispense", args=[here.ids["code"], "INJ-02"])
    return Act(here.investigator, path, dict)


def strata(here):
    allocations.randomise(here.participant)
    path = reverse("randomisation:correct", args=[here.ids["code"]])
    form = {"factor": "grade", "corrected": "G1", "reason": "was read wrongly"}
    return Act(here.investigator, path, lambda: form)


def unblinding(here):
    """The record is kept where what follows fails: that is its purpose."""
    allocations.randomise(here.participant)
    path = reverse("randomisation:unblind", args=[here.ids["code"]])
    kept = {"randomisation_unblindingrecord", "trail", "value", "head"}
    return Act(
        here.investigator,
        path,
        lambda: {"reason": "Sepsis", "password": people.PASSWORD, "confirm": "yes",
                 "token": str(uuid.uuid4())},
        frozenset(kept),
        200,
    )  # fmt: skip


def set_aside(here):
    with acting(SYSTEM):
        kit = Kit.objects.filter(status=KitStatus.AVAILABLE).first()
    path = reverse("randomisation:set_aside", args=[here.centre.code, kit.number])
    return Act(people.person(Role.PHARMACIST, here.centre), path, lambda: {"reason": "too warm"})


def lock(here):
    path = reverse("analysis:trial_lock")
    return Act(people.person(Role.DATA_MANAGER), path, lambda: {"reason": "the end"})


def opening(here):
    sent(lock(here))
    path = reverse("analysis:trial_opening")
    form = {"reason": "the end", "password": people.PASSWORD}
    return Act(people.person(Role.TRIAL_STATISTICIAN), path, lambda: form)


def revocation(here):
    path = reverse("person", args=[here.investigator.pk])
    pk = Grant.objects.get(user=here.investigator).pk
    form = {"revoke": str(pk), "reason": "left the centre"}
    return Act(people.person(Role.ADMINISTRATOR), path, lambda: form)


ACTS = (
    first_save, correction, screening, answer, randomisation, dispensing, strata, unblinding,
    set_aside, lock, opening, revocation,
)  # fmt: skip


def sent(act: Act) -> Any:
    client = people.sign_in(Client(raise_request_exception=False), act.user)
    response = client.post(act.path, act.form())
    assert response.status_code == act.status, response.content.decode()[:2000]
    return response


def place(frame: FrameType) -> str:
    name = frame.f_globals.get("__name__", "")
    return f"{name}.{frame.f_code.co_qualname}" if GUARDING.fullmatch(name) else ""


@contextmanager
def profiled(seen: Callable[[str, str], None]) -> Iterator[None]:
    """`seen` hears of every call and return of a guarding function; what it raises is raised."""

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "return"):
            name = place(frame)
            if name:
                seen(name, event)

    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)


def places(act: Act, client: Client) -> list[tuple[str, str]]:
    """Name and event of what the request calls, of those where a fault can undo it."""
    found: dict[tuple[str, str], None] = {}
    form = act.form()
    with profiled(lambda *at: found.setdefault(at)):
        response = client.post(act.path, form)
    assert response.status_code == act.status, response.content.decode()[:2000]
    return [at for at in found if not AFTERWARDS.match(f"{at[1]} {at[0]}")]


@contextmanager
def fingerprints(database: str) -> Iterator[Callable[[], dict[str, str]]]:
    """Asked again and again: a fingerprint of every table, the vault and the trail included."""
    with psycopg.connect(superuser_address(database), autocommit=True) as wire:
        tables = wire.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname IN ('public', 'audit', 'arms')"
        ).fetchall()
        question = " UNION ALL ".join(
            f"SELECT '{name}', count(*) || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)),"
            f" '') FROM {schema}.\"{name}\" t"
            for schema, name in tables
            if name not in NEVER_WRITTEN
        )
        yield lambda: dict(wire.execute(question).fetchall())


def role_now() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, coalesce(current_setting('reminet.user', true), '')")
        return cursor.fetchone()


@pytest.mark.campaign
@pytest.mark.promise("SE-10")
@pytest.mark.parametrize("make", ACTS, ids=[act.__name__ for act in ACTS])
def test_a_fault_anywhere_undoes_the_request(here, clone, make):
    act = make(here)
    found = places_on_a_copy(act, clone)
    assert len(found) > 10
    client = people.sign_in(Client(raise_request_exception=False), act.user)
    client.get("/account/")
    with fingerprints(clone) as contents:
        before = contents()
        for at in found:
            told = f"{at[1]} of {at[0]}"
            response = failing(client, act, at)
            assert response.status_code >= 400, f"{told}: {response.status_code}"
            assert not re.search(rb"\b(LAN|PBO)\b", response.content), told
            after = contents()
            differ = {table for table in after if after[table] != before[table]}
            assert differ <= OUTLIVES | act.outlives, f"{told}: {differ}"
            assert role_now() == ("app", ""), told
    sent(act)  # it was possible all the time


def failing(client: Client, act: Act, aim: tuple[str, str]) -> Any:
    """The answer where one place fails, the first time it is passed."""
    raised: list[str] = []

    def fault(*at: str) -> None:
        if at == aim and not raised:
            raised.append(at[0])
            raise Fault(at[0])

    form = act.form()
    with profiled(fault):
        response = client.post(act.path, form)
    assert raised, aim
    return response


def places_on_a_copy(act: Act, database: str) -> list[tuple[str, str]]:
    """The request succeeds once on a copy of the database, to see what it calls."""
    from tests.conftest import pointed_at, superuser

    copy = f"run_{uuid.uuid4().hex[:12]}"
    connection.close()
    connection.close_pool()
    superuser(f'CREATE DATABASE "{copy}" TEMPLATE "{database}" OWNER owner')
    superuser(f'GRANT CONNECT ON DATABASE "{copy}" TO app')
    try:
        log = str(
            Path(settings.DATA_DIR) / f"{copy}.jsonl"
        )  # what is given there is not given here
        with pointed_at(copy), override_settings(ALLOCATION_LOG=log):
            client = people.sign_in(Client(raise_request_exception=False), act.user)
            client.get("/account/")
            return places(act, client)
    finally:
        superuser(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
