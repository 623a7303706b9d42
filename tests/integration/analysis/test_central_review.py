"""The central review: read apart from the centre's own assessment, counted beside it."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from analysis import cuts
from crf.actions_review import read_images
from crf.models import CentralReading, Entry, TrialLock
from crf.reads_review import mark_of_trial, waiting
from reminet_site import rules
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Conflict, NotThere, Refusal
from reminet_site.roles import RIGHTS, Role, Verb
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = pytest.mark.django_db
SEEN = {"response": "SD", "new_lesions": "no", "sum_mm": "", "comment": "", "reason": ""}


def images(code: str, visit: str = "ASM-03") -> Entry:
    with acting(trial.TESTS):
        return Entry.objects.get(participant__code=code, visit=visit, form="RECIST")


def read(entry: Entry, after: int = 0, **seen: str) -> CentralReading:
    by = actor(Role.CENTRAL_READER, Verb.READ_IMAGES)
    with acting(by):
        return read_images(
            mark=mark_of_trial(),
            entry_id=entry.pk,
            after=after,
            imaging_on=entry.visit_date,
            by=by,
            **(SEEN | seen),
        )


def moved_by_a_day(entry: Entry) -> None:
    """The centre corrects the day of the images."""
    later = entry.visit_date + timedelta(days=1)
    trial.change(entry, imaging_date=str(later))
    with acting(trial.TESTS):
        Entry.objects.filter(pk=entry.pk).update(visit_date=later, version=3)


def shown(entry: Entry) -> dict[str, str]:
    """What the page of these images sends along."""
    return {"after": "0", "imaging_on": str(entry.visit_date)}


def text(client, address: str) -> str:
    found = client.get(address)
    assert found.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.content.decode()))


def address(entry: Entry) -> str:
    return reverse("crf:central_reading", args=[entry.pk])


# -- reading ------------------------------------------------------------------------------------


def test_a_reading_is_kept_with_the_day_of_its_images(built):
    entry = images("FR-05-001")
    made = read(entry, response="PR", sum_mm="48,5", comment="  Liver, segment VI  ")
    with acting(trial.TESTS):
        kept = CentralReading.objects.get(pk=made.pk)
    assert (kept.entry_id, kept.code, kept.visit) == (entry.pk, "FR-05-001", "ASM-03")
    assert (kept.imaging_on, kept.response) == (entry.visit_date, "PR")
    assert (kept.sum_mm, kept.comment, kept.reason) == (Decimal("48.5"), "Liver, segment VI", "")


def test_a_second_reading_says_why_and_counts(built):
    entry = images("FR-05-001")
    first = read(entry, reason="of no account the first time")
    assert first.reason == ""
    with pytest.raises(Refusal) as said:
        read(entry, after=first.pk, response="PD")
    assert (said.value.item, str(said.value)) == ("reason", "Say why the images are read again.")
    read(entry, after=first.pk, response="PD", reason="Second reader")
    with acting(trial.TESTS):
        snapshot = cuts.take(by=trial.TESTS)
    [row] = [one for kind, one in cuts.read(snapshot) if kind == "reading"]
    assert (row["response"], row["readings"]) == ("PD", 2)


def test_two_readers_do_not_write_over_each_other(built):
    entry = images("FR-05-001")
    read(entry)
    with pytest.raises(Conflict) as said:
        read(entry, response="PD")
    assert "Somebody read these images since" in str(said.value)


@pytest.mark.parametrize(
    ("typed", "box", "sentence"),
    [
        ({"response": ""}, "response", "Choose the response that you saw."),
        ({"response": "XX"}, "response", "Choose the response that you saw."),
        ({"new_lesions": ""}, "new_lesions", "Say whether there are new lesions."),
        (
            {"new_lesions": "yes"},
            "new_lesions",
            "New lesions are a progression. Change the response, or say that there are none; of "
            "what you are not sure, write a remark.",
        ),
        ({"sum_mm": "large"}, "sum_mm", "“large” is not a number. Type digits only, as 61.5."),
        ({"sum_mm": "-1"}, "sum_mm", "A sum of diameters is from 0 to 5,000 mm."),
        ({"sum_mm": "5000.1"}, "sum_mm", "A sum of diameters is from 0 to 5,000 mm."),
        ({"comment": "x" * 501}, "comment", "Write 500 characters at most."),
        (
            {"comment": "as under lanreotide"},
            "comment",
            "“lanreotide” tells of an arm, and blind people read this: say “the product”.",
        ),
    ],
)
def test_what_is_refused_says_where_and_how_to_mend_it(built, typed, box, sentence):
    with pytest.raises(Refusal) as said:
        read(images("FR-05-001"), **typed)
    assert (said.value.item, str(said.value)) == (box, sentence)
    with acting(trial.TESTS):
        assert not CentralReading.objects.exists()


def test_all_that_is_wrong_is_said_at_once(built):
    with pytest.raises(Refusal) as said:
        read(images("FR-05-001"), response="", new_lesions="", sum_mm="x")
    assert [one.item for one in (said.value, *said.value.also)] == [
        "response", "new_lesions", "sum_mm",
    ]  # fmt: skip


def test_new_lesions_fit_a_progression_alone(built):
    assert read(images("FR-05-001"), response="PD", new_lesions="yes").new_lesions
    with pytest.raises(Refusal):
        read(images("FR-05-002"), response="NE", new_lesions="yes")


def test_images_whose_day_changed_under_the_reader_are_looked_at_again(built):
    entry = images("FR-05-001")
    moved_by_a_day(entry)
    with pytest.raises(Conflict, match="changed the day"):
        read(entry)


def test_a_form_of_another_kind_has_no_images(built):
    with acting(trial.TESTS):
        consent = Entry.objects.filter(form="CONSENT").first()
    with pytest.raises(NotThere):
        read(consent)


def test_the_database_takes_no_reading_after_the_lock(built):
    entry = images("FR-05-001")
    with acting(trial.TESTS):
        TrialLock.objects.create(locked=True, reason="end", open_queries=0, at=now())
    with pytest.raises(DatabaseError, match="locked"), acting(trial.TESTS):
        CentralReading.objects.create(
            entry=entry, code="FR-05-001", visit="ASM-03", imaging_on=entry.visit_date,
            response="PD", new_lesions=False, comment="", reason="", at=now(),
        )  # fmt: skip


def test_nothing_is_read_after_the_lock(built):
    entry = images("FR-05-001")
    with acting(trial.TESTS):
        TrialLock.objects.create(locked=True, reason="end", open_queries=0, at=now())
    with pytest.raises(Refusal) as said:
        read(entry)
    assert "The trial is locked" in str(said.value)


# -- walls --------------------------------------------------------------------------------------


@pytest.mark.promise("AC-03")
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.CENTRE_READER])
def test_no_right_of_a_centre_reaches_a_reading(built, role):
    """By the database itself: neither the reading nor its rows of the trail."""
    read(images("FR-05-001"), response="PD")
    centre = people.centre()
    someone = Actor.of(people.person(role, centre), min(RIGHTS[role]))
    with acting(someone), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crf_centralreading")
        readings = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM audit.trail WHERE relation = 'crf_centralreading'")
        rows = cursor.fetchone()[0]
    of_a_centre = someone.centres is not None
    assert (readings == 0, rows == 0) == (of_a_centre, of_a_centre)


def test_nobody_of_a_centre_writes_a_reading(built):
    entry = images("FR-05-001")
    by = Actor.of(people.person(Role.INVESTIGATOR, people.centre()), Verb.ENTER_DATA)
    with pytest.raises(DatabaseError, match="row-level security"), acting(by):
        CentralReading.objects.create(
            entry=entry, code="FR-05-001", visit="ASM-03", imaging_on=entry.visit_date,
            response="PD", new_lesions=False, comment="", reason="", at=now(),
        )  # fmt: skip


@pytest.mark.parametrize("sql", ["UPDATE crf_centralreading SET response = 'SD'",
                                 "DELETE FROM crf_centralreading"])  # fmt: skip
def test_a_reading_is_neither_changed_nor_deleted(built, sql):
    read(images("FR-05-001"))
    with pytest.raises(DatabaseError), acting(trial.TESTS), transaction.atomic():
        connection.cursor().execute(sql)


def test_the_trail_tells_who_saw_what(built):
    read(images("FR-05-001"), response="PD")
    with acting(trial.TESTS), connection.cursor() as cursor:
        cursor.execute(
            "SELECT item, new, actor, role, visit FROM audit.trail "
            "WHERE relation = 'crf_centralreading' AND item IN ('#code', '#response') ORDER BY item"
        )
        found = cursor.fetchall()
    who = ("Central reader", "central_reader", "ASM-03")
    assert found == [("#code", "FR-05-001", *who), ("#response", "PD", *who)]


def test_the_reader_sees_nothing_of_the_casebook(built, signed):
    client = signed(Role.CENTRAL_READER)
    entry = images("FR-05-003")  # a progression in the eyes of the centre
    assert client.get("/participants/FR-05-003/").status_code == 403
    assert client.get("/participants/FR-05-003/ASM-03/RECIST/1/").status_code == 403
    said = text(client, address(entry)).partition("What you see")[0]
    assert "FR-05-003" in said
    for word in ("Progress", "PD", "21.0", "Target"):
        assert word not in said


@pytest.mark.parametrize(
    "other",
    [Role.INVESTIGATOR, Role.MONITOR, Role.DATA_MANAGER, Role.TRIAL_STATISTICIAN,
     Role.SPONSOR_MANAGER, Role.SAFETY_PHYSICIAN],
)  # fmt: skip
def test_who_sees_what_the_centres_saw_is_no_central_reader(db, other):
    centre = people.centre() if other is Role.INVESTIGATOR else None
    for wanted, where, held in (
        (other, centre, Role.CENTRAL_READER),
        (Role.CENTRAL_READER, None, other),
    ):
        with pytest.raises(Refusal, match="the same account can't be"):
            rules.check_grant(wanted.value, where, [held.value])


# -- pages --------------------------------------------------------------------------------------


def test_the_oldest_images_wait_first_and_go_when_read(built, signed):
    client = signed(Role.CENTRAL_READER)
    page = text(client, reverse("crf:central_review"))
    with acting(trial.TESTS):
        found, left = waiting(mark_of_trial())
    assert [one.on for one in found] == sorted(one.on for one in found)
    assert left == len(found) == 12
    assert f"Images that wait {left}" in page
    posted = client.post(
        address(images("FR-05-001")), SEEN | shown(images("FR-05-001")), follow=True
    )
    assert "FR-05-001, images of 15/04/2019: the reading is kept." in posted.content.decode()
    page = text(client, reverse("crf:central_review"))
    assert f"Images that wait {left - 1}" in page
    assert "SD" in page.partition("Images that were read")[2]


def test_a_refused_reading_keeps_what_was_typed(built, signed):
    client = signed(Role.CENTRAL_READER)
    typed = SEEN | shown(images("FR-05-001")) | {"new_lesions": "yes", "comment": "Segment VI"}
    found = client.post(address(images("FR-05-001")), typed)
    page = found.content.decode()
    assert found.status_code == 422
    assert "New lesions are a progression." in page
    assert 'value="SD" required checked' in page
    assert ">Segment VI</textarea>" in page


def test_images_whose_day_was_changed_wait_again(built, signed):
    entry = images("FR-05-001")
    read(entry)
    moved_by_a_day(entry)
    client = signed(Role.CENTRAL_READER)
    assert "The centre has changed the day" in text(client, reverse("crf:central_review"))
    assert "as images of" in text(client, address(entry))


def test_who_may_only_read_the_review_gets_no_form(built, signed):
    client = signed(Role.DATA_MANAGER)
    entry = images("FR-05-001")
    assert "Keep the reading" not in text(client, address(entry))
    assert client.post(address(entry), SEEN | {"after": "0"}).status_code == 403


@pytest.mark.parametrize("number", [2, 12])
def test_the_list_takes_as_many_statements_however_long_it_is(
    built, django_assert_num_queries, number
):
    with acting(trial.TESTS):
        some = list(Entry.objects.filter(form="RECIST").order_by("id")[:number])
    for entry in some:
        read(entry)
    client = Client()
    people.sign_in(client, people.person(Role.CENTRAL_READER))
    client.get(reverse("crf:central_review"))
    with django_assert_num_queries(12):
        client.get(reverse("crf:central_review"))
