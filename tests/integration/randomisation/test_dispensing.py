"""The receipt of a randomised participant, and the kits that are given on it."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from crf import study
from crf.actions_lock import lock_trial
from crf.models import Entry
from randomisation import actions
from randomisation.arms.doors import custody
from randomisation.models import Dispensing, Kit
from reminet_site.clock import clinical_today, now
from reminet_site.context import acting, because
from reminet_site.jinja2_env import day
from reminet_site.roles import Role
from tests.allocations import SYSTEM, participants, randomise
from tests.people import person, sign_in


def receipt_of(client, code="FR-05-001"):
    return client.get(reverse("randomisation:result", args=[code])).content.decode()


def give(client, visit, code="FR-05-001", **posted):
    return client.post(reverse("randomisation:dispense", args=[code, visit]), posted)


NOT_GIVEN = {"injection": "not_given", "reason": "other"}


def injected(participant, visit, on, form="INJ", data=None):
    with acting(SYSTEM):
        return Entry.objects.create(
            participant=participant,
            centre=participant.centre,
            visit=visit,
            form=form,
            definition_id=study.current().pk,
            data=data or {},
            visit_date=on,
            saved_at=now(),
        )


@pytest.fixture
def treated(stocked):
    """Randomised today, with the kit of the first injection."""
    participant = participants(stocked, 1)[0]
    randomise(participant)
    return participant


def today_at(centre):
    with acting(SYSTEM):
        return clinical_today(centre)


def test_a_kit_that_is_due_in_four_weeks_is_asked_for_twice(investigator, stocked, treated):
    injected(treated, "INJ-01", today_at(stocked))
    due = day(today_at(stocked) + timedelta(days=28))
    page = receipt_of(investigator)
    assert f"Injection 2 is due on {due}." in page
    assert 'name="early" value="yes" required' in page
    refused = give(investigator, "INJ-02")
    assert refused.status_code == 422
    assert f"Injection 2 is due on {due}." in refused.content.decode()
    with acting(SYSTEM):
        assert not Dispensing.objects.filter(visit="INJ-02").exists()
    assert give(investigator, "INJ-02", early="yes").status_code == 302
    assert give(investigator, "INJ-02").status_code == 302  # asked again: the same one
    with acting(SYSTEM):
        assert Dispensing.objects.count() == 2


@pytest.mark.parametrize("ago", [21, 28, 40])
def test_a_kit_that_is_due_within_a_week_takes_one_click(investigator, stocked, treated, ago):
    injected(treated, "INJ-01", today_at(stocked) - timedelta(days=ago))
    assert 'name="early"' not in receipt_of(investigator)
    assert give(investigator, "INJ-02").status_code == 302


def test_a_kit_counted_on_from_an_injection_that_is_not_entered(investigator, stocked, treated):
    due = day(today_at(stocked) + timedelta(days=29))  # the first is due tomorrow
    page = receipt_of(investigator)
    assert f"Injection 2 is due on {due}." in page
    assert re.search(r'Not entered yet:\s*<a href="/participants/FR-05-001/INJ-01/INJ/1/">', page)


def test_no_button_where_the_injection_before_is_not_entered(investigator, stocked, treated):
    assert give(investigator, "INJ-02", early="yes").status_code == 302
    page = receipt_of(investigator)
    assert "No kit is given: enter injection 1 first." in page
    assert reverse("randomisation:dispense", args=["FR-05-001", "INJ-03"]) not in page
    assert re.search(r'Not entered yet:\s*<a href="[^"]*/INJ-01/INJ/1/">Injection 1</a>', page)
    refused = give(investigator, "INJ-03", early="yes")
    assert refused.status_code == 422
    assert "enter injection 1 first" in refused.content.decode()


@pytest.mark.parametrize(
    ("form", "visit", "said"),
    [
        ("DEATH", "LOG", "FR-05-001 died on"),
        ("EOT", "EOT", "The treatment of FR-05-001 ended on"),
        ("WITHDRAW", "LOG", "FR-05-001 withdrew from the treatment on"),
    ],
)
def test_no_kit_after_a_death_a_withdrawal_or_the_end_of_the_treatment(
    investigator, stocked, treated, form, visit, said
):
    """Neither by the button, which is not there, nor by what it would send."""
    injected(treated, visit, today_at(stocked), form)
    page = receipt_of(investigator)
    assert said in page
    assert reverse("randomisation:dispense", args=["FR-05-001", "INJ-02"]) not in page
    for more in ({}, {"early": "yes"}):
        refused = give(investigator, "INJ-02", **more)
        assert refused.status_code == 422
        assert said in refused.content.decode()
    with acting(SYSTEM):
        assert list(Dispensing.objects.values_list("visit", flat=True)) == ["INJ-01"]


def offered(page):
    """The visit that the button asks a kit for."""
    return re.findall(r'action="/randomisation/FR-05-001/kit/([^"]+)/"', page)


def test_after_a_missed_injection_the_kit_is_for_the_one_after_it(investigator, stocked, treated):
    today = today_at(stocked)
    injected(treated, "INJ-01", today - timedelta(days=56))
    injected(treated, "INJ-02", today - timedelta(days=28), data=NOT_GIVEN)
    page = receipt_of(investigator)
    assert offered(page) == ["INJ-03"]
    assert "Take the kit for injection 3" in page
    refused = give(investigator, "INJ-02")
    assert refused.status_code == 422
    assert "the form of injection 2 says that nothing was injected" in refused.content.decode()
    assert give(investigator, "INJ-03").status_code == 302
    with acting(SYSTEM):
        kits = Dispensing.objects.order_by("turn")
        assert list(kits.values_list("visit", "turn")) == [("INJ-01", 1), ("INJ-03", 2)]
    assert offered(receipt_of(investigator)) == ["INJ-04"]


@pytest.mark.parametrize("data", [{}, {"injection": "given"}, {"injection": "delayed"}])
def test_an_injection_that_does_not_say_so_may_have_its_kit(investigator, stocked, treated, data):
    """Also one that is entered before its kit was taken."""
    today = today_at(stocked)
    injected(treated, "INJ-01", today - timedelta(days=56))
    injected(treated, "INJ-02", today - timedelta(days=28), data=data)
    assert offered(receipt_of(investigator)) == ["INJ-02"]
    assert give(investigator, "INJ-02").status_code == 302


def test_no_kit_is_offered_for_a_visit_that_was_passed_over(investigator, stocked, treated):
    injected(treated, "INJ-03", today_at(stocked))
    assert offered(receipt_of(investigator)) == ["INJ-03"]


def set_aside(number, reason="broken needle"):
    with acting(SYSTEM):
        return actions.quarantine(kit=Kit.objects.get(number=number), reason=reason, by=SYSTEM)


def kits_of(participant):
    """(visit, number, number of the kit in whose place it was given), in the order of giving."""
    with acting(SYSTEM):
        rows = Dispensing.objects.filter(participant=participant).order_by("turn")
        return list(rows.values_list("visit", "kit__number", "replaces__kit__number"))


def test_a_kit_that_was_set_aside_is_replaced_by_another_of_the_same_arm(
    investigator, stocked, treated
):
    injected(treated, "INJ-01", today_at(stocked) - timedelta(days=28))
    assert give(investigator, "INJ-02").status_code == 302
    broken = kits_of(treated)[-1][1]
    set_aside(broken)
    page = receipt_of(investigator)
    assert offered(page) == ["INJ-02"]
    assert "Take another kit for injection 2" in page
    assert f"Kit {broken} for injection 2 is set aside. Reason given: broken needle" in page
    assert give(investigator, "INJ-02").status_code == 302
    assert give(investigator, "INJ-02").status_code == 302  # asked again: the same one
    assert len(kits_of(treated)) == 3
    visit, number, replaced = kits_of(treated)[-1]
    assert (visit, replaced) == ("INJ-02", broken)
    with acting(SYSTEM):
        held = custody.kit_contents([kit for _, kit, _ in kits_of(treated)], by=SYSTEM)
    assert len(set(held.values())) == 1
    page = receipt_of(investigator)
    assert offered(page) == ["INJ-03"]
    assert fate(page, broken) == "set aside broken needle"
    assert number in big_number(page)
    set_aside(number)  # and once more
    assert offered(receipt_of(investigator)) == ["INJ-02"]


def fate(page, number):
    """What the table of kits says became of this one."""
    row = page[page.index(f"<td>{number}</td>") :].partition("</tr>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split()[4:])


def test_the_receipt_says_what_became_of_a_kit(investigator, stocked, treated):
    first = kits_of(treated)[0][1]
    assert fate(receipt_of(investigator), first) == "kept for this participant"
    taken = {"injection": "given", "kit": first}
    injection = injected(treated, "INJ-01", today_at(stocked), data=taken)
    page = receipt_of(investigator)
    assert fate(page, first) == "used"
    assert "Used." in big_number(page)
    answers(injection, {"injection": "given", "kit": "000000"})
    said = "not used: another number is entered for that visit"
    assert fate(receipt_of(investigator), first) == said
    answers(injection, {"injection": "given", "kit": {"missing": "not_available"}})
    assert fate(receipt_of(investigator), first) == "no number is entered for that visit"
    answers(injection, {"injection": "not_given", "reason": "toxicity"})
    page = receipt_of(investigator)
    assert fate(page, first) == "not used: nothing was given at that visit"
    assert f"Kit {first} was taken for injection 1, at which nothing was given." in page
    with acting(SYSTEM):
        Kit.objects.filter(number=first).update(status="returned")
    page = receipt_of(investigator)
    assert fate(page, first) == "returned"
    assert "at which nothing was given" not in page


def answers(injection, data):
    with acting(SYSTEM), because("misread"):
        Entry.objects.filter(pk=injection.pk).update(data=data, version=F("version") + 1)


def big_number(page):
    return page[page.index('<dl class="result">') :].partition("</dl>")[0]


def test_the_kit_taken_last_is_the_prominent_one(investigator, stocked, treated):
    first = kits_of(treated)[0][1]
    assert f"<dt>First kit</dt><dd>{first}</dd>" in big_number(receipt_of(investigator))
    injected(treated, "INJ-01", today_at(stocked) - timedelta(days=28))
    give(investigator, "INJ-02")
    page = receipt_of(investigator)
    last = kits_of(treated)[-1][1]
    assert f"<dt>Kit for injection 2</dt><dd>{last}</dd>" in big_number(page)
    assert first not in big_number(page)
    assert f"<dt>First kit</dt><dd>{first}</dd>" in page  # it belongs to the allocation
    set_aside(last)
    assert "Set aside, not to be used." in big_number(receipt_of(investigator))


def test_who_takes_no_kits_reads_what_was_set_aside(stocked, treated):
    first = kits_of(treated)[0][1]
    set_aside(first)
    page = receipt_of(sign_in(Client(), person(Role.MONITOR)))
    assert fate(page, first) == "set aside broken needle"
    assert offered(page) == []


def test_the_first_kit_of_an_allocation_is_replaced_too(investigator, stocked, treated):
    first = kits_of(treated)[0][1]
    set_aside(first)
    assert give(investigator, "INJ-01").status_code == 302
    assert [replaced for *_, replaced in kits_of(treated)] == [None, first]


def test_a_kit_is_replaced_where_its_injection_is_entered_and_no_later_one(
    investigator, stocked, treated
):
    """The number of the broken box was typed already; the next kit may be taken as well."""
    today = today_at(stocked)
    injected(treated, "INJ-01", today - timedelta(days=30))
    set_aside(kits_of(treated)[0][1])
    assert offered(receipt_of(investigator)) == ["INJ-01", "INJ-02"]
    injected(treated, "INJ-02", today - timedelta(days=2))
    assert offered(receipt_of(investigator)) == ["INJ-02"]
    refused = give(investigator, "INJ-01", early="yes")
    assert refused.status_code == 422
    said = "No kit is given: injection 2 is entered, the kit of injection 1 is not replaced."
    assert said in refused.content.decode()


def test_no_kit_is_replaced_where_nothing_was_injected(investigator, stocked, treated):
    injected(treated, "INJ-01", today_at(stocked), data=NOT_GIVEN)
    set_aside(kits_of(treated)[0][1])
    assert offered(receipt_of(investigator)) == ["INJ-02"]
    assert give(investigator, "INJ-01", early="yes").status_code == 422


def test_no_kit_is_replaced_while_the_centre_lacks_kits(investigator, stocked, treated):
    """The same sentence as for any kit: it follows from public numbers."""
    set_aside(kits_of(treated)[0][1])
    with acting(SYSTEM):
        Kit.objects.filter(centre=stocked, status="available").update(status="quarantined")
    assert offered(receipt_of(investigator)) == []
    refused = give(investigator, "INJ-01", early="yes")
    assert "does not hold enough kits" in refused.content.decode()


def test_the_database_takes_one_kit_in_the_place_of_another(investigator, stocked, treated):
    set_aside(kits_of(treated)[0][1])
    give(investigator, "INJ-01")
    with acting(SYSTEM):
        first, second = Dispensing.objects.order_by("turn")
        spare = Kit.objects.filter(centre=stocked, status="available").first()
        row = {"participant": treated, "centre": stocked, "visit": "INJ-01", "turn": 3}
        row |= {"kit": spare, "dispensed_on": today_at(stocked), "dispensed_at": now()}
        for replaces in (None, first):
            with pytest.raises(IntegrityError), transaction.atomic():
                Dispensing.objects.create(**row, replaces=replaces)
    assert second.replaces_id == first.pk


def test_no_button_without_kits_or_after_the_lock(investigator, stocked, treated):
    address = reverse("randomisation:dispense", args=["FR-05-001", "INJ-02"])
    assert address in receipt_of(investigator)
    with acting(SYSTEM):
        Kit.objects.filter(centre=stocked, status="available").update(status="quarantined")
    page = receipt_of(investigator)
    assert "does not hold enough kits" in page
    assert address not in page
    with acting(SYSTEM):
        Kit.objects.filter(centre=stocked, status="quarantined").update(status="available")
        lock_trial(reason="", by=SYSTEM)
    page = receipt_of(investigator)
    assert "The trial is locked" in page
    assert address not in page


def next_on(page: str) -> list[str]:
    """The steps under "What comes next", in words."""
    panel = page[page.index('id="next"') :].partition("</ol>")[0]
    items = re.findall(r"<li.*?</li>", panel, re.DOTALL)
    return [re.sub(r"(<[^>]+>|\s)+", " ", item).strip() for item in items]


def test_the_receipt_names_the_visits_that_the_schedule_plans(investigator, stocked, treated):
    today = today_at(stocked)
    first = next_on(receipt_of(investigator))
    assert first[0].startswith("Randomised: number and kit")
    assert first[1].startswith("Injection 1")
    injected(treated, "INJ-01", today)
    then = next_on(receipt_of(investigator))
    due = f"{(today + timedelta(days=28)).day} "
    assert then[1].startswith(f"Injection 2 {due}")
    assert not any("Injection 1 " in step for step in then)


def test_of_who_has_died_nothing_comes_next(investigator, stocked, treated):
    today = today_at(stocked)
    injected(treated, "LOG", today, "DEATH")
    steps = next_on(receipt_of(investigator))
    assert steps[1:] == [f"Died {day(today)}"]
