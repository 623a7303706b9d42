"""The pages on which casebooks are signed, in the browser of each role."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from crf import actions
from crf.signed import ENDORSED
from reminet_site.context import acting
from reminet_site.roles import RIGHTS, Role, Verb
from tests import people, world
from tests.integration.crf.casebooks import (
    EVENT,
    SYSTEM,
    randomised,
    save,
    sign,
    states,
)
from tests.integration.crf.test_form import CONSENT
from tests.people import PASSWORD

pytestmark = [pytest.mark.promise("ES-08")]


@pytest.fixture
def here(database) -> world.Small:
    return randomised()


def page(client: Client, here) -> str:
    answer = client.get(reverse("crf:endorsement", args=[here.participant.code]))
    assert answer.status_code == 200
    return answer.content.decode()


def seen_on(text: str) -> dict[str, str]:
    boxes = re.findall(r'name="milestone" value="(\w+)"><input[^>]*name="seen" value="(\w+)"', text)
    return dict(boxes)


def test_what_nobody_asks_for_yet_is_signed_on_purpose_alone(here):
    """The form of the whole casebook is folded away while the participant is in the trial."""
    client = people.sign_in(Client(), here.investigator)
    text = page(client, here)
    whole = text[text.index('id="casebook"') :]
    assert "Sign before it is asked for" in whole
    assert "Sign before it is asked for" not in text[: text.index('id="casebook"')]
    assert "forms due and not saved" in whole


def test_a_signature_that_was_given_again_is_not_called_broken(here):
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    sign(here, "casebook")
    text = page(people.sign_in(Client(), here.investigator), here)
    assert "Signed again later, after a change" in text
    assert "Broken: what was signed has changed since" not in text


def test_a_signature_on_what_was_put_back_is_not_called_broken(here):
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT, 2, "It was right before.")
    text = page(people.sign_in(Client(), here.investigator), here)
    assert "Put back since: an earlier signature holds again" in text
    assert "Broken: what was signed has changed since" not in text


def test_an_investigator_signs_with_the_password(here):
    client = people.sign_in(Client(), here.investigator)
    text = page(client, here)
    assert ENDORSED in text
    assert "To be signed" in text
    sent = {"milestone": "casebook", "seen": seen_on(text)["casebook"]}
    address = reverse("crf:endorsement", args=[here.participant.code])
    refused = client.post(address, sent | {"password": "wrong"})
    assert refused.status_code == 422
    assert 'id="casebook-password"' in refused.content.decode()
    assert states(here.participant)["casebook"] == "unsigned"
    done = client.post(address, sent | {"password": PASSWORD})
    assert done.status_code == 302
    text = page(client, here)
    assert "Signed by Investigator FR-05" in text
    assert seen_on(text) == {}
    casebook = client.get(reverse("crf:casebook", args=[here.participant.code])).content.decode()
    assert "Whole casebook" in casebook


def test_what_was_saved_since_the_page_was_opened_is_named(here):
    """A signature of what was not seen is refused, and the refusal leads to it."""
    client = people.sign_in(Client(), here.investigator)
    text = page(client, here)
    opened = re.search(r'name="opened" value="([^"]+)"', text)[1]
    sent = {"milestone": "casebook", "seen": seen_on(text)["casebook"], "opened": opened}
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    address = reverse("crf:endorsement", args=[here.participant.code])
    refused = client.post(address, sent | {"password": PASSWORD})
    assert refused.status_code == 409
    told = refused.content.decode()
    assert "Saved since you opened this page:" in told
    assert "/LOG/AE/1/" in told
    assert "/SCR/CONSENT/1/" not in told
    odd = client.post(address, sent | {"opened": "yesterday", "password": PASSWORD})
    assert odd.status_code == 409


def test_what_changed_since_is_named_on_the_page(here):
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    text = page(people.sign_in(Client(), here.investigator), here)
    assert "Changed since it was signed" in text
    assert "Broken: what was signed has changed since" in text
    assert "/LOG/AE/1/" in text


@pytest.mark.promise("ES-05")
@pytest.mark.parametrize("role", [role for role in Role if Verb.READ_CASEBOOK in RIGHTS[role]])
def test_who_reads_casebooks_sees_what_is_signed_and_physicians_alone_sign(here, role):
    who = people.person(role, here.centre)
    client = people.sign_in(Client(), who)
    signs = role in (Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR)
    text = page(client, here)
    assert bool(seen_on(text)) == signs
    sent = {"milestone": "casebook", "seen": "", "password": PASSWORD}
    address = reverse("crf:endorsement", args=[here.participant.code])
    assert client.post(address, sent).status_code == (409 if signs else 403)
    listed = client.get(reverse("crf:casebooks", args=["FR-05"])).content.decode()
    assert "FR-05-001" in listed
    assert "1 casebook waits for a signature" in listed


def test_the_list_of_a_centre_asks_no_more_with_more_participants(
    here, django_assert_max_num_queries
):
    client = people.sign_in(Client(), here.investigator)
    address = reverse("crf:casebooks", args=["FR-05"])
    client.get(address)
    with django_assert_max_num_queries(20) as one:
        client.get(address)
    for _ in range(4):
        with acting(SYSTEM):
            more = actions.screen_participant(
                centre=here.centre, screened_on=here.participant.screened_on, by=SYSTEM
            )
        save(more, "SCR", "CONSENT", CONSENT)
    with django_assert_max_num_queries(len(one)):
        assert b"FR-05-005" in client.get(address).content


def test_the_casebook_asks_for_its_signatures_once(here, django_assert_max_num_queries):
    client = people.sign_in(Client(), here.investigator)
    address = reverse("crf:casebook", args=[here.participant.code])
    client.get(address)
    with django_assert_max_num_queries(30) as unsigned:
        client.get(address)
    sign(here, "casebook")
    sign_again = EVENT | {"grade": "2"}
    save(here.participant, "LOG", "AE", sign_again, 1, "Read again.")
    sign(here, "casebook")
    with django_assert_max_num_queries(len(unsigned) + 1):  # the one that hashes
        assert b"Whole casebook" in client.get(address).content


def test_a_casebook_with_nothing_in_it_has_nothing_to_sign(here):
    with acting(SYSTEM):
        one = actions.screen_participant(
            centre=here.centre, screened_on=here.participant.screened_on, by=SYSTEM
        )
    client = people.sign_in(Client(), here.investigator)
    text = client.get(reverse("crf:endorsement", args=[one.code])).content.decode()
    assert "Nothing to sign" in text
