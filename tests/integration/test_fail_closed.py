"""A fault in any permission, rule, audit, allocation, door or action aborts the whole request.

The places are not listed by hand: each request runs again and again under a profiler that raises a
fault at the first of our guarding functions, on entering it or on leaving it, where none was raised
before, until there is none left. Nothing may be saved, nothing shown, and the database's role is
app's again.
"""

import dis
import logging
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import reverse

from crf.models import DataQuery
from randomisation.models import Kit, KitStatus
from reminet_site import context
from reminet_site.context import acting
from reminet_site.models import Grant
from reminet_site.roles import Role
from tests import allocations, people, world
from tests.allocations import SYSTEM, levels_of
from tests.conftest import cloned, superuser_address

# Rooms whose functions guard or write; everything that a request calls there is a place.
GUARDING = re.compile(
    r"reminet_site\.(rules|audit|context|rights|adapters|actions|middleware|typed|trail\.actions)"
    r"|crf\.(rules|actions\w*)|analysis\.(rules|actions)"
    r"|randomisation\.(rules|logged|allocation_log|actions(\.\w+)?|arms(\.\w+)*|unblinding|scheme|eligibility)"
)
# What runs after the commit, so that a fault there undoes nothing; what is called once and kept.
AFTERWARDS = re.compile(
    r"return of reminet_site\.(middleware\.|context\.acting)"
    r"|\w+ of randomisation\.unblinding\.(send|raise_alarm\.<locals>)"
    r"|\w+ of randomisation\.(logged\.(keep|_log)|logged\.give\.<locals>|allocation_log\.)"
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


@pytest.fixture(scope="module")
def prepared(django_db_blocker):
    """A trial with a centre, a participant and kits: the database's name, and what was made."""
    with django_db_blocker.unblock(), cloned() as database:
        made = world.small()
        allocations.scheme()
        allocations.deliver(12)
        allocations.supply(made.centre, 6)
        yield database, made


@pytest.fixture
def trial(prepared, django_db_blocker, settings):
    """The same, in a database of the test's own: its name, and what was made."""
    database, made = prepared
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with django_db_blocker.unblock(), cloned(database) as own, allocations.everybody_eligible():
        yield own, made


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
    return Act(here.investigator, path, lambda: {"early": "yes"})


def strata(here):
    allocations.randomise(here.participant)
    path = reverse("randomisation:correct", args=[here.ids["code"]])
    form = {"factor": "grade", "corrected": "G1", "reason": "was read wrongly"}
    return Act(here.investigator, path, lambda: form)


def unblinding(here):
    """The record, signed, is kept where what follows fails: that is its purpose."""
    allocations.randomise(here.participant)
    path = reverse("randomisation:unblind", args=[here.ids["code"]])
    kept = {"randomisation_unblindingrecord", "reminet_site_signature", "trail", "value", "head"}
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
    form = {"reason": "the end", "password": people.PASSWORD}
    return Act(people.person(Role.DATA_MANAGER), path, lambda: form)


def opening(here):
    sent(lock(here))
    path = reverse("analysis:trial_opening")
    form = {"reason": "the end", "password": people.PASSWORD}
    return Act(people.person(Role.TRIAL_STATISTICIAN), path, lambda: form)


def revocation(here):
    path = reverse("person", args=[here.investigator.pk])
    pk = Grant.objects.get(user=here.investigator).pk
    form = {"act": "revoke", "grant": str(pk), "reason": "left", "password": people.PASSWORD}
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


SENDS = CursorWrapper.execute.__code__
ROOM_OF: dict[str, str] = {SENDS.co_filename: "django"}  # a file: its module; "" guards nothing


def room_of(frame: FrameType) -> str:
    file, name = frame.f_code.co_filename, frame.f_globals.get("__name__", "")
    ours = GUARDING.fullmatch(name) and not file.startswith("<")
    return ROOM_OF.setdefault(file, name if ours else "")


def pauses(frame: FrameType) -> bool:
    """A generator gives a value. What a profiler raises there would end it without its `finally`
    (Python 3.11), which no fault of the code itself does."""
    return frame.f_code.co_code[frame.f_lasti] == dis.opmap["YIELD_VALUE"]


class Aim:
    """Raises a fault once, at the first place that was not tried before.

    Leaving a function is a place of its own where it sent a statement to the database; otherwise
    a fault there is the one on entering it.
    """

    def __init__(self, tried: set[str]) -> None:
        self.tried = tried
        self.hit = ""
        self.sent = 0
        self.entered: dict[FrameType, int] = {}

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """Called for everything that Python calls: nearly all of it leaves at once."""
        room = ROOM_OF.get(frame.f_code.co_filename)
        if room or room is None:
            self.look(frame, event)

    def look(self, frame: FrameType, event: str) -> None:
        if event == "call":
            self.sent += frame.f_code is SENDS
            self.entered[frame] = self.sent
        elif event != "return" or self.entered.pop(frame, self.sent) == self.sent or pauses(frame):
            return
        if GUARDING.fullmatch(room_of(frame)):
            self.fail(f"{event} of {room_of(frame)}.{frame.f_code.co_qualname}")

    def fail(self, told: str) -> None:
        if told in self.tried or AFTERWARDS.match(told):
            return
        self.tried.add(told)
        self.hit = told
        sys.setprofile(None)
        raise Fault(told)


def failing(client: Client, act: Act, tried: set[str]) -> tuple[Any, str]:
    """The answer, and where it failed; no place, where every one was tried before."""
    form = act.form()
    aim = Aim(tried)
    sys.setprofile(aim.profile)
    try:
        response = client.post(act.path, form)
    finally:
        sys.setprofile(None)
    return response, aim.hit


@contextmanager
def fingerprints(database: str) -> Iterator[Callable[[], dict[str, str]]]:
    """Asked again and again: how many rows each table has, the vault and the trail included, and
    which transaction wrote the last of them."""
    with psycopg.connect(superuser_address(database), autocommit=True) as wire:
        tables = wire.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname IN ('public', 'audit', 'arms')"
        ).fetchall()
        question = " UNION ALL ".join(
            f"SELECT '{name}', concat(count(*), ' ', max(xmin::text::bigint)) "
            f'FROM {schema}."{name}"'
            for schema, name in tables
            if name not in NEVER_WRITTEN
        )
        yield lambda: dict(wire.execute(question, prepare=True).fetchall())


def role_now() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, coalesce(current_setting('reminet.user', true), '')")
        return cursor.fetchone()


@contextmanager
def silence() -> Iterator[None]:
    """Nine hundred faults are expected; their tracebacks would take a third of the time."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def each_fault(database: str, act: Act) -> Iterator[tuple[str, Any, set[str]]]:
    """Where it was, the answer, and the tables that are not as before; until the act succeeds."""
    client = people.sign_in(Client(raise_request_exception=False), act.user)
    client.get("/account/")
    tried: set[str] = set()
    with fingerprints(database) as contents, silence():
        before = contents()
        while (answer := failing(client, act, tried))[1]:
            after = contents()
            differ = {table for table in after if after[table] != before[table]}
            yield answer[1], answer[0], differ - OUTLIVES - act.outlives
    assert answer[0].status_code == act.status, answer[0].content.decode()[:2000]
    assert len(tried) > 10


@pytest.mark.slow
@pytest.mark.promise("SE-10")
@pytest.mark.parametrize("make", ACTS, ids=[act.__name__ for act in ACTS])
def test_a_fault_anywhere_undoes_the_request(trial, make):
    database, here = trial
    for told, response, differ in each_fault(database, make(here)):
        assert response.status_code >= 400, f"{told}: {response.status_code}"
        assert not re.search(rb"\b(LAN|PBO)\b", response.content), told
        assert not differ, f"{told}: {differ}"
        assert role_now() == ("app", ""), told


@contextmanager
def keeping(**options: Any) -> Iterator[None]:
    """A transaction that commits what was done before the fault."""
    fault = None
    with transaction.atomic(**options):
        try:
            yield
        except Fault as raised:
            fault = raised
    if fault:
        raise fault


@pytest.mark.slow
def test_a_hole_would_be_seen(trial, monkeypatch):
    database, here = trial
    act = first_save(here)
    monkeypatch.setattr(context, "transaction", SimpleNamespace(atomic=keeping))
    seen = next(differ for _told, _response, differ in each_fault(database, act) if differ)
    assert "crf_entry" in seen
