"""The pages: who sees what, the password again, refusals in place, no arm in any answer."""

import re
from unittest import mock

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from crf.actions_lock import lock_trial
from randomisation.arms.doors import table
from randomisation.models import Allocation, Kit, UnblindingRecord
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import allocations
from tests.allocations import SYSTEM, levels_of, participants, randomise
from tests.people import PASSWORD, centre, person, sign_in


def gate(code="FR-05-001"):
    return reverse("randomisation:gate", args=[code])


def confirmed(participant, **changes):
    strata = {f"stratum.{name}": level for name, level in levels_of(participant).items()}
    return strata | {"password": PASSWORD} | changes


def text_of(response):
    return response.content.decode()


def test_through_the_gate_to_the_receipt(investigator, stocked):
    participant = participants(stocked, 1)[0]
    page = investigator.get(gate())
    assert page.status_code == 200
    assert "Randomise FR-05-001" in text_of(page)
    done = investigator.post(gate(), confirmed(participant))
    assert done.status_code == 302
    receipt = investigator.get(done["Location"])
    assert "R-0001" in text_of(receipt)
    with acting(SYSTEM):
        kit = Kit.objects.get(dispensing__visit="INJ-01")
    assert kit.number in text_of(receipt)
    assert receipt["Cache-Control"] == "no-store"
    assert investigator.get(gate()).status_code == 302
    assert investigator.post(gate(), confirmed(participant)).status_code == 302
    with acting(SYSTEM):
        assert Allocation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password": ""}, "Type your password."),
        ({"password": "something else"}, "The password does not match."),
        ({"stratum.grade": ""}, "Confirm the stratum grade."),
        ({"stratum.grade": "G1"}, "changed while the page was open"),
    ],
)
def test_a_refusal_stands_in_the_page_and_keeps_what_was_ticked(
    investigator, stocked, changes, says
):
    participant = participants(stocked, 1)[0]
    page = investigator.post(gate(), confirmed(participant, **changes))
    assert page.status_code == 422
    assert says in text_of(page)
    assert re.search(r'name="stratum.response" value="SD" checked', text_of(page))
    assert PASSWORD not in text_of(page)
    with acting(SYSTEM):
        assert not Allocation.objects.exists()


def test_what_was_ticked_stays_ticked_when_the_page_is_loaded_again(investigator, stocked):
    participant = participants(stocked, 2)[0]
    wrong = {"password": "something else", "stratum.grade": ""}
    investigator.post(gate(), confirmed(participant, **wrong))
    ticked = re.findall(
        r'name="stratum.(\w+)" value="\w+" checked', text_of(investigator.get(gate()))
    )
    assert ticked == [name for name in levels_of(participant) if name not in ("centre", "grade")]
    assert '" checked' not in text_of(investigator.get(gate("FR-05-002")))


def test_not_enough_kits_in_the_page(investigator, stocked):
    people = participants(stocked, 1)
    with acting(SYSTEM):
        Kit.objects.filter(centre=stocked).update(status="quarantined")
    page = investigator.post(gate(), confirmed(people[0]))
    assert page.status_code == 422
    assert "CHU Dijon does not hold enough kits. Nothing was drawn." in text_of(page)


def test_wrong_passwords_are_counted_to_the_limit(investigator, stocked):
    participant = participants(stocked, 1)[0]
    for _ in range(6):
        investigator.post(gate(), confirmed(participant, password="something else"))
    page = investigator.post(gate(), confirmed(participant))
    assert page.status_code in {422, 429}
    with acting(SYSTEM):
        assert not Allocation.objects.exists()


@pytest.mark.promise("AC-02")
@pytest.mark.parametrize("name", ["gate", "result", "unblind"])
def test_another_centres_participant_answers_like_none(investigator, stocked, name):
    beaune = centre("FR-11", "Beaune")
    participants(beaune, 1)
    answers = [
        investigator.get(reverse(f"randomisation:{name}", args=[code]))
        for code in ("FR-11-001", "FR-11-002")
    ]
    assert {one.status_code for one in answers} == {404}
    varying = r"FR-11-00\d|csrf\w*\W+value=\"\w+\"|csrf-token\W+content=\"\w+\""
    bodies = {re.sub(varying, "", text_of(one)) for one in answers}
    assert len(bodies) == 1
    for act in ("gate", "unblind"):
        posted = investigator.post(
            reverse(f"randomisation:{act}", args=["FR-11-001"]), {"password": PASSWORD}
        )
        assert posted.status_code == 404


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.PRINCIPAL_INVESTIGATOR, True),
        (Role.SITE_COORDINATOR, False),
        (Role.MONITOR, False),
        (Role.DATA_MANAGER, False),
        (Role.SUPPLY_MANAGER, False),
        (Role.ADMINISTRATOR, False),
    ],
)
def test_who_randomises(stocked, role, allowed):
    participant = participants(stocked, 1)[0]
    client = sign_in(Client(), person(role, stocked))
    answer = client.post(gate(), confirmed(participant))
    assert answer.status_code == (302 if allowed else 403)


def unblind(client, code="FR-05-001", **changes):
    address = reverse("randomisation:unblind", args=[code])
    page = text_of(client.get(address))
    token = re.search(r'name="token" value="([^"]+)"', page).group(1)
    posted = {"reason": "Anaphylaxis", "password": PASSWORD, "confirm": "yes", "token": token}
    return client.post(address, posted | changes), posted | changes


def arm_of(number="R-0001"):
    with acting(SYSTEM):
        return table.table(by=SYSTEM, reason="test")[number]


@pytest.mark.promise("BL-06")
@pytest.mark.promise("BL-07")
@pytest.mark.clones
def test_unblinding_shows_one_arm_once(investigator, stocked):
    for participant in participants(stocked, 3):
        randomise(participant)
    person(Role.SPONSOR_MANAGER)
    answer, posted = unblind(investigator)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert re.findall(r"\b(LAN|PBO)\b", text_of(answer)) == [arm_of()]
    words = {"LAN": "lanreotide autogel 120 mg (LAN)", "PBO": "placebo (PBO)"}
    assert words[arm_of()] in text_of(answer)
    assert len(mail.outbox) == 1
    # the same page again, a new look at it, the casebook's pages: nothing
    again = investigator.post(reverse("randomisation:unblind", args=["FR-05-001"]), posted)
    assert again.status_code == 409
    for page in (
        again,
        investigator.get(reverse("randomisation:unblind", args=["FR-05-001"])),
        investigator.get(reverse("randomisation:result", args=["FR-05-001"])),
    ):
        assert not re.search(r"\b(LAN|PBO)\b", text_of(page))
    with acting(SYSTEM):
        record = UnblindingRecord.objects.get()
    assert record.shown_at is not None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": " "}, "Say why the arm is needed"),
        ({"password": "wrong"}, "The password does not match"),
        ({"confirm": ""}, "Confirm that the arm is needed"),
        ({"token": "nonsense"}, "Load it again"),
    ],
)
def test_an_unblinding_that_is_refused_shows_and_records_nothing(
    investigator, stocked, changes, says
):
    randomise(participants(stocked, 1)[0])
    answer, _ = unblind(investigator, **changes)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not re.search(r"\b(LAN|PBO)\b", text_of(answer))
    with acting(SYSTEM):
        assert not UnblindingRecord.objects.exists()
    assert mail.outbox == []


def test_where_the_vault_does_not_open_the_record_stays(investigator, stocked, settings):
    randomise(participants(stocked, 1)[0])
    settings.VAULT_KEY = b""
    answer, _ = unblind(investigator)
    assert answer.status_code == 422
    assert "does not hold the key of the vault" in text_of(answer)
    with acting(SYSTEM):
        assert UnblindingRecord.objects.get().shown_at is None


def test_the_arm_is_read_after_the_first_commit(investigator, stocked):
    """The second transaction fails: the answer fails, the record is there."""
    randomise(participants(stocked, 1)[0])
    investigator.raise_request_exception = False
    with mock.patch("randomisation.unblinding.reveal", side_effect=RuntimeError("broken")):
        answer, _ = unblind(investigator)
    assert answer.status_code == 500
    with acting(SYSTEM):
        assert UnblindingRecord.objects.get().shown_at is None


@pytest.mark.parametrize("role", [Role.SITE_COORDINATOR, Role.MONITOR, Role.SPONSOR_MANAGER])
def test_who_does_not_unblind(stocked, role):
    randomise(participants(stocked, 1)[0])
    client = sign_in(Client(), person(role, stocked))
    address = reverse("randomisation:unblind", args=["FR-05-001"])
    assert client.get(address).status_code == 403
    assert client.post(address, {"password": PASSWORD}).status_code == 403


def test_kits_from_sending_to_dispensing(stocked):
    supply = sign_in(Client(), person(Role.SUPPLY_MANAGER))
    coordinator = sign_in(Client(), person(Role.SITE_COORDINATOR, stocked))
    sent = supply.post(reverse("randomisation:send", args=["FR-05"]), {"each": "2"})
    assert sent.status_code == 302
    page = text_of(coordinator.get(reverse("randomisation:kits", args=["FR-05"])))
    assert "S-0002" in page
    with acting(SYSTEM):
        numbers = sorted(
            Kit.objects.filter(shipment__number="S-0002").values_list("number", flat=True)
        )
    arrived = reverse("randomisation:receive", args=["FR-05", "S-0002"])
    assert coordinator.post(arrived, {"damaged": numbers[:1]}).status_code == 302
    assert coordinator.post(arrived).status_code == 422
    release = reverse("randomisation:release", args=["FR-05", numbers[0]])
    assert coordinator.post(release, {"reason": " "}).status_code == 422
    assert coordinator.post(release, {"reason": "maker agrees"}).status_code == 302
    aside = reverse("randomisation:set_aside", args=["FR-05", numbers[1]])
    assert coordinator.post(aside, {"reason": "warm"}).status_code == 302
    randomise(participants(stocked, 1)[0])
    give = reverse("randomisation:dispense", args=["FR-05-001", "INJ-02"])
    assert coordinator.post(give, {"early": "yes"}).status_code == 302
    receipt = text_of(coordinator.get(reverse("randomisation:result", args=["FR-05-001"])))
    assert "INJ-02" in receipt


@pytest.mark.parametrize("each", ["", "x", "0", "999", "-1", "²", "9" * 5000])
def test_a_shipment_of_no_size_is_refused(stocked, each):
    supply = sign_in(Client(), person(Role.SUPPLY_MANAGER))
    answer = supply.post(reverse("randomisation:send", args=["FR-05"]), {"each": each})
    assert answer.status_code == 422


def test_another_centres_kits_answer_like_none(investigator, stocked):
    beaune = centre("FR-11", "Beaune")
    allocations.supply(beaune, 1)
    with acting(SYSTEM):
        kit = Kit.objects.filter(centre=beaune).first().number
    for address in (
        reverse("randomisation:kits", args=["FR-11"]),
        reverse("randomisation:kits", args=["FR-99"]),
    ):
        assert investigator.get(address).status_code == 404
    for code in ("FR-05", "FR-11"):
        for number in (kit, "99999"):
            answer = investigator.post(
                reverse("randomisation:set_aside", args=[code, number]), {"reason": "x"}
            )
            assert answer.status_code == 404


def test_accrual_counts_every_centre_for_everybody(stocked):
    beaune = centre("FR-11", "Beaune")
    for participant in participants(stocked, 2):
        randomise(participant)
    participants(beaune, 3)
    seen = set()
    for role in (Role.MONITOR, Role.SITE_COORDINATOR, Role.DMC_MEMBER):
        client = sign_in(Client(), person(role, stocked))
        page = client.get(reverse("randomisation:accrual"))
        assert page.status_code == 200
        text = text_of(page)
        assert "Beaune" in text
        seen.add(re.search(r"<main.*</main>", text, re.DOTALL).group())
    assert len(seen) == 1
    administrator = sign_in(Client(), person(Role.ADMINISTRATOR))
    assert administrator.get(reverse("randomisation:accrual")).status_code == 403


def test_a_stratum_is_annotated_on_the_receipt(investigator, stocked):
    randomise(participants(stocked, 1)[0])
    address = reverse("randomisation:correct", args=["FR-05-001"])
    page = text_of(investigator.get(reverse("randomisation:result", args=["FR-05-001"])))
    assert page.count(f'action="{address}"') == 2  # grade and response; the centre is not typed
    posted = {"factor": "grade", "corrected": "G1", "reason": "second reading"}
    assert investigator.post(address, posted).status_code == 302
    receipt = text_of(investigator.get(reverse("randomisation:result", args=["FR-05-001"])))
    assert "second reading" in receipt


@pytest.mark.parametrize("role", [Role.SITE_COORDINATOR, Role.MONITOR, Role.AUDITOR])
def test_the_gate_is_read_by_who_does_not_randomise(stocked, role):
    participants(stocked, 1)
    page = text_of(sign_in(Client(), person(role, stocked)).get(gate()))
    assert "An investigator of the centre randomises." in page
    assert "Strata" in page
    assert 'type="password"' not in page
    assert 'type="checkbox"' not in page
    assert "<button" not in re.search(r"<main.*</main>", page, re.DOTALL).group()


def test_after_the_lock_the_gate_asks_for_nothing(investigator, stocked):
    participant = participants(stocked, 1)[0]
    with acting(SYSTEM):
        lock_trial(reason="", by=SYSTEM)
    page = text_of(investigator.get(gate()))
    assert "The trial is locked" in page
    assert 'type="password"' not in page
    assert 'type="checkbox"' not in page
    refused = investigator.post(gate(), confirmed(participant))
    assert refused.status_code == 422
    assert "The trial is locked" in text_of(refused)
