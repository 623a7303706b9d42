"""Every page that a role reaches by links, at both widths: axe, the width, the headings.

A page whose markup was checked before is not checked again: two roles that see the same page, or
two visits of one form, cost one look.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from reminet_site.roles import Role
from tests import allocations, people, world
from tests.journeys import records
from tests.journeys.conftest import SCREENS
from tests.journeys.steps import no_wider_than_the_window

pytestmark = pytest.mark.journey

FILES = {"api", "api_schema", "api_releases", "interim_figures", "release_download", "trail_copy"}
LEAVES = {"account_logout"}
# What of the markup axe looks at, words aside.
MARKUP = """() => [...document.querySelectorAll("body, body *")].map(
    e => [e.tagName, e.className.baseVal ?? e.className, e.hidden, e.getAttribute("role"),
          e.getAttribute("type"), e.hasAttribute("aria-label"), e.tabIndex].join()).join("\\n")"""
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


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


@pytest.fixture(scope="module")
def seen() -> set[tuple[str, int]]:
    """Markup that was checked, by width."""
    return set()


@pytest.mark.parametrize("role", list(Role))
def test_nothing_stands_in_the_way(role, trial, visit, seen):
    page = visit(people.person(role, trial.centre).email)
    problems = []
    pages = 0
    for path in reachable(page):
        pages += 1
        for size, (width, height) in SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            no_wider_than_the_window(page)
            problems += [f"{path}, {size}: {said}" for said in new_problems(page, width, seen)]
        assert page.locator("h1").count() == 1, f"{path} has not one heading"
    assert pages > 3, f"{role} reaches {pages} pages"
    assert not problems, "\n".join(problems)


def reachable(page: Any) -> Iterator[str]:
    """Opens each page that links lead to, one of a kind, and yields its address."""
    waiting, known = [urlsplit(page.url).path], set()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind is None or kind in known:
            continue
        known.add(kind)
        answer = page.goto(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        yield path
        waiting += [link for link in links if link.startswith("/")]


def kind_of(link: str) -> tuple[str, ...] | None:
    """The route with the form and the kind of visit; None for what is no page."""
    try:
        found = resolve(urlsplit(link).path)
    except Resolver404:
        return None
    if found.url_name in FILES | LEAVES:
        return None
    visit = re.sub(r"-\d+$", "", str(found.kwargs.get("visit", "")))
    return found.view_name, visit, str(found.kwargs.get("form", ""))


def new_problems(page: Any, width: int, seen: set[tuple[str, int]]) -> list[str]:
    """What axe says of markup that it has not seen at this width."""
    markup = page.evaluate(MARKUP)
    if (markup, width) in seen:
        return []
    seen.add((markup, width))
    from axe_playwright_python.base import AXE_FILE_PATH

    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [
        f"{one['id']}: {one['help']}: {'; '.join(str(n['target'][0]) for n in one['nodes'][:3])}"
        for one in found["violations"]
    ]
