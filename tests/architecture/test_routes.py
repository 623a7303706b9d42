"""Every address names its rights; the role table is what the server enforces."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from reminet_site.rights import IDENTITY_ROUTES
from reminet_site.roles import RIGHTS, Role, Verb

OPEN = {"health", "invitation", "language"}


def routes(patterns: Any = None, space: str = "") -> Iterator[tuple[str, Any]]:
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes(one.url_patterns, inner)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name}", one.callback


@pytest.mark.promise("AC-01")
@pytest.mark.parametrize(("name", "view"), [pytest.param(n, v, id=n) for n, v in routes()])
def test_every_route_names_its_rights(name, view):
    rights = getattr(view, "rights", None)
    if rights is None:
        assert name in IDENTITY_ROUTES, f"{name} names no right"
    elif rights == {}:
        assert name in OPEN, f"{name} is open to all"
    else:
        assert all(isinstance(verb, Verb) for verb in rights.values())


def test_every_route_has_one_name():
    names = [name for name, _ in routes()]
    assert len(names) == len(set(names))


def test_every_verb_is_somebodys():
    held = frozenset().union(*RIGHTS.values()) | {Verb.SIGNED_IN}
    assert held == frozenset(Verb)


def test_every_role_is_in_the_table():
    assert set(RIGHTS) == set(Role)


def test_the_administrator_reads_nothing_clinical():
    assert RIGHTS[Role.ADMINISTRATOR] == {
        Verb.MANAGE_ACCOUNTS,
        Verb.READ_ACCESS,
        Verb.READ_TEAM,
        Verb.RECORD_DUTIES,
    }
