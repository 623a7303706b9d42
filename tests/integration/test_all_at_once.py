"""A refused form says all that is wrong at once: fields and password, in the summary and beside."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from crf import actions_lock
from crf.models import TrialLock
from reminet_site.context import Actor, acting
from reminet_site.errors import NotAllowed, Refusal
from reminet_site.models import User
from reminet_site.roles import Role
from reminet_site.rules import together
from tests import allocations, people, world

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
WRONG = "not the password"
FORMS = {
    "invite": (Role.ADMINISTRATOR, "people", {"name": "", "email": "no"}),
    "give": (Role.ADMINISTRATOR, "person", {"act": "give", "role": "", "reason": ""}),
    "close": (Role.ADMINISTRATOR, "person", {"act": "close", "reason": ""}),
    "second_step": (Role.ADMINISTRATOR, "person", {"act": "second_step", "reason": ""}),
    "review": (Role.ADMINISTRATOR, "access_review", {"period": ""}),
    "new-centre": (Role.SPONSOR_MANAGER, "centres", {"code": "", "name": "", "timezone": "no"}),
    "state": (Role.SPONSOR_MANAGER, "centre_state", {"act": "close", "reason": ""}),
    "add": (Role.SPONSOR_MANAGER, "team", {"grant": "", "kind": "", "on": "no", "what": ""}),
    "lock": (Role.DATA_MANAGER, "analysis:trial_lock", {"reason": ""}),
    "unlock": (Role.DATA_MANAGER, "analysis:trial_unlock", {"reason": ""}),
    "open": (Role.SPONSOR_MANAGER, "analysis:trial_opening", {"reason": ""}),
    "ask": (Role.DATA_MANAGER, "redactions", {"row": "1", "side": "", "reason": ""}),
    "new": (Role.TRIAL_STATISTICIAN, "analysis:releases", {"note": "", "cutoff": "no"}),
}
TYPED = {"act", "row"}  # hidden, and right


def refused(role, name, args, sent, **more):
    client = people.sign_in(Client(), people.person(role, people.centre()))
    answer = client.post(reverse(name, args=args), sent | more)
    assert answer.status_code == 422, answer.content.decode()[:500]
    return answer.content.decode()


def listed(text):
    """Ids of the fields that the summary leads to."""
    summary = re.search(r'id="form-summary".*?</ul>', text, re.DOTALL)[0]
    return re.findall(r'href="#([^"]+)"', summary)


def beside(text):
    return set(re.findall(r'class="finding finding-hard" id="([^"]+)-finding"', text))


@pytest.fixture
def here():
    made = world.small()
    people.enrol(made.investigator)
    return made


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("password", ["", WRONG], ids=["no password", "a wrong one"])
def test_fields_and_password_are_said_together(here, form, password):
    role, name, sent = FORMS[form]
    if form in ("unlock", "open"):
        with acting(SYSTEM):
            actions_lock.lock_trial(reason="data complete", by=SYSTEM)
    args = {"person": [here.investigator.pk], "team": ["FR-05"], "centre_state": ["FR-05"]}
    text = refused(role, name, args.get(name, []), sent, password=password)
    fields = {f"{form.split('-')[0]}-{one}" for one in (*sent, "password") if one not in TYPED}
    assert set(listed(text)) == fields
    assert listed(text)[-1].endswith("-password")  # in the order of the form
    assert beside(text) == fields
    with acting(SYSTEM):
        assert User.objects.filter(name="").count() == 0
        assert TrialLock.objects.count() == (form in ("unlock", "open"))


@pytest.mark.parametrize("password", ["", WRONG])
def test_a_randomisation_says_its_strata_and_the_password(here, password):
    with allocations.everybody_eligible():
        allocations.scheme()
        allocations.deliver(6)
        allocations.supply(here.centre, 3)
        code = here.participant.code
        text = refused(Role.INVESTIGATOR, "randomisation:gate", [code], {"password": password})
    strata = {f"stratum.{name}" for name in allocations.levels_of(here.participant)}
    assert set(listed(text)) == beside(text) == strata | {"password"}


def test_an_unblinding_says_its_reason_its_tick_and_the_password(here):
    with allocations.everybody_eligible():
        allocations.scheme()
        allocations.deliver(6)
        allocations.supply(here.centre, 3)
        allocations.randomise(here.participant)
    code = here.participant.code
    text = refused(Role.INVESTIGATOR, "randomisation:unblind", [code], {"reason": ""})
    assert set(listed(text)) == beside(text) == {"reason", "confirm", "password"}


def test_what_is_signed_again_says_the_password_beside_its_field(here):
    with allocations.everybody_eligible():
        allocations.scheme()
        allocations.deliver(6)
        allocations.supply(here.centre, 3)
        allocations.randomise(here.participant)
    code = here.participant.code
    text = refused(Role.INVESTIGATOR, "randomisation:sign_again", [code], {"password": ""})
    assert listed(text) == ["sign-password"]
    assert beside(text) == {"sign-password"}
    wrong = {"factor": "grade", "corrected": "G9", "reason": ""}
    text = refused(Role.INVESTIGATOR, "randomisation:correct", [code], wrong)
    assert listed(text) == ["grade-corrected", "grade-reason"]


def test_the_right_password_is_not_asked_for_because_a_field_is_wrong(here):
    role, name, sent = FORMS["lock"]
    text = refused(role, name, [], sent, password=people.PASSWORD)
    assert listed(text) == ["lock-reason"]


def refuse(kind, sentence, item=""):
    raise kind(sentence, item=item)


def test_checks_that_pass_say_nothing():
    together(lambda: None, lambda: "ok")


def test_every_refusal_is_kept_once_and_the_first_gives_the_status():
    with pytest.raises(NotAllowed) as said:
        together(
            lambda: refuse(NotAllowed, "one", "a"),
            lambda: together(lambda: refuse(Refusal, "two"), lambda: refuse(Refusal, "one", "a")),
            lambda: refuse(Refusal, "three", "b"),
        )
    assert [(one.item, one.sentence) for one in (said.value, *said.value.also)] == [
        ("a", "one"),
        ("", "two"),
        ("b", "three"),
    ]
