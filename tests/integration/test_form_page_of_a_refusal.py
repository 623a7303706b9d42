"""A refused form says on which page it stands, for the browser's history and the way back."""

import re

import pytest
from django.test import Client

from reminet_site.roles import Role
from tests import people, world

pytestmark = pytest.mark.django_db
LOCK = "/trial/lock/"  # takes a form, and has no page of its own
HERE = "http://testserver"
PAGE = re.compile(r'<body[^>]* data-page="([^"]*)"')


@pytest.fixture
def client():
    here = world.small()
    return people.sign_in(Client(), people.person(Role.DATA_MANAGER, here.centre))


def page_of(client, referer):
    answer = client.post(LOCK, {"reason": ""}, headers={"Referer": referer} if referer else {})
    assert answer.status_code in (403, 422)
    return PAGE.findall(answer.content.decode()), answer.content.decode()


@pytest.mark.parametrize("page", ["/trial/", "/trial/?older=3&amp;x=1"])
def test_it_is_the_page_that_sent_it(client, page):
    found, text = page_of(client, HERE + page.replace("&amp;", "&"))
    assert found == [page]
    assert f'name="next" value="{page}"' in text  # where a change of the language leads


@pytest.mark.parametrize(
    "referer",
    ["", "http://[", "https://evil.example/trial/", "http://testserver.evil.example/", "nonsense",
     HERE, f"{HERE}//evil.example/", "http://evil.example@testserver.example/"],
)  # fmt: skip
def test_another_site_is_no_page_of_ours(client, referer):
    found, text = page_of(client, referer)
    assert found == []
    assert "evil" not in text


def test_a_page_that_was_asked_for_names_none(client):
    answer = client.get("/trial/", headers={"Referer": f"{HERE}/releases/"})
    assert PAGE.findall(answer.content.decode()) == []


def test_an_address_of_a_referer_is_text(client):
    found, text = page_of(client, f'{HERE}/trial/?x="><script>alert(1)</script>')
    assert "<script>alert" not in text
    assert len(found) == 1


@pytest.mark.parametrize("host", ["evil.example", "localhost/evil.example"])
@pytest.mark.parametrize("referer", ["", "https://evil.example/trial/"])
def test_a_form_sent_to_another_name_of_the_host_is_refused(client, host, referer):
    """The page that says so knows no host to compare with."""
    answer = client.post(LOCK, {"reason": ""}, headers={"Host": host, "Referer": referer})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


def test_after_a_session_that_ended_the_sign_in_says_so_and_leads_back(client):
    client.cookies.clear()
    answer = client.post(LOCK, {"reason": "end"}, headers={"Referer": f"{HERE}/trial/"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Ftrial%2F")
    assert (
        "Nothing was done: your session had ended."
        in client.get(answer["Location"]).content.decode()
    )


def test_from_elsewhere_it_leads_to_no_page(client):
    client.cookies.clear()
    answer = client.post(LOCK, {"reason": "end"}, headers={"Referer": "https://evil.example/"})
    assert answer["Location"] == "/sign-in/"
