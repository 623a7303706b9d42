"""The trial that the bench works on: 24 centres, 2,000 participants, each with a casebook.

Loaded by COPY with the guards of the tables at rest; what is measured runs with all of them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connections

from crf import study
from reminet_site.models import Centre, User
from reminet_site.roles import Role
from reminet_site.sessions import SessionStore
from tests import people
from tests.bench.forms import TODAY, kept, typed

CENTRES, EACH = 24, 84
CLIENTS = 8
TOKEN = "bench" * 6 + "ab"  # the cookie and the field of the cross-site guard, 32 letters
SAVED_AT = datetime(2019, 9, 1, 10, 0, tzinfo=UTC)
VISIT = "ASM-06"
SCREENING = ("DEMOG", "TUMOUR", "VITALS", "LAB", "RECIST_BASE", "ELIG")


@dataclass(frozen=True)
class Person:
    """A signed-in browser: who it is and the cookies it sends."""

    user: User
    cookie: str
    session: str


@contextmanager
def unguarded(*tables: str) -> Iterator[Any]:
    """A cursor of the owner's that writes these tables without their triggers."""
    owner = connections["owner"]
    with owner.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in tables:
            restore(cursor, table)


def restore(cursor: Any, table: str) -> None:
    """Our triggers are ALWAYS ones; ENABLE TRIGGER alone would make them ordinary."""
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{name}"')


def copy(cursor: Any, table: str, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def build() -> list[Centre]:
    """The centres, each with EACH participants and their entries."""
    centres = [people.centre(f"FR-{n:02d}", f"Centre {n}") for n in range(1, CENTRES + 1)]
    with unguarded("crf_participant", "crf_entry") as cursor:
        copy(
            cursor,
            "crf_participant",
            "id, centre_id, number, code, screened_on, randomised_on, randomised_at,"
            " randomisation_number",
            participants(centres),
        )
        copy(
            cursor,
            "crf_entry",
            "participant_id, centre_id, visit, form, number, definition_id, data, derived,"
            " comments, version, visit_date, filled, expected, saved_at",
            entries(centres),
        )
        for table in ("crf_participant", "crf_entry"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
            cursor.execute(f"ANALYZE {table}")
    return centres


def participants(centres: list[Centre]) -> Iterator[tuple[Any, ...]]:
    for place, (centre, number) in enumerate(everybody(centres), 1):
        on = randomised_on(place)
        code = f"{centre.code}-{number:03d}"
        at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
        yield place, centre.pk, number, code, on - timedelta(10), on, at, f"R-{place:04d}"


def randomised_on(place: int) -> date:
    """Half a year ago, so that the work list is that of a running trial."""
    return TODAY - timedelta(days=190 + place % 14)


def everybody(centres: list[Centre]) -> Iterator[tuple[Centre, int]]:
    for centre in centres:
        for number in range(1, EACH + 1):
            yield centre, number


def entries(centres: list[Centre]) -> Iterator[tuple[Any, ...]]:
    """A dozen entries each: screening, injections, two assessments with the 40-item form."""
    definition = study.current().pk
    for place, (centre, _number) in enumerate(everybody(centres), 1):
        on = randomised_on(place)
        for visit, form, day, data in casebook(on):
            yield (
                place, centre.pk, visit, form, 1, definition, json.dumps(data), "[]", "{}", 1,
                on + timedelta(days=day), len(data), len(data), SAVED_AT,
            )  # fmt: skip


def casebook(on: date) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
    """(visit, form, day, answers)."""
    consent = {
        "signed": "yes",
        "consent_date": str(on - timedelta(days=10)),
        "information_version": "2.1",
        "copy_given": "yes",
    }
    filling = {f"item_{n}": f"answer {n}" for n in range(18)}
    yield "SCR", "CONSENT", -10, consent
    for form in SCREENING:
        yield "SCR", form, -9, filling
    for n in range(7):
        yield f"INJ-{n + 1:02d}", "INJ", 1 + 28 * n, {"injection": "given", "site": "left"}
    yield "ASM-03", "RECIST", 91, {"imaging_date": str(on + timedelta(91)), "response": "SD"}
    yield "ASM-03", "BENCH40", 91, kept(40, 0)
    yield VISIT, "BENCH40", 182, kept(40, 1)


def sign_in(user: User) -> Person:
    """A session as the sign-in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.update(people.completed(user))
    session.create()
    cookie = f"sessionid={session.session_key}; csrftoken={TOKEN}"
    return Person(user, cookie, session.session_key)


def investigators(centre: Centre, count: int = CLIENTS) -> list[Person]:
    return [
        sign_in(people.person(Role.INVESTIGATOR, centre, name=f"investigator.{n}"))
        for n in range(count)
    ]


def page(code: str, form: str = "BENCH40") -> str:
    return f"/participants/{code}/{VISIT}/{form}/1/"


def body(count: int, side: int, changing: int | None = None, rest: int = 0, **more: str) -> str:
    answers = typed(count, side, changing, rest)
    beside = {"csrfmiddlewaretoken": TOKEN, "change_reason": "typed wrongly"}
    return urlencode(answers | beside | more, safe="@")


def savers(
    centre: Centre, browsers: list[Person], changing: int | None = None
) -> list[dict[str, Any]]:
    """What each client of the load does: its participant's form, side 0 and side 1 in turn."""
    return [
        {
            "path": page(f"{centre.code}-{number:03d}"),
            "cookie": browser.cookie,
            "bodies": [body(40, side, changing, version="@@") for side in (1, 0)],
            "version": 1,
        }
        for number, browser in enumerate(browsers, 1)
    ]
