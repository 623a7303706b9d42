"""Passwords, throttles, sentences that tell nothing, sessions that end."""

import re
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from reminet_site import settings as the_service
from reminet_site.context import Actor, acting
from reminet_site.models import SecurityEvent, User
from reminet_site.roles import Role
from tests import people
from tests.integration.access.steps import CHOSEN

pytestmark = pytest.mark.django_db
WRONG = "not the password"


@pytest.fixture
def sent():
    """Mails go out when the transaction is through: here, when it would be."""
    with mock.patch("django.db.transaction.on_commit", lambda act, **_: act()):
        yield mail.outbox


def sign_in(email, password=WRONG, client=None, **headers):
    return (client or Client(**headers)).post("/sign-in/", {"login": email, "password": password})


@pytest.mark.promise("SE-02")
@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("eleven sign", False),
        (CHOSEN, True),
        ("only small letters here please", True),  # no rule of composition
        ("482915730266", True),  # nor of letters
        ("walrus lamp ferry cloud " * 6, True),  # 144 signs
        ("passwordpassword", False),
        ("iloveyou1234", False),
        ("qwertyuiop12", False),
        ("123456789012", False),
        ("reminet-2026!", False),
        ("Reminet Dijon 2026", False),
        ("CHU Dijon FR-05", False),
        ("anna@hospital.example", False),
        ("Anna Meier 1984", False),
    ],
)
def test_which_passwords_are_taken(password, taken):
    people.centre()
    user = User(name="Anna Meier", email="anna@hospital.example")
    if taken:
        validate_password(password, user)
        return
    with pytest.raises(ValidationError) as said:
        validate_password(password, user)
    assert all(len(message) > 20 for message in said.value.messages)


@pytest.mark.promise("SE-02")
def test_a_long_password_signs_in_whole_and_is_kept_by_argon2(settings):
    settings.PASSWORD_HASHERS = the_service.PASSWORD_HASHERS
    assert "Argon2" in settings.PASSWORD_HASHERS[0]
    user = people.person(Role.MONITOR)
    long = "walrus lamp ferry cloud " * 6
    user.set_password(long)
    user.save(update_fields=["password"])
    assert user.password.startswith("argon2")
    assert sign_in(user.email, long.strip()[:128]).status_code == 200
    assert sign_in(user.email, long).status_code == 302


@pytest.mark.promise("SE-02")
def test_no_password_expires():
    """After three years the same password signs in: there is no rotation."""
    user = people.person(Role.MONITOR)
    with time_machine.travel(timezone.now() + timedelta(days=1100), tick=True):
        assert sign_in(user.email, people.PASSWORD).status_code == 302


def plain(answer):
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
    return re.sub(r"[\w.]+@example\.org", "·", text)


@pytest.mark.promise("SE-03")
def test_known_unknown_and_closed_accounts_are_one_answer(cheap):
    """Status, body and the number of hashes: wrong password, no account, a closed account."""
    known = people.person(Role.MONITOR)
    closed = people.person(Role.DATA_MANAGER)
    with acting(Actor.system("tests")):
        invited = User.objects.create(email="invited@example.org", name="x", password="!")
        User.objects.filter(pk=closed.pk).update(is_active=False)
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    from django.contrib.auth.hashers import MD5PasswordHasher

    answers = set()
    for email, password in (
        (known.email, WRONG),
        ("nobody@example.org", WRONG),
        (closed.email, WRONG),
        (closed.email, people.PASSWORD),
        (invited.email, WRONG),
    ):
        real = MD5PasswordHasher.encode
        with mock.patch(hasher, autospec=True, side_effect=real) as work:
            answer = sign_in(email, password)
        answers.add((answer.status_code, plain(answer), work.call_count))
    assert len(answers) == 1, [(status, n) for status, _body, n in answers]


@pytest.mark.promise("SE-03")
def test_locked_accounts_known_and_unknown_are_one_answer(cheap):
    known = people.person(Role.MONITOR)
    answers = set()
    for email in (known.email, "nobody@example.org"):
        tries = [sign_in(email) for _ in range(6)]
        answers.add(tuple((one.status_code, plain(one)) for one in tries))
    assert len(answers) == 1
    assert answers.pop()[-1][0] == 429


@pytest.mark.promise("SE-03")
def test_a_lock_is_told_at_once_to_the_person_and_to_administrators(cheap, sent):
    user, admin = people.person(Role.MONITOR), people.person(Role.ADMINISTRATOR)
    for _ in range(8):
        sign_in(user.email)
    told = [address for message in sent for address in message.to]
    assert sorted(told) == sorted([user.email, admin.email])  # once, not at every further try
    assert SecurityEvent.objects.filter(kind="locked out", user=user).exists()


@pytest.mark.promise("SE-03")
def test_many_addresses_do_not_help_against_one_account(cheap):
    user = people.person(Role.MONITOR)
    for n in range(20):
        sign_in(user.email, REMOTE_ADDR=f"10.1.0.{n}")
    assert sign_in(user.email, people.PASSWORD, REMOTE_ADDR="10.2.0.1").status_code == 429


@pytest.mark.promise("SE-03")
def test_many_accounts_do_not_help_from_one_address(cheap):
    user = people.person(Role.MONITOR)
    for n in range(100):
        sign_in(f"guess{n}@example.org", REMOTE_ADDR="10.1.0.1")
    assert sign_in(user.email, people.PASSWORD, REMOTE_ADDR="10.1.0.1").status_code == 429
    assert sign_in(user.email, people.PASSWORD, REMOTE_ADDR="10.1.0.2").status_code == 302


@pytest.mark.promise("SE-03")
def test_a_lock_ends_after_a_quarter_of_an_hour(cheap):
    user = people.person(Role.MONITOR)
    for _ in range(6):
        sign_in(user.email)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        assert sign_in(user.email, people.PASSWORD).status_code == 302


@pytest.mark.promise("ES-07")
@pytest.mark.promise("SE-03")
def test_wrong_passwords_at_a_signing_prompt_lock_are_told_and_are_in_the_trail(here, sent):
    """The prompt of a randomisation: five wrong ones, then the right one is refused too."""
    from reminet_site.trail.reads import rows
    from reminet_site.trail.search import Search

    admin = people.person(Role.ADMINISTRATOR)
    client = people.sign_in(Client(), here.investigator)
    path = f"/randomisation/{here.participant.code}/"
    for n in range(5):
        client.post(path, {"password": f"{WRONG} {n}"})
    assert client.post(path, {"password": people.PASSWORD}).status_code == 422
    assert sign_in(here.investigator.email, people.PASSWORD).status_code == 429
    told = [(m.to[0], m.body) for m in sent if "locked" in m.subject]
    assert {address for address, _ in told} == {here.investigator.email, admin.email}
    assert not any(here.participant.code in body for _, body in told)
    with acting(Actor.system("tests")):
        acts = [row.act for row in rows(Search(day=f"{timezone.now():%Y-%m-%d}"))]
    assert acts.count("re-authentication failed") >= 5
    assert "locked out" in acts


@pytest.mark.promise("SE-04")
@pytest.mark.parametrize(
    ("minutes", "every", "alive"), [(29, 29, True), (31, 31, False), (13 * 60, 20, False)]
)
def test_sessions_end_idle_or_old(here, minutes, every, alive):
    """By the clock: half an hour without a click, twelve hours in any case."""
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = people.sign_in(Client(), here.investigator)
        client.get("/account/")
        passed = 0
        while passed < minutes:
            passed += every
            clock.move_to(start + timedelta(minutes=passed))
            answer = client.get("/account/")
    assert (answer.status_code == 200) is alive


@pytest.mark.promise("SE-04")
def test_ending_the_other_sessions_ends_them_and_no_other_persons(here):
    one, two = (people.sign_in(Client(), here.investigator) for _ in range(2))
    other = people.sign_in(Client(), people.person(Role.MONITOR))
    for client in (one, two, other):
        assert client.get("/account/").status_code == 200
    one.post("/account/")
    assert [client.get("/account/").status_code for client in (one, two, other)] == [200, 302, 200]


@pytest.mark.promise("SE-01")
def test_a_token_ends_after_ninety_days(here):
    from rest_framework.authtoken.models import Token

    client = people.sign_in(Client(), here.investigator)
    answer = client.post("/account/token/", {"password": people.PASSWORD, "act": "make"})
    key = re.search(r"<code>([0-9a-f]{40})</code>", answer.content.decode())
    assert key, answer.content
    program = Client(headers={"Authorization": f"Token {key.group(1)}"})
    assert program.get("/api/schema/").status_code == 200
    Token.objects.update(created=timezone.now() - timedelta(days=91))
    answer = program.get("/api/schema/")
    assert answer.status_code == 401
    assert "has ended" in answer.json()["detail"]
