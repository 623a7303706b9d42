"""One participant, one allocation, or none: the action by itself."""

from datetime import date
from unittest import mock

import pytest
from django.db import connection

from crf.definition.load_trial import LARGEST_BLOCK
from crf.models import Participant
from randomisation import actions, rules
from randomisation.arms.doors import table
from randomisation.models import Allocation, Dispensing, Kit, KitStatus, Scheme
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from tests import allocations
from tests.allocations import SYSTEM, levels_of, participants, randomise


@pytest.fixture
def stocked(dijon):
    allocations.deliver(10)
    allocations.supply(dijon, 4)
    return dijon


def refused(participant, says, **changes):
    before = state()
    arguments = {"strata_confirmed": levels_of(participant), "by": SYSTEM} | changes
    with pytest.raises(Refusal, match=says) as said, acting(SYSTEM):
        actions.randomise(participant=participant, **arguments)
    assert state() == before, "something was kept"
    return said.value.sentence


def state():
    with acting(SYSTEM):
        return (
            Allocation.objects.count(),
            Dispensing.objects.count(),
            Kit.objects.filter(status=KitStatus.AVAILABLE).count(),
            Scheme.objects.get().issued,
            len(table.table(by=SYSTEM, reason="test")),
        )


def test_happy_path(stocked):
    participant = participants(stocked, 1)[0]
    made = randomise(participant)
    assert made.randomisation_number == "R-0001"
    assert made.strata == {"centre": "FR-05", "grade": "G2", "response": "SD"}
    with acting(SYSTEM):
        participant = Participant.objects.get(pk=participant.pk)
        assert participant.randomisation_number == "R-0001"
        assert participant.randomised_on is not None
        kit = Kit.objects.get(pk=made.kit_id)
        assert kit.status == KitStatus.DISPENSED
        given = Dispensing.objects.get()
        assert (given.visit, given.turn, given.kit_id) == ("INJ-01", 1, kit.pk)
        assert set(table.table(by=SYSTEM, reason="test")) == {"R-0001"}


@pytest.mark.promise("RN-02")
def test_the_second_time_is_the_first(stocked):
    participant = participants(stocked, 1)[0]
    first, second = randomise(participant), randomise(participant)
    assert (first.pk, first.kit_id) == (second.pk, second.kit_id)
    assert state() == (1, 1, 7, 1, 1)


@pytest.mark.promise("RN-09")
def test_the_kit_is_of_the_arm_that_was_drawn(stocked):
    from randomisation.arms.doors import custody

    made = [randomise(p) for p in participants(stocked, 4)]
    with acting(SYSTEM):
        arms = table.table(by=SYSTEM, reason="test")
        kits = custody.kit_contents([one.kit.number for one in made], by=SYSTEM)
    assert [arms[one.randomisation_number] for one in made] == [
        kits[one.kit.number] for one in made
    ]


@pytest.mark.promise("AT-08")
def test_the_trail_tells_who_and_never_what(stocked):
    participant = participants(stocked, 1)[0]
    randomise(participant, Actor(None, "Claire Morel", "investigator", None))
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.relation, t.item, t.actor, t.new FROM audit.trail t "
            "WHERE t.actor = 'Claire Morel'"
        )
        rows = cursor.fetchall()
    relations = {row[0] for row in rows}
    assert relations == {
        "crf_participant",
        "randomisation_allocation",
        "randomisation_dispensing",
        "randomisation_kit",
    }
    assert ("crf_participant", "#randomisation_number", "Claire Morel", "R-0001") in rows
    assert not {row[3] for row in rows} & {"LAN", "PBO"}


@pytest.mark.promise("RN-01")
def test_open_criteria_refuse(stocked):
    participant = participants(stocked, 1)[0]
    from randomisation import eligibility

    gate = eligibility.assess(participant)
    closed = mock.Mock(
        wraps=gate, open_criteria=["I4", "E2"], levels=gate.levels, definition=gate.definition
    )
    with mock.patch("randomisation.eligibility.assess", return_value=closed):
        sentence = refused(participant, "Criteria I4, E2: not satisfied")
    assert sentence.endswith("Nothing was drawn.")


@pytest.mark.promise("RN-01")
def test_strata_must_be_confirmed_as_they_are(stocked):
    participant = participants(stocked, 1)[0]
    right = levels_of(participant)
    refused(participant, "Confirm the stratum grade", strata_confirmed=right | {"grade": ""})
    refused(
        participant,
        "Confirm the stratum response",
        strata_confirmed={"centre": "FR-05", "grade": "G2"},
    )
    refused(
        participant, "changed while the page was open", strata_confirmed=right | {"grade": "G1"}
    )


def test_a_stratum_that_is_not_known_refuses():
    with pytest.raises(Refusal, match="The stratum grade is not known from the forms yet"):
        rules.check_strata({"centre": "FR-05", "grade": ""}, {"centre": "FR-05"})


@pytest.mark.promise("RN-01")
def test_a_closed_centre_refuses(stocked):
    participant = participants(stocked, 1)[0]
    with acting(SYSTEM):
        Centre.objects.filter(pk=stocked.pk).update(closed_on=date(2020, 1, 1))
    refused(participant, "CHU Dijon is not open")


def test_a_locked_trial_refuses(stocked):
    participant = participants(stocked, 1)[0]
    locked = Refusal("The trial is locked")
    with mock.patch("randomisation.rules.check_not_locked", side_effect=locked):
        refused(participant, "The trial is locked")


NOT_ENOUGH = "Not randomised. CHU Dijon does not hold enough kits. Nothing was drawn."


def test_no_kit_refuses(dijon):
    allocations.deliver(2)
    assert refused(participants(dijon, 1)[0], "enough kits") == NOT_ENOUGH


@pytest.mark.promise("RN-09")
@pytest.mark.parametrize("arm", ["LAN", "PBO"])
def test_lacking_one_arm_refuses_whichever_it_is_and_before_drawing(stocked, arm):
    from randomisation.arms.doors import custody

    with acting(SYSTEM):
        numbers = list(stocked.kits.values_list("number", flat=True))
        held = custody.kit_contents(numbers, by=SYSTEM)
        for number in numbers:
            if held[number] == arm:
                kit = Kit.objects.get(number=number)
                actions.quarantine(kit=kit, reason="cold chain broken", by=SYSTEM)
    with mock.patch("secrets.token_bytes", side_effect=AssertionError("something was drawn")):
        assert refused(participants(stocked, 1)[0], "enough kits") == NOT_ENOUGH


@pytest.mark.promise("RN-09")
def test_kits_that_expire_before_the_dose_ends_are_not_given(stocked):
    """All expire on 31 Aug 2099; a dose lasts 28 days."""
    participant = participants(stocked, 1)[0]
    day = "tests.allocations.day_at"
    with mock.patch(day, return_value=date(2099, 8, 4)):
        refused(participant, "enough kits")
    with mock.patch(day, return_value=date(2099, 8, 3)):
        assert randomise(participant).randomisation_number == "R-0001"


def test_kits_of_another_centre_are_not_given(stocked):
    from tests.people import centre

    beaune = centre("FR-11", "Beaune")
    assert "Beaune does not hold" in refused(participants(beaune, 1)[0], "enough kits")


@pytest.mark.promise("SE-10")
@pytest.mark.parametrize(
    "broken",
    [
        "randomisation.arms.contents.choose",
        "randomisation.arms.sealing.Sealer.seal",
        "randomisation.actions.allocation._facts",
        "randomisation.actions.allocation.day_at",
    ],
)
@pytest.mark.clones
def test_what_breaks_in_the_middle_leaves_nothing(stocked, broken):
    participant = participants(stocked, 1)[0]
    before = state()
    with (
        mock.patch(broken, side_effect=RuntimeError("broken")),
        pytest.raises(RuntimeError),
    ):
        randomise(participant)
    assert state() == before
    assert randomise(participant).randomisation_number == "R-0001"


def test_other_centres_are_not_seen_and_not_touched(stocked):
    """An actor of another centre finds no such participant."""
    participant = participants(stocked, 1)[0]
    elsewhere = Actor(None, "somebody", "investigator", (stocked.pk + 1,))
    with pytest.raises(Participant.DoesNotExist), acting(elsewhere):
        actions.randomise(
            participant=participant, strata_confirmed=levels_of(participant), by=elsewhere
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "blocks", "stratified_by": ["centre", "grade"]},
        {"method": "minimisation", "measure": "variance", "probability": "1"},
    ],
    ids=["blocks", "deterministic"],
)
def test_other_plans(database, changes):
    from tests.people import centre

    allocations.scheme(**changes)
    with allocations.everybody_eligible():
        dijon = centre()
        allocations.deliver(10)
        allocations.supply(dijon, 8)
        made = [randomise(p) for p in participants(dijon, 6)]
        assert [one.randomisation_number for one in made] == [f"R-{n:04d}" for n in range(1, 7)]
        with acting(SYSTEM):
            arms = list(table.table(by=SYSTEM, reason="test").values())
        assert arms.count("LAN") in {2, 3, 4}


def test_the_record_holds_what_made_the_largest_block(clone):
    from tests.people import centre

    allocations.scheme(
        method="blocks", stratified_by=["centre", "grade"], block_sizes=[LARGEST_BLOCK]
    )
    with allocations.everybody_eligible():
        dijon = centre()
        allocations.deliver(10)
        allocations.supply(dijon, 8)
        made = [randomise(one) for one in participants(dijon, 2)]
        with acting(SYSTEM):
            arms = table.table(by=SYSTEM, reason="test")
    assert set(arms) == {one.randomisation_number for one in made}
    assert set(arms.values()) <= {"LAN", "PBO"}


def test_an_imported_list_in_order_and_to_its_end(database, tmp_path):
    import hashlib

    from django.core.management import CommandError, call_command

    from tests.people import centre

    allocations.scheme(method="list", stratified_by=[])
    path = tmp_path / "list.csv"
    path.write_text("number,arm\n1,PBO\n2,LAN\n3,LAN\n4,PBO\n")
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(CommandError, match="not the one announced"):
        call_command("custody", "import-list", str(path), sha256="00")
    call_command("custody", "import-list", str(path), sha256=sha)
    with pytest.raises(CommandError, match="A list in use is never replaced"):
        call_command("custody", "import-list", str(path), sha256=sha)
    with allocations.everybody_eligible():
        dijon = centre()
        allocations.deliver(10)
        allocations.supply(dijon, 8)
        people = participants(dijon, 5)
        for one in people[:4]:
            randomise(one)
        with acting(SYSTEM):
            assert list(table.table(by=SYSTEM, reason="test").values()) == [
                "PBO",
                "LAN",
                "LAN",
                "PBO",
            ]
        refused(people[4], "The randomisation list has no place left")
    call_command("custody", "check")


@pytest.mark.promise("RN-10")
def test_a_wrong_stratum_is_annotated_and_the_allocation_stays(stocked):
    participant = participants(stocked, 1)[0]
    randomise(participant)
    participant.randomisation_number = "R-0001"

    def correct(**changes):
        with acting(SYSTEM):
            return actions.correct_strata(
                participant=participant,
                by=SYSTEM,
                **({"factor": "grade", "corrected": "G1", "reason": "second reading"} | changes),
            )

    for wrong, says in [
        ({"reason": " "}, "Say why"),
        ({"factor": "colour"}, "Choose a stratum"),
        ({"factor": "centre", "corrected": "FR-11"}, "Choose a stratum"),
        ({"corrected": "G9"}, "Choose a value"),
        ({"corrected": "G2"}, "stands already"),
    ]:
        with pytest.raises(Refusal, match=says):
            correct(**wrong)
    made = correct()
    assert (made.entered, made.corrected) == ("G2", "G1")
    with pytest.raises(Refusal, match="stands already"):
        correct()
    with acting(SYSTEM):
        assert Allocation.objects.get().strata["grade"] == "G2"
