"""Every page that a role reaches by links, at both widths: axe, the width, the headings.

Two roles that see the same page, or two visits of one form, cost one look by axe. Every form is
opened by one who writes and by one who reads; the other roles open one of them, and of every other
route one page too.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from reminet_site.roles import Role
from tests import allocations, people, world
from tests.journeys import records
from tests.journeys.conftest import SCREENS
from tests.journeys.looks import new_findings
from tests.journeys.steps import no_wider_than_the_window

pytestmark = [pytest.mark.journey, pytest.mark.campaign]

DATA = {"api", "api_schema", "api_releases"}
FILES = {
    "copy_file",
    "import_file",
    "interim_figures",
    "kit_account",
    "readings_file",
    "release_download",
    "taken_file",
    "trail_copy",
}
LEAVES = {"account_logout"}
OPEN_EVERY_FORM = {Role.INVESTIGATOR, Role.AUDITOR}


@pytest.fixture(scope="module")
def trial(clone: str) -> world.Small:
    """A centre with kits, somebody in screening who may be randomised, and an open query."""
    small = world.small()
    allocations.scheme()
    allocations.deliver(4)
    allocations.supply(small.centre, 2)
    ready = records.screened(small.centre, small.investigator)
    records.enter(ready, small.investigator)
    return small


@pytest.mark.parametrize("role", list(Role))
def test_nothing_stands_in_the_way(role, trial, visit):
    page = visit(people.person(role, trial.centre).email)
    problems = []
    pages = 0
    for path in reachable(page, every_form=role in OPEN_EVERY_FORM):
        pages += 1
        problems += [f"{path}, {said}" for said in looked_at(page)]
        assert page.locator("h1").count() == 1, f"{path} has not one heading"
    assert pages > 3, f"{role} reaches {pages} pages"
    assert not problems, "\n".join(problems)


def reachable(page: Any, *, every_form: bool) -> Iterator[str]:
    """Opens each page that links lead to, one of a kind, and yields its address."""
    waiting, known = [urlsplit(page.url).path], set()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path, every_form=every_form)
        if kind is None or kind in known:
            continue
        known.add(kind)
        answer = page.goto(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        yield path
        waiting += [link for link in links if link.startswith("/")]


def kind_of(link: str, *, every_form: bool) -> tuple[str, str] | None:
    """The route, with the form where every form is opened; None for what is no page."""
    try:
        found = resolve(urlsplit(link).path)
    except Resolver404:
        return None
    if found.url_name in DATA | FILES | LEAVES:
        return None
    return found.view_name, found.kwargs.get("form", "") if every_form else ""


def looked_at(page: Any) -> Iterator[str]:
    """The page on both screens: its width, and what axe says of markup that is new."""
    for size, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        no_wider_than_the_window(page)
        yield from (f"{size}: {said}" for said in new_findings(page))
