"""Signatures: who, when, meaning what; bound to the content; broken by a change, visibly."""

import re
import uuid

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from analysis import actions as analysis_actions
from crf import actions_lock
from crf.models import Entry, Participant
from randomisation import unblinding
from randomisation.signed import AGAIN, ELIGIBILITY, UNBLINDING
from reminet_site.context import Actor, acting, because
from reminet_site.errors import Refusal
from reminet_site.models import Centre, Signature, User
from reminet_site.roles import Role, Verb
from reminet_site.signatures import reads
from tests import allocations, people
from tests.conftest import superuser
from tests.integration.analysis import trial
from tests.people import PASSWORD

SYSTEM = Actor.system("tests")


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []


@pytest.fixture
def centre(database) -> Centre:
    return trial.centre_with_one_to_randomise()


def client_of(role: Role, centre: Centre) -> Client:
    return people.sign_in(Client(), people.person(role, centre))


def participant() -> Participant:
    with acting(SYSTEM):
        return Participant.objects.select_related("centre").get(code="FR-05-001")


@pytest.fixture
def randomised(centre) -> Participant:
    """Through the gate, in the browser, by the investigator."""
    with allocations.everybody_eligible():
        answer = gate(client_of(Role.INVESTIGATOR, centre), PASSWORD)
    assert answer.status_code == 302
    return participant()


def gate(client: Client, password: str):
    strata = allocations.levels_of(participant())
    data = {f"stratum.{name}": level for name, level in strata.items()}
    address = reverse("randomisation:gate", args=["FR-05-001"])
    return client.post(address, data | {"password": password})


def signatures(**where) -> list[Signature]:
    with acting(SYSTEM):
        return list(Signature.objects.filter(**where))


def broken() -> list[str]:
    with acting(SYSTEM):
        return [one.record for one in reads.broken()]


def correct(grade: str) -> None:
    with acting(SYSTEM):
        trial.change(Entry.objects.get(form="TUMOUR"), grade=grade)


def tamper(sql: str, database: str) -> None:
    off = "ALTER TABLE {0} DISABLE TRIGGER ALL"
    tables = ("reminet_site_signature", "crf_entry")
    superuser("; ".join([*(off.format(table) for table in tables), sql]), database)


@pytest.mark.promise("ES-01")
def test_name_time_and_meaning_stand_on_every_page_of_the_record(randomised, centre):
    (made,) = signatures(kind="eligibility")
    assert made.meaning == ELIGIBILITY
    investigator = client_of(Role.INVESTIGATOR, centre)
    auditor = client_of(Role.AUDITOR, centre)
    pages = [
        investigator.get(reverse("randomisation:result", args=[randomised.code])),
        investigator.get(reverse("crf:casebook", args=[randomised.code])),
        auditor.get(reverse("crf:casebook", args=[randomised.code])),
        auditor.get(reverse("signatures")),
    ]
    for page in pages:
        text = page.content.decode()
        assert "Investigator FR-05" in text
        assert ELIGIBILITY in text
        assert f"{made.at:%b %Y, %H:%M}" in text


@pytest.mark.promise("ES-01")
def test_an_unblinding_is_signed_and_shown(randomised, centre):
    physician = Actor.of(people.person(Role.INVESTIGATOR, centre), Verb.UNBLIND)
    arm = unblinding.unblind(participant=randomised, reason="anaphylaxis", by=physician)
    (made,) = signatures(kind="unblinding")
    assert (made.name, made.role, made.meaning) == (
        "Investigator FR-05",
        "investigator",
        UNBLINDING,
    )
    address = reverse("randomisation:unblind", args=[randomised.code])
    text = client_of(Role.INVESTIGATOR, centre).get(address).content.decode()
    assert "Signed by Investigator FR-05" in text
    assert UNBLINDING in text
    assert arm not in text


@pytest.mark.promise("ES-01")
def test_lock_and_opening_are_signed_by_each_person(centre):
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(manager):
        actions_lock.lock_trial(reason="end", by=manager)
    sponsor = Actor.of(people.person(Role.SPONSOR_MANAGER), Verb.OPEN_BLIND)
    with acting(sponsor):
        analysis_actions.request_opening(reason="primary analysis", by=sponsor)
    statistician = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.OPEN_BLIND)
    with acting(statistician):
        analysis_actions.confirm_opening(by=statistician)
    found = [(one.kind, one.record, one.name) for one in signatures() if one.kind != "lock"]
    assert found == [
        ("opening", "asked", "Sponsor manager"),
        ("opening", "confirmed", "Trial statistician"),
    ]
    text = client_of(Role.AUDITOR, centre).get(reverse("analysis:trial")).content.decode()
    for name in ("Data manager", "Sponsor manager", "Trial statistician"):
        assert f"Signed by {name}, " in text
    assert "I agree that the blind of the trial is opened" in text
    assert broken() == []


@pytest.mark.promise("ES-02")
@pytest.mark.parametrize("password", ["", "not the password"])
def test_without_the_password_nothing_is_signed(centre, password):
    """A session alone (a stolen cookie) signs nothing; it began with address and password."""
    client = client_of(Role.INVESTIGATOR, centre)
    with allocations.everybody_eligible():
        assert gate(client, password).status_code == 422
    assert participant().randomisation_number is None
    manager = client_of(Role.DATA_MANAGER, centre)
    for name in ("analysis:trial_lock", "analysis:trial_unlock"):
        words = {"reason": "end", "password": password}
        assert manager.post(reverse(name), words).status_code == 422
    words = {"row": 1, "side": "new", "reason": "a person is named", "password": password}
    assert manager.post(reverse("redactions"), words).status_code == 422
    sponsor = client_of(Role.SPONSOR_MANAGER, centre)
    words = {"act": "request", "reason": "end", "password": password}
    assert sponsor.post(reverse("analysis:trial_opening"), words).status_code == 422
    assert signatures() == []


@pytest.mark.promise("ES-02")
def test_the_second_signing_of_a_session_asks_again(randomised, centre):
    client = client_of(Role.INVESTIGATOR, centre)
    address = reverse("randomisation:unblind", args=[randomised.code])
    words = {"reason": "anaphylaxis", "confirm": "yes", "token": str(uuid.uuid4())}
    assert client.post(address, words).status_code == 422
    assert client.post(address, words | {"password": PASSWORD}).status_code == 200
    again = words | {"token": str(uuid.uuid4())}
    assert client.post(address, again).status_code == 422
    assert len(signatures(kind="unblinding")) == 1


@pytest.mark.promise("ES-03")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reminet_site_signature SET record = 'FR-05-002'",
        "UPDATE reminet_site_signature SET participant_id = participant_id + 1",
        "UPDATE reminet_site_signature SET meaning = 'I was only looking'",
        "UPDATE reminet_site_signature SET name = 'Somebody else'",
        "UPDATE reminet_site_signature SET at = at - interval '1 day'",
        "UPDATE crf_entry SET data = data || '{\"grade\": \"G1\"}' WHERE form = 'TUMOUR'",
    ],
)
@pytest.mark.clones
def test_a_signature_moved_or_its_content_altered_is_found(randomised, clone, sql, capsys):
    call_command("check_signatures")
    assert "good: 1 signatures hold" in capsys.readouterr().out
    tamper(sql, clone)
    with pytest.raises(SystemExit):
        call_command("check_signatures")
    assert "BAD: signature 1, eligibility" in capsys.readouterr().out


def test_nobody_guesses_an_answer_from_the_hash(randomised, centre):
    """The trail says the hash; the salt under it is in no row of the trail."""
    from django.db import connection

    from reminet_site.signatures.binding import contents, digest

    (made,) = signatures()
    with acting(SYSTEM), connection.cursor() as cursor:
        (content,) = contents(made.kind)([made])
        cursor.execute(
            "SELECT item, new FROM audit.trail WHERE relation = 'reminet_site_signature'"
        )
        kept = dict(cursor.fetchall())
    assert kept["#sha256"] == made.sha256 == digest(made, content)
    assert "#salt" not in kept
    made.salt = ""
    assert digest(made, content) != kept["#sha256"]


@pytest.mark.promise("ES-03")
@pytest.mark.clones
def test_a_hash_written_anew_is_not_what_the_trail_saw(randomised, clone, capsys):
    """Whoever alters a row and computes its hash again is told by the trail."""
    from reminet_site.signatures.binding import contents, digest

    (made,) = signatures()
    made.name = "Somebody else"
    with acting(SYSTEM):
        forged = digest(made, contents(made.kind)([made])[0])
    tamper(f"UPDATE reminet_site_signature SET name = '{made.name}', sha256 = '{forged}'", clone)
    assert broken() == []
    with pytest.raises(SystemExit):
        call_command("check_signatures")
    assert "altered behind the service's back" in capsys.readouterr().out


@pytest.mark.promise("ES-03")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reminet_site_signature SET name = 'x'",
        "DELETE FROM reminet_site_signature",
        "TRUNCATE reminet_site_signature",
        "INSERT INTO reminet_site_signature SELECT id + 100, kind, record, meaning, name, role, "
        "at, clinical_at, participant_id, definition_sha256, sha256, by_id, centre_id, salt "
        "FROM reminet_site_signature",
    ],
)
def test_the_application_changes_no_signature_and_forges_none(randomised, sql):
    from django.db import connection

    with pytest.raises(DatabaseError), acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.promise("ES-04")
def test_a_later_change_breaks_it_in_sight_until_it_is_signed_again(randomised, centre):
    assert broken() == []
    correct("G1")
    assert broken() == [randomised.code]
    receipt = reverse("randomisation:result", args=[randomised.code])
    investigator = client_of(Role.INVESTIGATOR, centre)
    for client, address in (
        (investigator, receipt),
        (investigator, reverse("crf:casebook", args=[randomised.code])),
        (client_of(Role.DATA_MANAGER, centre), reverse("signatures")),
        (client_of(Role.PRINCIPAL_INVESTIGATOR, centre), reverse("signatures")),
    ):
        assert "roken" in client.get(address).content.decode(), address
    again = reverse("randomisation:sign_again", args=[randomised.code])
    assert investigator.post(again).status_code == 422
    assert investigator.post(again, {"password": PASSWORD}).status_code == 302
    assert broken() == []
    assert [one.meaning for one in signatures()] == [ELIGIBILITY, AGAIN]
    text = investigator.get(receipt).content.decode()
    assert ELIGIBILITY in text
    assert AGAIN in text
    assert investigator.post(again, {"password": PASSWORD}).status_code == 422


def test_the_list_says_in_words_what_was_signed(randomised, centre):
    actor = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(actor):
        actions_lock.lock_trial(reason="end", by=actor)
        actions_lock.unlock_trial(reason="a late answer", by=actor)
    text = client_of(Role.DATA_MANAGER, centre).get(reverse("signatures")).content.decode()
    said = re.findall(r'data-label="What"><span>(.*?)</span></td><td.*?>(.*?)</td>', text)
    assert [what for what, _ in said][:2] == ["Data of the trial"] * 2
    assert [meaning.split()[1] for _, meaning in said][:2] == ["unlock", "declare"]


def test_what_the_gate_does_not_read_breaks_nothing(randomised):
    with acting(SYSTEM):
        person = participant()
        trial.entry(person, "AE", "LOG", {"term": "nausea", "grade": "1"}, None)
    assert broken() == []


def test_put_back_as_it_was_it_holds_again(randomised):
    correct("G1")
    correct("G2")
    assert broken() == []


@pytest.mark.promise("ES-05")
@pytest.mark.parametrize(
    "role",
    [
        Role.SITE_COORDINATOR,
        Role.PHARMACIST,
        Role.MONITOR,
        Role.DATA_MANAGER,
        Role.SAFETY_PHYSICIAN,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    ],
)
def test_nobody_else_signs_eligibility(centre, role):
    with allocations.everybody_eligible():
        assert gate(client_of(role, centre), PASSWORD).status_code == 403
    again = reverse("randomisation:sign_again", args=["FR-05-001"])
    assert client_of(role, centre).post(again, {"password": PASSWORD}).status_code == 403
    assert signatures() == []


@pytest.mark.promise("ES-05")
@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR])
def test_the_investigator_of_another_centre_finds_nothing_to_sign(centre, role):
    client = client_of(role, people.centre("FR-11", "Beaune"))
    with allocations.everybody_eligible():
        assert gate(client, PASSWORD).status_code == 404
    again = reverse("randomisation:sign_again", args=["FR-05-001"])
    assert client.post(again, {"password": PASSWORD}).status_code == 404
    assert "FR-05-001" not in client.get("/").content.decode()


@pytest.mark.promise("ES-06")
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["one@example.org", "ONE@Example.ORG"])
def test_an_account_is_never_given_to_another_person(address):
    from reminet_site import actions

    with acting(SYSTEM), because("left"):
        gone = actions.add_person(name="One", email="one@example.org", password=None, by=SYSTEM)
        gone.is_active = False
        gone.save()
        with pytest.raises(Refusal, match="never reused"):
            actions.add_person(name="Two", email=address, password=None, by=SYSTEM)
    with pytest.raises(DatabaseError), acting(SYSTEM), transaction.atomic():
        User.objects.create(name="Two", email=address)
    with pytest.raises(DatabaseError), acting(SYSTEM), transaction.atomic():
        User.objects.filter(pk=gone.pk)._raw_delete("default")
