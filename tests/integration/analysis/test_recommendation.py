"""What the committee recommends: once after a look, signed, and nothing else leaves."""

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from analysis import actions, dmc, tasks_unblinded
from analysis.models import Look, Recommendation
from crf import study
from crf.definition.arm_words import arm_words
from randomisation.arms.role import vault
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from reminet_site.signatures import reads as signatures
from reminet_site.signatures.models import Signature
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = [pytest.mark.django_db, pytest.mark.promise("IA-09")]
GROUNDS = "Nine events under LAN, two under placebo; the difference may be chance."
SAID = {"verdict": "change", "asked": "Image every two months.", "grounds": GROUNDS}
FORM = {"verdict": "change", "text": "Image every two months.", "note": GROUNDS}


@pytest.fixture
def look(arms, sent):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        made = actions.ask_look(reason="first planned look", by=by)
    tasks_unblinded.dmc_look(made.run_id)
    return Look.objects.get(pk=made.pk)


@pytest.fixture
def member():
    return actor(Role.DMC_MEMBER, Verb.RECOMMEND)


def recommend(look, member, **other):
    with acting(member):
        return dmc.recommend(look, **SAID | other, by=member)


def test_it_is_recorded_signed_and_told(look, member, django_capture_on_commit_callbacks):
    sponsor = people.person(Role.SPONSOR_MANAGER)
    with django_capture_on_commit_callbacks(execute=True):
        recommend(look, member)
    made = Recommendation.objects.get()
    assert (made.verdict, made.asked, made.by_id) == ("change", SAID["asked"], member.user_id)
    with acting(trial.TESTS):
        (signed,) = signatures.signed("recommendation")
    assert signed.holds
    (told,) = [one for one in mail.outbox if one.to == [sponsor.email]]
    assert "look 1" in told.body
    assert "change" not in told.body


def test_only_the_verdict_and_what_is_asked_leave(look, member, signed):
    """Neither a table that the application reads nor a page for others holds the grounds."""
    recommend(look, member)
    with acting(trial.TESTS), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.trail t WHERE t::text ~ 'chance'")
        assert cursor.fetchone() == (0,)
    for role in (Role.SPONSOR_MANAGER, Role.TRIAL_STATISTICIAN, Role.DATA_MANAGER, Role.AUDITOR):
        page = signed(role).get(reverse("analysis:trial")).content.decode()
        assert "Image every two months." in page
        assert "chance" not in page
        assert "placebo" not in page
    page = signed(Role.DMC_STATISTICIAN).get(reverse("analysis:dmc")).content.decode()
    assert GROUNDS in page


def test_each_reading_of_the_grounds_is_on_record(look, member):
    recommend(look, member)
    with acting(member):
        assert dmc.read_grounds(Look.objects.get(), by=member) == GROUNDS
    with acting(trial.TESTS), vault() as cursor:
        cursor.execute("SELECT count(*) FROM arms.reading WHERE reason = 'grounds, look 1'")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    ("other", "item"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": ""}, "verdict"),
        ({"asked": " . "}, "text"),
        ({"asked": "x" * 501}, "text"),
        ({"asked": "Stop giving Lanréotide."}, "text"),
        ({"asked": "Two deaths more under pbo."}, "text"),
        ({"asked": "Image the control group more often."}, "text"),
        ({"asked": "Le groupe témoin reçoit plus d'imageries."}, "text"),
        ({"verdict": "continue", "asked": "PLACEBO does as well"}, "text"),
        ({"grounds": ""}, "note"),
        ({"grounds": "x" * 2001}, "note"),
    ],
)
def test_what_is_not_whole_or_names_an_arm_is_refused(look, member, other, item):
    with pytest.raises(Refusal) as refused:
        recommend(look, member, **other)
    assert refused.value.item == item
    assert not Recommendation.objects.exists()
    assert not Signature.objects.filter(kind="recommendation").exists()


def test_the_words_of_arms_come_from_the_definition():
    words = arm_words(study.current().definition.randomisation)
    assert {"lan", "pbo", "placebo", "lanreotide", "lanréotide"} <= words


def test_every_word_of_an_arm_is_named_as_it_was_typed(look, member):
    with pytest.raises(Refusal, match="“Placebo, LAN, placebo”"):
        recommend(look, member, asked="Placebo and LAN, then placebo, Placebo again.")


def test_nothing_need_be_asked_where_the_trial_continues(look, member):
    assert recommend(look, member, verdict="continue", asked="").asked == ""


def test_there_is_one_after_a_look_and_it_stays(look, member):
    recommend(look, member)
    with pytest.raises(Refusal, match="stays as it is"):
        recommend(Look.objects.get(), member)
    made = Recommendation.objects.get()
    for act in (
        lambda: Recommendation.objects.filter(pk=made.pk).update(verdict="continue"),
        lambda: Recommendation.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(member):
            act()


def test_there_is_none_before_the_report(arms, sent, member):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with pytest.raises(Refusal, match="nothing to judge"):
        recommend(None, member)
    with acting(by):
        waiting = actions.ask_look(reason="first planned look", by=by)
    with pytest.raises(Refusal, match="not there yet"):
        recommend(waiting, member)


def test_the_form_asks_for_the_password_and_gives_back_what_was_typed(look, signed):
    client = signed(Role.DMC_MEMBER)
    address = reverse("analysis:recommendation")
    refused = client.post(address, FORM)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Type your password." in page
    assert GROUNDS in page
    page = client.post(address, {"verdict": "stop"}).content.decode()
    for sentence in (
        "Write what the committee asks",
        "Write on what grounds",
        "Type your password",
    ):
        assert sentence in page
    assert not Recommendation.objects.exists()
    done = client.post(address, FORM | {"password": people.PASSWORD}, follow=True)
    assert "Recorded and signed." in done.content.decode()
    assert "Record and sign" not in done.content.decode()


def test_a_statistician_of_the_committee_reads_and_does_not_recommend(look, signed):
    client = signed(Role.DMC_STATISTICIAN)
    assert "Record and sign" not in client.get(reverse("analysis:dmc")).content.decode()
    sent = FORM | {"password": people.PASSWORD}
    assert client.post(reverse("analysis:recommendation"), sent).status_code in (403, 404)
