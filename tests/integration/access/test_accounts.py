"""The life of an account: invited, given roles by one or two, closed, never handed on."""

import io
import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from reminet_site.access import reads
from reminet_site.access.actions import give_role
from reminet_site.access.models import AccessRequest, Invitation
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Grant, Session, Signature, User
from reminet_site.roles import CENTRE_ROLES, FORBIDDEN_PAIRS, TWO_PERSON_ROLES, Role, Verb
from reminet_site.signatures import reads as signatures
from reminet_site.signatures.binding import holds
from tests import people
from tests.integration.access.steps import CHOSEN, decide, give, invite, mailed_address, on

SYSTEM = Actor.system("tests")
pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture(autouse=True)
def commits(django_capture_on_commit_callbacks):
    """Mails go out when the transaction is through: here, when it would be."""
    from unittest import mock

    with mock.patch("django.db.transaction.on_commit", lambda act, **_: act()):
        yield


def choose(path, password=CHOSEN, again=None):
    return Client().post(path, {"password": password, "again": again or password})


@pytest.mark.promise("AC-06")
def test_an_invitation_leads_to_a_password_that_nobody_else_knows(first):
    anna = invite(first)
    assert not anna.has_usable_password()
    path = mailed_address()
    secret = path.split("/")[2]
    assert mail.outbox[-1].to == [anna.email]
    assert secret not in first.get(f"/people/{anna.pk}/").content.decode()
    assert not Invitation.objects.filter(secret_sha256=secret).exists()
    assert b"anna@hospital.example" in Client().get(path).content
    assert choose(path).status_code == 302
    anna.refresh_from_db()
    assert anna.check_password(CHOSEN)
    answer = Client().post("/sign-in/", {"login": anna.email, "password": CHOSEN})
    assert answer.status_code == 302


@pytest.mark.promise("SE-03")
def test_used_expired_void_and_unknown_invitations_are_one_answer(first):
    anna = invite(first)
    void = mailed_address()
    on(first, anna, "invite")
    used = mailed_address()
    choose(used)
    on(first, anna, "invite")
    expired = mailed_address()
    with acting(SYSTEM):
        Invitation.objects.filter(ended_at__isnull=True).update(expires_at=timezone.now())
    answers = {
        (answer.status_code, without(path, answer))
        for path in (void, used, expired, "/invitation/nothing/")
        for answer in (Client().get(path), choose(path))
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def without(path, answer):
    """The page, without its own address and the token of its forms."""
    text = answer.content.decode().replace(path, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def test_a_weak_password_is_refused_with_a_sentence(first):
    invite(first)
    path = mailed_address()
    assert choose(path, "short").status_code == 422
    assert choose(path, CHOSEN, "something else").status_code == 422
    assert choose(path).status_code == 302


@pytest.mark.promise("ES-06")
@pytest.mark.parametrize(
    "written",
    ["anna@hospital.example", "Anna@Hospital.EXAMPLE", " anna@hospital.example ",
     "anna+2@hospital.example", "ａnna@hospital.example"],
)  # fmt: skip
def test_an_address_is_never_used_again(first, written):
    """Nor after the account is closed, however it is written."""
    anna = invite(first)
    for closed in (False, True):
        if closed:
            on(first, anna, "close")
        first.post("/people/", {"name": "Another", "email": written, "password": people.PASSWORD})
        assert User.objects.filter(name="Another").count() == 0


@pytest.mark.promise("ES-06")
def test_the_database_hands_no_account_on(first):
    anna = invite(first)
    for change in (
        f"UPDATE reminet_site_user SET email = 'b@example.org' WHERE id = {anna.pk}",
        f"DELETE FROM reminet_site_user WHERE id = {anna.pk}",
        "INSERT INTO reminet_site_user (email, name, password, is_active, language, density, "
        "created_at) VALUES ('ANNA+x@hospital.example', 'B', '!', true, 'en', 'regular', now())",
    ):
        with pytest.raises(Exception, match=r"keeps its address|permission denied|one_account"):
            run(change)


def run(sql):
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.promise("AC-05")
@pytest.mark.parametrize("role", sorted(TWO_PERSON_ROLES))
def test_a_role_that_leads_to_arms_takes_two_administrators(first, second, here, role):
    from reminet_site.roles import CENTRE_ROLES

    anna = invite(first)
    centre = here.centre if role in CENTRE_ROLES else None
    assert give(first, anna, role, centre).status_code == 302
    assert not anna.grants.exists()
    assert decide(first, anna).status_code == 422
    assert not anna.grants.exists()
    assert decide(second, anna).status_code == 302
    grant = anna.grants.get()
    assert {grant.granted_by.email, grant.seconded_by.email} == {
        "administrator@example.org",
        "second.administrator@example.org",
    }


@pytest.mark.promise("AC-05")
@pytest.mark.parametrize("role", sorted(TWO_PERSON_ROLES))
def test_the_database_knows_the_same_roles_of_two_persons(first, second, role):
    """The list in SQL against roles.TWO_PERSON_ROLES, one by one and the others."""
    users = {u.email: u.pk for u in User.objects.all()}
    asks = users["administrator@example.org"]
    anna = invite(first)
    with pytest.raises(Exception, match="two persons"):
        grant_row(anna.pk, role, asks)


@pytest.mark.promise("ES-03")
def test_both_administrators_sign_a_role_of_two_persons(first, second, here):
    """Bound to person, role, centre and reason; broken where one of them is altered."""
    anna = invite(first)
    give(first, anna, Role.INVESTIGATOR, here.centre)
    decide(second, anna)
    with acting(SYSTEM):
        asked = AccessRequest.objects.get(user=anna)
        made = signatures.signed("role")
    assert [(one.name, one.record, one.holds) for one in made] == [
        ("Administrator", f"{asked.pk} asked", True),
        (people.person(Role.ADMINISTRATOR, name="second.administrator").name,
         f"{asked.pk} confirmed", True),
    ]  # fmt: skip
    with acting(SYSTEM):
        moved = Signature.objects.get(pk=made[0].pk)
        moved.role = Role.DATA_MANAGER
        elsewhere = Signature.objects.get(pk=made[0].pk)
        elsewhere.record = f"{asked.pk} confirmed"
        assert holds([moved]) == holds([elsewhere]) == [False]


@pytest.mark.promise("ES-02")
def test_each_of_the_two_types_the_password_again(first, second, here):
    anna = invite(first)  # the password was typed just now
    give_it = {"act": "give", "role": Role.INVESTIGATOR, "centre": "FR-05", "reason": "why"}
    assert first.post(f"/people/{anna.pk}/", give_it).status_code == 422
    give(first, anna, Role.INVESTIGATOR, here.centre)
    with acting(SYSTEM):
        asked = AccessRequest.objects.get(user=anna)
    second.post("/people/", {"name": "x", "email": "x@example.org", "password": people.PASSWORD})
    confirm = {"pk": asked.pk, "act": "confirm"}
    assert second.post("/people/requests/", confirm).status_code == 422
    assert not anna.grants.exists()


def grant_row(user, role, asks):
    run(
        "INSERT INTO reminet_site_grant (user_id, role, granted_by_id, granted_at, reason, "
        f"revoked_because) VALUES ({user}, '{role}', {asks}, now(), '', '')"
    )


def test_other_roles_take_one(first):
    for n, role in enumerate(sorted(set(Role) - TWO_PERSON_ROLES)):
        anna = invite(first, f"person{n}@hospital.example")
        grant_row(anna.pk, role, User.objects.get(email="administrator@example.org").pk)


@pytest.mark.promise("AC-05")
@pytest.mark.parametrize("role", [Role.SPONSOR_MANAGER, Role.ADMINISTRATOR])
def test_an_only_administrator_gives_nothing_that_takes_two(first, role):
    anna = invite(first)
    answer = give(first, anna, role)
    assert answer.status_code == 422
    assert b"only one" in answer.content
    with acting(SYSTEM):
        assert not AccessRequest.objects.filter(user=anna).exists()


@pytest.mark.promise("AC-05")
def test_a_role_is_given_in_the_name_of_who_gives_it(first, second):
    """An administrator's own transaction names nobody else as the two, in the database."""
    anna = invite(first)
    there = list(User.objects.filter(email__contains="administrator").order_by("pk"))
    other = people.person(Role.ADMINISTRATOR, name="third.administrator")
    by = Actor.of(other, Verb.MANAGE_ACCOUNTS)
    with pytest.raises(Exception, match="in the name of"), acting(by):
        Grant.objects.create(
            user=anna, role=Role.MONITOR, granted_by=there[0], seconded_by=there[1],
            granted_at=timezone.now(),
        )  # fmt: skip


@pytest.mark.promise("AC-05")
def test_the_first_two_administrators_are_made_at_the_terminal(cheap, monkeypatch):
    """The second by invitation; later once more, where only one is left."""
    typed = iter(["One", "one@example.org", "Two", "two@example.org", "Three", "three@example.org"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr("getpass.getpass", lambda prompt: CHOSEN)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    call_command("first_administrator", stdout=io.StringIO())
    assert len(reads.administrators()) == 2
    assert mailed_address()
    assert mail.outbox[-1].to == ["two@example.org"]
    with pytest.raises(SystemExit, match="two administrators already"):
        call_command("first_administrator")
    with acting(SYSTEM):
        User.objects.filter(email="two@example.org").update(is_active=False)
    call_command("first_administrator", stdout=io.StringIO())
    assert User.objects.get(email="three@example.org").pk in reads.administrators()


def test_a_password_typed_differently_the_second_time_makes_nobody(cheap, monkeypatch):
    typed = iter(["One", "one@example.org", "One", "one@example.org", ""])
    passwords = iter([CHOSEN, CHOSEN + "x", CHOSEN, CHOSEN])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(passwords))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    said = io.StringIO()
    call_command("first_administrator", stdout=io.StringIO(), stderr=said)
    assert "The two passwords differ" in said.getvalue()
    assert len(reads.administrators()) == 1


@pytest.mark.promise("AC-05")
def test_forbidden_pairs_are_refused_and_history_counts(first, second, here):
    """Every pair of the table: held, or once held, the other one is refused."""
    by = Actor.of(people.person(Role.ADMINISTRATOR), Verb.MANAGE_ACCOUNTS)
    pairs = [sorted(pair) for pair in FORBIDDEN_PAIRS]
    assert len(pairs) > 40
    for number, (held, wanted) in enumerate(pairs):
        with acting(SYSTEM):
            user = User.objects.create(email=f"pair{number}@hospital.example", name="x")
            Grant.objects.create(
                user=user, role=held, granted_at=timezone.now(), revoked_at=timezone.now()
            )
        at = here.centre if wanted in CENTRE_ROLES else None
        with acting(by), pytest.raises(Refusal):
            give_role(user=user, role=wanted.value, centre=at, reason="why", by=by)
        assert user.grants.count() == 1
    assert give(first, user, wanted, at).status_code == 422


@pytest.mark.promise("AC-07")
def test_a_closed_account_is_out_at_once_everywhere(first, second, here):
    """Session, token, role, invitation, request: all of them end."""
    from rest_framework.authtoken.models import Token

    user = here.investigator
    browser = people.sign_in(Client(), user)
    token = Client(headers={"Authorization": f"Token {Token.objects.create(user=user).key}"})
    assert browser.get("/account/").status_code == token.get("/api/schema/").status_code == 200
    on(first, user, "invite")
    path = mailed_address()
    on(first, user, "close", "left the hospital")
    assert browser.get("/account/").status_code == 302
    assert token.get("/api/schema/").status_code == 401
    assert Client().get(path).status_code == 404
    assert not user.grants.filter(revoked_at__isnull=True).exists()
    assert not Session.objects.filter(user_id=user.pk).exists()
    on(first, user, "reopen", "came back")
    user.refresh_from_db()
    assert user.is_active
    assert not user.has_usable_password()
    assert not user.grants.filter(revoked_at__isnull=True).exists()


@pytest.mark.promise("AC-07")
def test_a_revoked_role_ends_for_a_token_too(first, here):
    from rest_framework.authtoken.models import Token

    manager = people.person(Role.DATA_MANAGER)
    token = Client(headers={"Authorization": f"Token {Token.objects.create(user=manager).key}"})
    assert token.get("/api/releases/").status_code == 200
    on(first, manager, "revoke", grant=manager.grants.get().pk)
    assert token.get("/api/releases/").status_code == 403


@pytest.mark.promise("AC-06")
def test_each_step_of_an_account_is_in_the_trail(first, second):
    anna = invite(first)
    choose(mailed_address())
    give(first, anna, Role.DATA_MANAGER)
    on(first, anna, "revoke", "left the project", grant=anna.grants.get().pk)
    on(first, anna, "close", "left the sponsor")
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.relation, t.item, t.act, t.actor, t.reason, t.new FROM audit.trail t "
            "ORDER BY t.id"
        )
        rows = cursor.fetchall()
    admin = "Administrator"
    for wanted in (
        ("reminet_site_user", "#email", "create", admin, "", anna.email),
        ("reminet_site_grant", "#role", "create", admin, "", "data_manager"),
        ("reminet_site_user", "#is_active", "change", admin, "left the sponsor", "false"),
    ):
        assert wanted in rows, wanted
    ended = [row for row in rows if row[:2] == ("reminet_site_grant", "#revoked_at")]
    assert [row[4] for row in ended] == ["left the project"]
    assert any(row[2] == "password chosen" and row[3] == anna.name for row in rows)


@pytest.mark.promise("AC-05")
def test_an_administrator_changes_nothing_of_the_own_account(first, second):
    me = User.objects.get(email="administrator@example.org")
    for act in ("close", "invite", "second_step"):
        assert on(first, me, act).status_code == 422
    me.refresh_from_db()
    assert me.is_active


def test_the_last_administrator_stays(first):
    me = User.objects.get(email="administrator@example.org")
    assert on(first, me, "revoke", grant=me.grants.get().pk).status_code == 422


@pytest.mark.promise("SE-05")
def test_every_act_on_an_account_asks_for_the_password(first, second, here):
    anna = invite(first)
    fresh = people.sign_in(Client(), people.person(Role.ADMINISTRATOR))
    for act in ("give", "revoke", "invite", "second_step", "close", "reopen"):
        form = {"act": act, "reason": "why", "role": "monitor"}
        answer = fresh.post(f"/people/{anna.pk}/", form)
        assert answer.status_code == 422, act
        assert b"Type your password" in answer.content, act
    for path in ("/people/", "/people/requests/", "/rights/review/"):
        assert b"Type your password" in fresh.post(path, {}).content, path
    assert not anna.grants.exists()


@pytest.mark.promise("SE-05")
def test_the_password_is_asked_again_after_five_minutes(first):
    anna = invite(first)  # the password was typed
    assert first.post(f"/people/{anna.pk}/", {"act": "invite"}).status_code == 302
    session = first.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session.save()
    assert first.post(f"/people/{anna.pk}/", {"act": "invite"}).status_code == 422


def test_a_new_second_step_of_an_investigator_takes_two(first, second, here):
    from allauth.mfa.models import Authenticator

    people.enrol(here.investigator)
    on(first, here.investigator, "second_step", "lost the telephone")
    held = Authenticator.objects.filter(user=here.investigator)
    assert held.exists()
    decide(second, here.investigator)
    assert not held.exists()


def test_people_are_found_by_words_role_centre_and_state(first, here):
    def names(**search):
        return first.post("/people/", search | {"find": "yes"}, follow=True).content.decode()

    assert here.investigator.email in names(person="investigator")
    assert here.investigator.email in names(role="investigator", centre="FR-05")
    assert here.investigator.email not in names(role="monitor")
    assert here.investigator.email not in names(state="closed")
    assert here.investigator.email not in names(state="no such state")
