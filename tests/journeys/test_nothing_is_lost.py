"""What is typed stays: draft, reload, back, ended session, double click, conflict."""

import pytest

from crf.models import Entry
from randomisation.models import Allocation
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.models import Session
from reminet_site.roles import Role
from tests import allocations, people
from tests.journeys import records
from tests.journeys.conftest import PASSWORD, axe, second_step
from tests.journeys.steps import (
    answers,
    focused,
    form_path,
    is_kept,
    is_refused,
    keeps,
    saves,
    shows,
    types,
    value,
)

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def dijon(clone):
    here = people.centre()
    allocations.scheme()
    allocations.deliver(4)
    allocations.supply(here, 4)
    return here


@pytest.fixture
def investigator(dijon):
    return people.person(Role.INVESTIGATOR, dijon)


@pytest.fixture
def coordinator(dijon):
    return people.person(Role.SITE_COORDINATOR, dijon)


@pytest.fixture
def participant(dijon, investigator):
    found = records.screened(dijon, investigator)
    records.enter(found, investigator, "CONSENT")
    return found


@pytest.fixture
def vitals(participant):
    return form_path(participant.code, "VITALS")


def as_system(question):
    with acting(Actor.system("tests")):
        return question()


def the_session_ends(person):
    as_system(lambda: Session.objects.filter(user_id=person.pk).delete())


def test_typed_reloaded_left_and_found_again(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals)
    keeps(page, "weight", "68.5")
    page.reload()
    assert value(page, "weight") == "68.5"
    keeps(page, "sbp", "128")
    page.click(f".place a:has-text('{participant.code}')")
    page.wait_for_url(f"**/participants/{participant.code}/")
    page.go_back()
    page.wait_for_selector("#entry-form")
    assert (value(page, "weight"), value(page, "sbp")) == ("68.5", "128")
    page.goto(f"/centres/{participant.centre.code}/")
    shows(page, "Drafts", "Not saved")
    page.click(f".task:has-text('{participant.code}') a:has-text('Resume')")
    assert value(page, "weight") == "68.5"
    assert records.saved(participant, "VITALS") is None


def test_a_refused_save_is_left_and_found_again(participant, investigator, vitals, visit):
    """Back, and the page loaded again, ask for the page, not for the form to be sent anew."""
    page = visit(investigator.email, vitals)
    types(page, {"weight": "990"})
    is_kept(page)
    page.click("[data-save]")
    page.wait_for_selector("#form-summary")
    page.click(f".place a:has-text('{participant.code}')")
    page.wait_for_url(f"**/participants/{participant.code}/")
    page.go_back()
    page.wait_for_selector("#entry-form")
    assert page.url.endswith(vitals)
    assert value(page, "weight") == "990"
    page.click("[data-save]")
    page.wait_for_selector("#form-summary")
    with page.expect_response(lambda r: r.url.endswith(vitals)) as again:
        page.reload()
    assert again.value.request.method == "GET"
    assert value(page, "weight") == "990"
    assert records.saved(participant, "VITALS") is None


def test_the_reason_is_kept_with_the_draft(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals)
    types(page, records.screening(clinical_today(participant.centre))["VITALS"])
    page.click("[data-save]")
    page.wait_for_selector("main .banner-done")
    keeps(page, "weight", "71.5")
    page.wait_for_selector("#change-reason")
    with page.expect_response(lambda r: r.url.endswith("/draft/") and r.ok):
        page.fill("#change-reason", "read from the wrong line")
    page.reload()
    assert (value(page, "weight"), value(page, "change_reason")) == (
        "71.5",
        "read from the wrong line",
    )
    page.click("[data-save]")
    page.wait_for_selector("main .banner-done")
    assert records.saved(participant, "VITALS").data["weight"] == "71.5"


def test_what_was_typed_a_moment_before_leaving_is_kept(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals)
    with page.expect_request("**/draft/"):
        page.fill("#weight", "68.5")
        page.click(f".place a:has-text('{participant.code}')")
    page.wait_for_url(f"**/participants/{participant.code}/")
    page.goto(vitals)
    assert value(page, "weight") == "68.5"


def test_what_was_sent_on_leaving_is_no_other_window(participant, investigator, vitals, visit):
    """It may come to the server after the page has been loaded again: both have one name."""
    page = visit(investigator.email, vitals)
    keeps(page, "weight", "68.5")
    name = page.input_value("[name=typed_in]")
    page.fill("#height", "171")
    page.reload()
    assert page.input_value("[name=typed_in]") == name
    keeps(page, "weight", "68.6")
    assert page.input_value("[name=typed_in]") != name


def test_a_second_window_shows_the_draft_and_does_not_overwrite_a_save(
    participant, investigator, vitals, visit
):
    one = visit(investigator.email, vitals)
    keeps(one, "weight", "68.5")
    two = visit(investigator.email, vitals)
    assert value(two, "weight") == "68.5"
    types(one, records.screening(clinical_today(participant.centre))["VITALS"])
    saves(one)
    two.fill("#weight", "99.9")
    is_kept(two)
    two.click("[data-save]")
    two.wait_for_selector("[data-conflict]")
    axe(two)
    assert records.saved(participant, "VITALS").data["weight"] == "68.5"
    two.click(f".place a:has-text('{participant.code}')")
    two.wait_for_url(f"**/participants/{participant.code}/")
    two.go_back()
    two.wait_for_selector("#entry-form")
    assert value(two, "weight") == "99.9"
    shows(two, "Version 1 was saved since this draft was begun")


def test_two_windows_of_one_person_both_keep_what_was_typed(
    participant, investigator, vitals, visit
):
    one, two = visit(investigator.email, vitals), visit(investigator.email, vitals)
    types(one, records.screening(clinical_today(participant.centre))["VITALS"])
    is_kept(one)
    two.fill("#weight", "99.9")
    said = "You typed in this form in another window since"
    two.locator("[data-save-state]", has_text=said).wait_for()
    assert value(two, "weight") == "99.9"
    two.route("**/draft/", lambda route: route.abort())  # the page is not left for nothing
    two.click("[data-save]")
    two.locator("[data-save-state]", has_text="the service does not answer").wait_for()
    two.unroute("**/draft/")
    two.click("[data-save]")
    two.wait_for_selector("#form-summary:has-text('in another window too')")
    assert focused(two) == "form-summary"
    axe(two)
    shows(two, "here 99.9")
    two.fill("#weight", "99.8")
    two.locator("[data-save-state]", has_text=said).wait_for()  # neither is written over yet
    one.fill("#temperature", "36.9")
    keeps(one, "temperature", "37.0")
    two.click("#form-summary a")
    two.wait_for_selector("#form-summary", state="detached")
    assert value(two, "temperature") == "37.0"
    two.fill("#weight", "98.5")
    is_kept(two)
    saves(two)
    assert records.saved(participant, "VITALS").data["weight"] == "98.5"


def test_the_session_ends_while_typing(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals, fresh=True)
    types(page, records.screening(clinical_today(participant.centre))["VITALS"])
    is_kept(page)
    the_session_ends(investigator)
    page.fill("#temperature", "37.2")
    page.wait_for_selector("#sign-in-again[open]")
    axe(page)
    assert focused(page) == "again-password"
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-again-finding]:visible")
    page.fill("#again-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#again-code:visible")
    axe(page)
    page.fill("#again-code", people.code_of(investigator))
    page.keyboard.press("Enter")
    page.wait_for_selector("#sign-in-again", state="hidden")
    assert focused(page) == "temperature"
    is_kept(page)
    saves(page)
    assert records.saved(participant, "VITALS").data["temperature"] == "37.2"


def test_the_session_ends_before_the_save(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals, fresh=True)
    types(page, records.screening(clinical_today(participant.centre))["VITALS"])
    the_session_ends(investigator)
    page.click("[data-save]")
    page.wait_for_selector("#sign-in-again[open]")
    page.fill("#again-password", PASSWORD)
    page.click("#sign-in-again button:has-text('Sign in')")
    page.wait_for_selector("#again-code:visible")
    page.fill("#again-code", people.code_of(investigator))
    page.keyboard.press("Enter")
    page.wait_for_selector("main .banner-done")
    assert records.saved(participant, "VITALS").data["weight"] == "68.5"


def test_the_session_ended_and_the_draft_is_older_than_the_page(
    participant, investigator, vitals, visit
):
    page = visit(investigator.email, vitals, fresh=True)
    keeps(page, "weight", "68.5")
    the_session_ends(investigator)
    page.reload()
    page.wait_for_url("**/sign-in/**")
    page.fill("input[name=login]", investigator.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/sign-in/'] button.button-primary")
    second_step(page, investigator.email)
    page.wait_for_url(f"**{vitals}")
    assert value(page, "weight") == "68.5"


def test_a_double_click_on_save_saves_once(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals)
    types(page, records.screening(clinical_today(participant.centre))["VITALS"])
    page.dblclick("[data-save]")
    page.wait_for_selector("main .banner-done")
    assert records.saved(participant, "VITALS").version == 1
    assert not page.locator("main .banner-late").count()


def test_a_double_click_on_randomise_randomises_once(participant, investigator, visit):
    rest = [f for f in records.screening(clinical_today(participant.centre)) if f != "CONSENT"]
    records.enter(participant, investigator, *rest)
    page = visit(investigator.email, f"/randomisation/{participant.code}/")
    for box in page.locator("input[name^='stratum.']").all():
        box.check()
    page.fill("#password", PASSWORD)
    page.dblclick(f"button:has-text('Randomise {participant.code}')")
    page.wait_for_url("**/receipt/")
    page.go_back()
    page.wait_for_url("**/randomisation/**")
    page.goto(f"/randomisation/{participant.code}/")
    assert page.url.endswith("/receipt/")
    made = as_system(lambda: Allocation.objects.filter(participant=participant).count())
    assert made == 1


def test_a_conflict_is_resolved_item_by_item(participant, investigator, coordinator, vitals, visit):
    records.enter(participant, investigator, "VITALS")
    mine = visit(investigator.email, vitals)
    theirs = visit(coordinator.email, vitals)
    for page, weight, pulse in ((theirs, "69.0", "72"), (mine, "71.5", "80")):
        types(page, {"weight": weight, "heart_rate": pulse})
        page.fill("#change-reason", "Read again in the source document")
        if page is theirs:
            saves(page)
    mine.click("[data-save]")
    mine.wait_for_selector("[data-conflict]")
    axe(mine)
    shows(mine, "Two people changed this form", "69.0", "71.5", coordinator.name)
    assert records.saved(participant, "VITALS").data["weight"] == "69.0"
    mine.click("label.keep:has(input[name='keep.weight'][value=mine])")
    mine.click("button.button-primary")
    mine.wait_for_selector("main .banner-done")
    entry = records.saved(participant, "VITALS")
    assert (entry.version, entry.data["weight"], entry.data["heart_rate"]) == (3, "71.5", 80)


def test_a_draft_is_discarded_by_its_writer_alone(participant, investigator, vitals, visit):
    records.enter(participant, investigator, "VITALS")
    page = visit(investigator.email, vitals)
    keeps(page, "weight", "99.9")
    page.once("dialog", lambda asked: asked.accept())
    page.click("[data-discard]")
    page.wait_for_selector("#weight")
    assert value(page, "weight") == "68.5"
    count = as_system(lambda: Entry.objects.get(participant=participant, form="VITALS").version)
    assert count == 1


def test_two_errors_and_one_question_are_listed_and_kept(participant, investigator, vitals, visit):
    page = visit(investigator.email, vitals)
    types(page, {"visit_date": "31/09/2016", "weight": "abc", "heart_rate": "46"})
    said = is_refused(page)
    assert len(said) == 3
    assert value(page, "visit_date") == "31/09/2016"
    assert value(page, "weight") == "abc"
    page.click("#form-summary li:nth-child(1) a")
    assert focused(page) in ("visit_date", "weight")
    answers(page, "weight", "68.5")
    page.locator("[data-findings=weight] .finding").wait_for(state="detached")


def test_what_cannot_be_read_is_no_change_yet(participant, investigator, vitals, visit):
    records.enter(participant, investigator, "VITALS")
    page = visit(investigator.email, vitals)
    types(page, {"weight": "sixty", "sbp": "130"})
    page.wait_for_selector("#change-reason")
    changes = page.inner_text("[data-reason-place]")
    assert "130" in changes
    assert "68.5" not in changes
