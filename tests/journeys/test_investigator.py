"""The investigator: from the consent to the kit, then a correction; what the form says no to."""

from datetime import timedelta

import pytest

from crf.models import Participant
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import allocations, people
from tests.journeys import records
from tests.journeys.conftest import PASSWORD, axe
from tests.journeys.steps import (
    answers,
    finding,
    focused,
    form_path,
    goes_to,
    is_refused,
    no_wider_than_the_window,
    saves,
    shows,
    types,
    value,
)

pytestmark = pytest.mark.journey
ARMS = ("lanreotide", "placebo", "LAN", "PBO")


@pytest.fixture(scope="module")
def dijon(clone):
    """A centre with four kits of every arm on its shelf."""
    here = people.centre()
    allocations.scheme()
    allocations.deliver(4)
    allocations.supply(here, 4)
    return here


@pytest.fixture
def investigator(dijon):
    return people.person(Role.INVESTIGATOR, dijon)


@pytest.fixture
def participant(dijon, investigator):
    """Somebody in screening whose consent is entered."""
    found = records.screened(dijon, investigator)
    records.enter(found, investigator, "CONSENT")
    return found


def screens_a_participant(page):
    page.click("a:has-text('Screen a participant')")
    axe(page)
    page.click("button:has-text('Screen FR-05-')")
    page.wait_for_url("**/SCR/CONSENT/1/")
    return page.url.split("/participants/")[1].split("/")[0]


def fills(page, form, raw):
    """Types a form of screening and goes to the next; what was typed stays typed."""
    assert f"/SCR/{form}/" in page.url
    axe(page)
    types(page, raw)
    page.click("button:has-text('Save and next')")
    page.wait_for_url(lambda url: f"/SCR/{form}/" not in url)


def passes_the_gate(page, code):
    axe(page)
    rows = page.locator(".table-criteria tbody tr")
    assert rows.count() == 27
    for row in rows.all():
        assert row.locator("td").nth(1).inner_text().strip(), row.inner_text()
        assert row.locator("td").nth(2).inner_text().strip(), row.inner_text()
    assert page.locator(".table-criteria a").count() >= 27
    for box in page.locator("input[name^='stratum.']").all():
        box.check()
    page.fill("#password", PASSWORD)
    page.click(f"button:has-text('Randomise {code}')")
    page.wait_for_url("**/receipt/")
    axe(page)


def sees_no_arm(page):
    text = page.content()
    blind = text.replace("Lanreotide against placebo", "")
    for word in ARMS:
        assert word not in blind, word


def kit_of_the_second_injection_is_taken_on_purpose(page):
    """One click on the day of randomisation takes nothing: the browser asks for the tick."""
    shows(page, "Injection 2 is due on", "Not entered yet:")
    page.click("button:has-text('Take the kit for injection 2')")
    assert focused(page) == "early"
    page.check("input[name=early]")
    page.click("button:has-text('Take the kit for injection 2')")
    page.wait_for_selector("main .banner-done")
    shows(page, "enter injection 1 first")
    assert not page.locator("button:has-text('Take the kit')").count()
    axe(page)


def enters_the_kit_that_was_taken(page):
    """Tab from the empty box, Enter: the number stands in it and the offer is gone."""
    page.click("a:has-text('Injection 1')")
    page.check("input[name=injection][value=given]", force=True)
    page.wait_for_selector("[data-fill=kit]:visible")
    shows(page, "Taken for this visit: kit")
    axe(page)
    offered = page.get_attribute("[data-fill=kit]", "data-value")
    page.focus("#kit")
    page.keyboard.press("Tab")
    with page.expect_response(lambda r: r.url.endswith("/draft/") and r.ok):
        page.keyboard.press("Enter")
        assert page.input_value("#kit") == offered
        assert focused(page) == "kit"
        assert page.locator("[data-fill=kit]").is_hidden()
    page.reload()
    assert page.input_value("#kit") == offered
    page.fill("#kit", "")
    assert page.locator("[data-fill=kit]").is_visible()


def test_from_the_consent_to_the_kit(dijon, investigator, visit):
    page = visit(investigator.email, f"/centres/{dijon.code}/")
    axe(page)
    code = screens_a_participant(page)
    for form, raw in records.screening(clinical_today(dijon)).items():
        fills(page, form, raw)
    assert page.url.endswith(f"/participants/{code}/")
    axe(page)
    page.click(f"a:has-text('Randomise {code}')")
    passes_the_gate(page, code)
    shows(page, "R-0001", "First kit")
    sees_no_arm(page)
    kit_of_the_second_injection_is_taken_on_purpose(page)
    enters_the_kit_that_was_taken(page)
    page.click(".page-head a:has-text('kits')")
    page.click("a:has-text('Go to the casebook')")
    shows(page, "R-0001", "Injection 1")
    sees_no_arm(page)


def test_a_correction_needs_a_reason_and_stays_in_the_history(participant, investigator, visit):
    records.enter(participant, investigator, "VITALS")
    page = visit(investigator.email, form_path(participant.code, "VITALS"))
    answers(page, "heart_rate", "76")
    page.wait_for_selector("#change-reason")
    said = is_refused(page)
    assert any("say why" in line for line in said)
    page.click("#form-summary a[href='#change-reason']")
    assert focused(page) == "change_reason"
    page.keyboard.type("Read again in the source document")
    saves(page)
    page.click("[data-field=heart_rate] a[data-history]")
    page.wait_for_selector("#form-side h2:focus")
    side = page.inner_text("#form-side")
    assert "72" in side
    assert "76" in side
    assert "Read again in the source document" in side
    assert investigator.name in side
    axe(page)


def test_a_soft_finding_is_confirmed_with_a_comment(participant, investigator, visit):
    page = visit(investigator.email, form_path(participant.code, "VITALS"))
    raw = records.screening(clinical_today(participant.centre))["VITALS"]
    types(page, {**raw, "heart_rate": "46"})
    page.keyboard.press("Tab")
    assert "46 beats/min" in finding(page, "heart_rate")
    said = is_refused(page)
    assert len(said) == 1
    page.click("#form-summary a")
    assert focused(page) == "heart_rate"
    page.fill("[data-findings=heart_rate] input[name^='confirm.']", "Trained runner, ECG normal")
    saves(page)
    kept = page.input_value("[data-findings=heart_rate] input[name^='confirm.']")
    assert kept == "Trained runner, ECG normal"
    assert next(iter(records.saved(participant, "VITALS").comments.values()))["value"] == "46"


def test_a_hard_finding_is_refused_and_leads_to_its_field(participant, investigator, visit):
    page = visit(investigator.email, form_path(participant.code, "VITALS"))
    raw = records.screening(clinical_today(participant.centre))["VITALS"]
    types(page, {**raw, "sbp": "76", "dbp": "128"})
    said = is_refused(page)
    assert any("Diastolic" in line and "not below systolic" in line for line in said)
    page.click("#form-summary a:has-text('not below systolic')")
    assert focused(page) == "dbp"
    assert page.get_attribute("#dbp", "aria-invalid") == "true"
    described = page.get_attribute("#dbp", "aria-describedby")
    assert any("finding" in one for one in described.split())
    assert records.saved(participant, "VITALS") is None
    types(page, {"sbp": "128", "dbp": "76"})
    saves(page)


def test_no_value_is_a_reason_and_comes_back_as_a_value(participant, investigator, visit):
    page = visit(investigator.email, form_path(participant.code, "VITALS"))
    raw = records.screening(clinical_today(participant.centre))["VITALS"]
    types(page, {**raw, "qtc.missing": "not_done"})
    assert page.locator("#qtc").is_hidden()
    saves(page)
    assert records.saved(participant, "VITALS").data["qtc"] == {"missing": "not_done"}
    page.select_option("select[name='qtc.missing']", "")
    page.wait_for_selector("#qtc:visible")
    page.fill("#qtc", "415")
    page.fill("#change-reason", "Result received later")
    saves(page)
    assert records.saved(participant, "VITALS").data["qtc"] == 415


def test_partial_dates_and_items_that_depend_on_others(participant, investigator, visit):
    page = visit(investigator.email, form_path(participant.code, "TUMOUR"))
    assert page.locator("[data-field=primary_other]").is_hidden()
    answers(page, "primary_site", "other")
    page.wait_for_selector("#primary_other:visible")
    answers(page, "primary_site", "pancreas")
    page.wait_for_selector("#primary_other", state="hidden")
    types(page, records.tumour(clinical_today(participant.centre)))
    assert page.locator("[data-field=prrt_date]").is_hidden()
    saves(page)
    data = records.saved(participant, "TUMOUR").data
    assert len(data["diagnosis_date"]) == 4
    assert len(data["histology_date"]) == 7
    assert "prrt_date" not in data
    assert value(page, "diagnosis_date.day").upper() in ("UK", "")


def test_lesions_are_added_and_taken_away_as_rows(participant, investigator, visit):
    page = visit(investigator.email, form_path(participant.code, "RECIST_BASE"))
    types(page, records.baseline(clinical_today(participant.centre) - timedelta(days=3)))
    page.locator("#sum_mm", has_text="49.5").wait_for()
    types(page, {"targets.r3": "1", "targets.r3.organ": "liver", "targets.r3.mm": "8"})
    page.keyboard.press("Tab")
    assert "too small for a target lesion" in finding(page, "targets.r3.mm")
    axe(page)
    page.click("[data-remove='targets.r3']")
    page.wait_for_selector("[id='targets.r3']", state="detached")
    saves(page)
    rows = records.saved(participant, "RECIST_BASE").data["targets"]
    assert [row["id"] for row in rows] == ["r1", "r2"]


def test_what_is_missing_closes_the_gate_and_says_so(participant, investigator, visit):
    page = visit(investigator.email, f"/randomisation/{participant.code}/")
    axe(page)
    button = page.locator(f"button:has-text('Randomise {participant.code}')")
    assert button.get_attribute("aria-disabled") == "true"
    shows(page, "Still open:", "Not known yet")
    with acting(Actor.system("tests")):
        assert Participant.objects.get(pk=participant.pk).randomised_on is None


@pytest.mark.parametrize("form", ["TUMOUR", "RECIST_BASE", "LAB"])
def test_on_a_telephone(participant, investigator, visit, form):
    page = visit(investigator.email, form_path(participant.code, form), size="phone")
    types(page, records.screening(clinical_today(participant.centre))[form])
    no_wider_than_the_window(page)
    saves(page)
    no_wider_than_the_window(page)
    goes_to(page, f"/participants/{participant.code}/")
    no_wider_than_the_window(page)
    goes_to(page, f"/centres/{participant.centre.code}/")
    no_wider_than_the_window(page)
