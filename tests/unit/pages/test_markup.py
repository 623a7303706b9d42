"""Every page of the gallery: renders with nothing undefined, under the policy, without twin ids."""

import re
from collections import Counter

import pytest
from jinja2 import Environment

from tests.journeys import gallery, samples

PAGES = samples.pages()
SCRIPTS = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")")


@pytest.fixture(scope="module")
def env() -> Environment:
    return gallery.environment()


@pytest.fixture(params=sorted(PAGES))
def markup(request: pytest.FixtureRequest, env: Environment) -> str:
    template, context = PAGES[request.param]
    return env.get_template(template).render(context)


def test_nothing_stands_inline(markup):
    assert not re.search(r"\sstyle=", markup)
    assert not re.search(r"\son[a-z]+=", markup)
    assert not SCRIPTS.search(markup)


def test_ids_are_unique(markup):
    twins = [i for i, n in Counter(re.findall(r'\sid="([^"]+)"', markup)).items() if n > 1]
    assert twins == []


def test_what_describes_a_control_is_there(markup):
    ids = set(re.findall(r'\sid="([^"]+)"', markup))
    named = re.findall(r'aria-(?:describedby|labelledby|errormessage)="([^"]*)"', markup)
    assert {one for names in named for one in names.split()} <= ids


def test_the_form_posts_by_the_names_of_its_fields(env):
    template, context = PAGES["form"]
    markup = env.get_template(template).render(context)
    names = set(re.findall(r'\sname="([^"]+)"', markup))
    expected = {"version", "weight", "weight.missing", "diarrhoea.day", "targets.r1.mm"}
    assert expected | {"targets.r1", "confirm.range.hr", "confirm.jump.targets.mm.r1"} <= names
