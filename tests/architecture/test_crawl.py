"""Every address, with every method, as every role and as nobody: exactly the role table.

And the wall: the same addresses with another centre's ids answer like ids that never were.
"""

import re
from collections.abc import Iterable, Iterator

import pytest
from django.test import Client
from django.urls import resolve, reverse

from reminet_site.rights import IDENTITY_ROUTES
from reminet_site.roles import CENTRE_ROLES, RIGHTS, Role, Verb
from tests import people, world
from tests.architecture.test_routes import OPEN, routes

pytestmark = pytest.mark.django_db

TIED = [(name, view.rights) for name, view in routes() if getattr(view, "rights", None)]


def address(name: str, known: dict[str, object]) -> str:
    """The address of a route, its parameters filled from what is known of one centre."""
    from django.urls import get_resolver

    space, _, short = name.rpartition(":")
    resolver = get_resolver()
    if space:
        resolver = resolver.namespace_dict[space][1]
    params = resolver.reverse_dict.getlist(short)[0][0][0][1]
    return reverse(name, kwargs={param: known[param] for param in params})


def asked_by(role: Role, addresses: Iterable[str]) -> Iterator[str]:
    """Those that a role opens, and of those that it may not open one a route: they are refused
    before a view looks at them."""
    refused = set()
    for one in addresses:
        match = resolve(one.partition("?")[0])
        if match.func.rights["GET"] not in RIGHTS[role] | {Verb.SIGNED_IN}:
            if match.view_name in refused:
                continue
            refused.add(match.view_name)
        yield one


@pytest.fixture
def here():
    return world.small()


@pytest.mark.promise("AC-01")
@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_the_table_says(here, role):
    client = people.sign_in(Client(), people.person(role, here.centre))
    for name, rights in TIED:
        for method in ("get", "post"):
            verb = rights.get(method.upper())
            response = getattr(client, method)(address(name, here.ids))
            told = f"{role} {method} {name}: {response.status_code}"
            if verb is None:
                assert response.status_code in (403, 405), told
            elif verb is Verb.SIGNED_IN or verb in RIGHTS[role]:
                assert response.status_code not in (401, 403, 405, 500), told
            else:
                assert response.status_code == 403, told


@pytest.mark.promise("AC-01")
def test_nobody_reaches_nothing(here):
    for name, rights in TIED:
        for method in ("get", "post"):
            if method.upper() not in rights:
                continue
            response = getattr(Client(), method)(address(name, here.ids))
            assert response.status_code in (302, 401), f"{method} {name}: {response.status_code}"
            if response.status_code == 302:
                assert response["Location"].startswith("/sign-in/")


@pytest.mark.promise("AC-02")
@pytest.mark.parametrize("role", sorted(CENTRE_ROLES))
def test_another_centre_answers_like_nothing(here, role):
    """Ids of the other centre and ids that do not exist: same status, same bytes but the id."""
    there = world.small("FR-11", "Beaune")
    client = people.sign_in(Client(), people.person(role, here.centre))
    for name, rights in TIED:
        for method in ("get", "post"):
            if rights.get(method.upper()) not in RIGHTS[role]:
                continue
            foreign = address(name, there.ids)
            absent = address(name, there.absent)
            if foreign == absent:
                continue
            answers = [getattr(client, method)(one) for one in (foreign, absent)]
            assert answers[0].status_code == answers[1].status_code == 404, f"{method} {foreign}"
            first, second = (
                plain(a.content.decode(), ids) for a, ids in zip(answers, (there.ids, there.absent))
            )
            assert first == second, f"{method} {name}"


def plain(text: str, ids: dict[str, object]) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    for value in sorted((str(v) for v in ids.values()), key=len, reverse=True):
        text = text if value.isdigit() else text.replace(value, "·")
    return re.sub(r"\b\d+\b", "0", text)


def test_no_route_hides_another(here):
    for name, _ in TIED:
        found = resolve(address(name, here.ids))
        assert found.view_name == name, f"{address(name, here.ids)} leads to {found.view_name}"


def test_the_crawl_sees_every_route():
    seen = {name for name, _ in TIED} | IDENTITY_ROUTES | OPEN
    assert {name for name, _ in routes()} <= seen
