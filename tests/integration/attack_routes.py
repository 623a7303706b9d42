"""What attacks on every address need: the addresses, who may use them, a count of what was tried.

Addresses come from the URL resolver: one whose parameters `tests.world` does not know is an error
of the test that meets it, so that no new address is left out.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from reminet_site.context import Actor, acting
from reminet_site.rights import IDENTITY_ROUTES
from reminet_site.roles import CENTRE_ROLES, RIGHTS, Role, Verb
from tests import people, world
from tests.architecture.test_crawl import address
from tests.architecture.test_routes import routes

SYSTEM = Actor.system("tests")
ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("reminet_site", "crf", "randomisation", "analysis")


def every(here: world.Small) -> Iterator[tuple[str, Any, str]]:
    """(name, rights or None, address) of every route, those of libraries too."""
    for name, view in routes():
        if name in IDENTITY_ROUTES:
            more = {"pk": here.ids["pk"]}
            yield name, None, reverse(name, kwargs=more if name in WITH_PK else None)
        else:
            known = here.ids | {"secret": "no-such-secret"}
            yield name, getattr(view, "rights", None), address(name, known)


WITH_PK = {"mfa_edit_webauthn", "mfa_remove_webauthn"}


def tied(here: world.Small, method: str) -> Iterator[tuple[str, str, Client]]:
    """(name, address, a browser of somebody who may) of each route of ours with this method."""
    browsers = Browsers(here, raise_request_exception=False)
    for name, rights, there in every(here):
        verb = (rights or {}).get(method)
        if verb is not None:
            yield name, there, browsers[verb]


class Browsers(dict[Verb, Client]):
    """Of a verb, the browser of somebody who has it; made once."""

    def __init__(self, here: world.Small, **options: Any) -> None:
        self.here, self.options = here, options

    def __missing__(self, verb: Verb) -> Client:
        self[verb] = people.sign_in(Client(**self.options), holder(verb, self.here))
        return self[verb]


def holder(verb: Verb, here: world.Small) -> Any:
    """Somebody at this centre who has the right."""
    if verb is Verb.SIGNED_IN:
        return here.investigator
    role = next(role for role in Role if verb in RIGHTS[role])
    return people.person(role, here.centre if role in CENTRE_ROLES else None)


@cache
def asked_names() -> tuple[str, ...]:
    """Every name that a view reads from the address or the form, found in the sources."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                found.update(names_in(node))
    return tuple(sorted(found))


def names_in(node: ast.AST) -> Iterator[str]:
    """x in request.GET.get("x"), request.POST["x"], posted.getlist("x") and the like."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        holds, word = ast.unparse(node.func.value), node.args[0]
        asks = node.func.attr in ("get", "getlist") and holds.endswith(("GET", "POST", "posted"))
    elif isinstance(node, ast.Subscript):
        asks, word = ast.unparse(node.value).endswith(("GET", "POST")), node.slice
    else:
        return
    if asks and isinstance(word, ast.Constant) and isinstance(word.value, str):
        yield word.value


@contextmanager
def undone() -> Iterator[None]:
    """What the request does is rolled back, so that the next one meets the same trial."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows(*tables: str) -> list[list[tuple]]:
    with acting(SYSTEM), connection.cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            found.append(cursor.fetchall())
        return found


def trail_length() -> int:
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit.trail WHERE act IN ('create', 'change', 'clear', 'delete')"
        )
        return cursor.fetchone()[0]
