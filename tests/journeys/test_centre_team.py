"""The coordinator's day by keyboard; the data manager's queries and the lock of the trial."""

import pytest

from crf.models import DataQuery, QueryState
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import allocations, people, world
from tests.journeys import records
from tests.journeys.conftest import PASSWORD, axe
from tests.journeys.steps import (
    focused,
    form_path,
    goes_to,
    no_wider_than_the_window,
    saves,
    shows,
    types,
)

pytestmark = pytest.mark.journey
SURFACE = "button => getComputedStyle(button).backgroundColor"


@pytest.fixture(scope="module")
def dijon(clone):
    here = people.centre()
    allocations.scheme()
    allocations.deliver(4)
    return here


@pytest.fixture
def coordinator(dijon):
    return people.person(Role.SITE_COORDINATOR, dijon)


@pytest.fixture
def manager():
    return people.person(Role.DATA_MANAGER)


@pytest.fixture
def participant(dijon):
    investigator = people.person(Role.INVESTIGATOR, dijon)
    found = records.screened(dijon, investigator)
    records.enter(found, investigator, "CONSENT")
    return found


def as_system(question):
    with acting(Actor.system("tests")):
        return question()


def act_in_focus(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') || ''")


def test_the_work_list_by_keyboard(participant, dijon, coordinator, visit):
    other = records.screened(dijon, people.person(Role.INVESTIGATOR, dijon))
    world.asked(other, dijon)
    page = visit(coordinator.email, f"/centres/{dijon.code}/")
    axe(page)
    page.keyboard.press("j")
    first = act_in_focus(page)
    page.keyboard.press("j")
    second = act_in_focus(page)
    assert first
    assert second
    assert first != second
    page.keyboard.press("k")
    assert act_in_focus(page) == first
    page.keyboard.press("/")
    assert focused(page) == "code"
    page.keyboard.type(participant.code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/participants/{participant.code}/")
    page.keyboard.press("n")
    said = page.evaluate("document.activeElement.innerText")
    assert "Demography" in said
    page.keyboard.press("Enter")
    page.wait_for_url("**/SCR/DEMOG/1/")
    page.keyboard.press("Tab")
    axe(page)


def test_a_query_is_answered_from_the_work_list(participant, dijon, coordinator, visit):
    query = world.asked(participant, dijon)
    page = visit(coordinator.email, f"/centres/{dijon.code}/")
    page.click(f".task:has-text('{participant.code}') a:has-text('Answer')")
    axe(page)
    page.click("button:has-text('Answer')")
    page.wait_for_selector(".thread .finding-hard")
    axe(page)
    page.fill(".thread textarea", "Yes, it is the date of the form. <b>Really</b>")
    page.click("button:has-text('Answer')")
    page.wait_for_selector("main .banner-done")
    shows(page, "answered", "<b>Really</b>")
    found = as_system(lambda: DataQuery.objects.get(pk=query.pk))
    assert found.state == QueryState.ANSWERED
    axe(page)


def test_kits_arrive_and_one_is_damaged(dijon, coordinator, visit):
    supply = people.person(Role.SUPPLY_MANAGER)
    page = visit(supply.email, f"/centres/{dijon.code}/kits/")
    axe(page)
    page.fill("#each", "2")
    page.click("button:has-text('Send a shipment')")
    page.wait_for_selector("main .banner-done")
    axe(page)
    page = visit(coordinator.email, f"/centres/{dijon.code}/kits/")
    shows(page, "on its way")
    axe(page)
    page.locator("input[name=damaged]").first.check()
    page.click("button:has-text('has arrived')")
    page.wait_for_selector("main .banner-done")
    axe(page)
    states = page.locator("td[data-label='State']").all_inner_texts()
    assert len(states) == 4
    assert len([one for one in states if "vailable" in one]) == 3
    page.click("tr:has-text('vailable') summary:has-text('Set aside') >> nth=0")
    page.locator(".menu-form input[name=reason]:visible").fill("Warm for an hour")
    axe(page)
    button = page.locator("button:visible:has-text('Set aside kit')")
    assert button.evaluate(SURFACE) == page.locator(".button-primary >> nth=0").evaluate(SURFACE)
    button.click()
    page.wait_for_selector("main .banner-done")
    states = page.locator("td[data-label='State']").all_inner_texts()
    assert len([one for one in states if "vailable" in one]) == 2


def test_the_data_manager_asks_about_an_item_and_closes_it(
    participant, dijon, coordinator, manager, visit
):
    page = visit(manager.email, form_path(participant.code, "CONSENT"))
    axe(page)
    assert not page.locator("[data-save]").count()
    page.click("[data-field=consent_date] a[data-history]")
    page.wait_for_selector("#form-side h2:focus")
    page.click("#form-side summary:has-text('Raise a data query')")
    page.fill("#raise-text", "The scan shows another day. Please check.")
    axe(page)
    page.click("button:has-text('Ask the centre')")
    page.wait_for_selector("main .banner-done")
    axe(page)
    query = as_system(lambda: DataQuery.objects.filter(participant=participant).get())
    theirs = visit(coordinator.email, f"/queries/{query.pk}/")
    theirs.fill(".thread textarea", "Corrected on the scan.")
    theirs.click("button:has-text('Answer')")
    theirs.wait_for_selector("main .banner-done")
    goes_to(page, f"/queries/{query.pk}/")
    shows(page, "Corrected on the scan.")
    page.click("button:has-text('Close the query')")
    page.wait_for_selector("main .banner-done")
    found = as_system(lambda: DataQuery.objects.get(pk=query.pk))
    assert found.state == QueryState.CLOSED
    axe(page)


def looks_only(page, centre, participant):
    """While the trial is locked each page says so, and offers nothing that is refused."""
    home = f"/centres/{centre.code}/"
    gate = f"/randomisation/{participant.code}/"
    for path in (home, f"{home}screen/", gate, f"/participants/{participant.code}/"):
        goes_to(page, path)
        shows(page, "The trial is locked")
        no_wider_than_the_window(page)
        assert not page.locator("main input:not([type=hidden]), main .button-danger").count()
        for act in ("Enter", "Complete", "Screen a participant", "Open gate", "Randomise"):
            assert not page.locator(f"main .button:has-text('{act}')").count(), (path, act)


def test_an_investigator_signs_a_casebook_and_a_change_breaks_it(participant, dijon, visit):
    investigator = people.person(Role.INVESTIGATOR, dijon)
    page = visit(investigator.email, f"/centres/{dijon.code}/casebooks/")
    axe(page)
    no_wider_than_the_window(page)
    page.click(f"a:has-text('{participant.code}')")
    page.click("summary:has-text('Sign before it is asked for')")
    page.click("button:has-text('Sign: Whole casebook')")
    page.wait_for_selector("#casebook-password[aria-invalid]")
    axe(page)
    page.fill("#casebook-password", PASSWORD)
    page.press("#casebook-password", "Enter")
    page.locator(".tag", has_text="Signed").wait_for()
    assert not page.locator("main form").count()
    axe(page)
    goes_to(page, form_path(participant.code, "CONSENT"))
    types(page, {"information_version": "2.2"})
    page.fill("[name=change_reason]", "Read again in the source document")
    saves(page)
    page = visit(investigator.email, f"/participants/{participant.code}/signatures/", size="phone")
    shows(page, "Changed since it was signed", "Saved after the last signature:")
    no_wider_than_the_window(page)
    axe(page)


def test_the_coordinator_reads_the_gate(participant, coordinator, visit):
    for size in ("desktop", "phone"):
        page = visit(coordinator.email, f"/randomisation/{participant.code}/", size=size)
        axe(page)
        no_wider_than_the_window(page)
        shows(page, "An investigator of the centre randomises.", "Still open:")
        assert not page.locator("main input, main button").count()


def test_the_trial_is_locked_and_then_data_are_read_only(
    participant, dijon, coordinator, manager, visit
):
    world.asked(participant, dijon)
    open_form = visit(coordinator.email, form_path(participant.code, "DEMOG"))
    types(open_form, {"birth_month.month": "05", "birth_month.year": "1961"})
    phone = visit(manager.email, "/trial/", size="phone")
    zero, some = (phone.locator(f".table-left td.number{how}").first for how in (".is-zero", ""))
    assert zero.is_hidden()
    assert some.is_visible()
    page = visit(manager.email, "/trial/")
    axe(page)
    page.fill("#lock-password", PASSWORD)
    page.click("button:has-text('Lock the trial')")
    page.wait_for_selector("#lock-reason[aria-invalid]")
    shows(page, "Have this done, or say why the trial is locked all the same.")
    axe(page)
    page.fill("#lock-reason", "Last visit done; the open query waits for a scan.")
    page.fill("#lock-password", PASSWORD)
    page.click("button:has-text('Lock the trial')")
    page.locator("main h1 + p", has_text="Locked").wait_for()
    axe(page)
    open_form.click("[data-save]")
    open_form.locator("main", has_text="The trial is locked").wait_for()
    assert records.saved(participant, "DEMOG") is None
    reading = visit(coordinator.email, form_path(participant.code, "CONSENT"))
    shows(reading, "Nothing can be changed here.")
    assert not reading.locator("[data-save]").count()
    axe(reading)
    for size in ("desktop", "phone"):
        looks_only(visit(coordinator.email, size=size), dijon, participant)
    page.fill("#unlock-reason", "A late visit has to be entered.")
    page.fill("#unlock-password", PASSWORD)
    page.click("button:has-text('Unlock the trial')")
    page.locator("main h1 + p", has_text="Open").wait_for()
    goes_to(open_form, form_path(participant.code, "DEMOG"))
    types(open_form, {"sex": "M", "contraception": "yes"})
    saves(open_form)
    assert records.saved(participant, "DEMOG").data["birth_month"] == "1961-05"
