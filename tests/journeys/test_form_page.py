"""The form page in a browser: drafts, findings, skip logic, rows, reasons, the ended session."""

from typing import Any

import pytest

from crf import actions
from crf.models import Draft, Entry
from crf.places import place_at
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import people, world
from tests.journeys.conftest import PASSWORD, axe

pytestmark = pytest.mark.journey


def drafts(small: world.Small) -> list[Draft]:
    with acting(Actor.system("tests")):
        return list(Draft.objects.filter(participant=small.participant))


def entry(small: world.Small, form: str = "VITALS") -> Entry | None:
    with acting(Actor.system("tests")):
        return Entry.objects.filter(participant=small.participant, form=form).first()


@pytest.fixture
def small(clone: str) -> world.Small:
    """A participant whose consent is entered."""
    made = world.small()
    by = Actor.of(made.investigator, Verb.ENTER_DATA)
    today = f"{clinical_today(made.centre):%d/%m/%Y}"
    raw = {"signed": ["yes"], "consent_date": [today], "copy_given": ["yes"]}
    with acting(by):
        place = place_at(made.participant.code, "SCR", "CONSENT", 1)
        actions.save_at(place=place, raw=raw, version=0, by=by)
    return made


@pytest.fixture
def at_form(small: world.Small, visit: Any) -> Any:
    """at_form("VITALS") opens that form of screening as the investigator."""

    def opened(form: str) -> Any:
        return visit(small.investigator.email, address(small, form))

    return opened


def address(small: world.Small, form: str, visit: str = "SCR") -> str:
    return f"/participants/{small.participant.code}/{visit}/{form}/1/"


def kept(page: Any) -> None:
    """Waits until the service has what was typed."""
    page.wait_for_selector("[data-save-state]:has-text('Draft kept at')")


def test_what_is_typed_is_kept_without_saving(small, at_form):
    page = at_form("VITALS")
    axe(page)
    page.fill("[name=weight]", "61.5")
    kept(page)
    page.reload()
    assert page.input_value("[name=weight]") == "61.5"
    assert len(drafts(small)) == 1
    assert entry(small) is None


def test_a_finding_comes_while_typing_and_goes_when_mended(at_form):
    page = at_form("VITALS")
    page.fill("[name=weight]", "abc")
    page.keyboard.press("Tab")
    page.wait_for_selector("[data-findings=weight] .finding-hard")
    assert page.get_attribute("[name=weight]", "aria-invalid") == "true"
    axe(page)
    page.fill("[name=weight]", "61.5")
    page.wait_for_selector("[data-findings=weight] .finding-hard", state="detached")
    assert page.get_attribute("[name=weight]", "aria-invalid") is None


def test_a_refused_save_leads_to_the_field(small, at_form):
    page = at_form("VITALS")
    page.fill("[name=weight]", "abc")
    page.click("[data-save]")
    page.wait_for_selector("#form-summary")
    assert page.evaluate("document.activeElement.id") == "form-summary"
    axe(page)
    page.click("#form-summary a")
    assert page.evaluate("document.activeElement.name") == "weight"
    assert entry(small) is None


def test_a_changed_value_asks_for_its_reason(small, at_form):
    page = at_form("VITALS")
    page.fill("[name=weight]", "61.5")
    page.click("[data-save]")
    page.wait_for_selector(".banner-done")
    page.fill("[name=weight]", "62.5")
    page.wait_for_selector("#change-reason")
    axe(page)
    page.click("[data-save]")
    page.wait_for_selector("#change-reason-finding")
    page.fill("#change-reason", "Read again in the source document")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".banner-done")
    assert (entry(small).version, entry(small).data["weight"]) == (2, "62.5")


def test_a_reason_without_value_takes_the_place_of_the_value(at_form):
    page = at_form("VITALS")
    page.fill("[name=weight]", "61.5")
    page.select_option("[name='weight.missing']", "not_done")
    assert not page.is_visible("[name=weight]")
    kept(page)
    axe(page)
    page.select_option("[name='weight.missing']", "")
    assert page.input_value("[name=weight]") == "61.5"


def test_an_ended_session_asks_in_place_and_loses_nothing(small, at_form):
    page = at_form("VITALS")
    page.context.clear_cookies()
    page.fill("[name=weight]", "61.5")
    page.wait_for_selector("#sign-in-again[open]")
    axe(page)
    page.fill("#again-password", "not the password")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-again-finding]:visible")
    page.fill("#again-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#again-code:visible")
    page.fill("#again-code", people.code_of(small.investigator))
    page.keyboard.press("Enter")
    kept(page)
    assert page.input_value("[name=weight]") == "61.5"
    page.click("[data-save]")
    page.wait_for_selector(".banner-done")
    assert entry(small).data["weight"] == "61.5"


def test_rows_are_added_and_removed(at_form):
    page = at_form("RECIST_BASE")
    page.click("[data-add=targets]")
    page.wait_for_selector("[id='targets.r1']")
    page.click("[data-add=targets]")
    page.wait_for_selector("[id='targets.r2']")
    axe(page)
    with page.expect_response("**/draft/"):
        page.click("[data-remove='targets.r1']")
    page.wait_for_selector("[id='targets.r1']", state="detached")
    page.reload()
    assert page.query_selector("[id='targets.r2']")
    assert not page.query_selector("[id='targets.r1']")


# Each draft takes half a second more; how many are under way at once at most.
SLOW_DRAFTS = """() => {
    const send = window.fetch;
    let under = 0;
    const seen = document.documentElement.dataset;
    seen.most = 0;
    window.fetch = async (...asked) => {
        if (!asked[0].endsWith("/draft/")) return send(...asked);
        seen.most = Math.max(seen.most, ++under);
        const answer = await send(...asked);
        await new Promise(next => setTimeout(next, 500));
        under--;
        return answer;
    };
}"""


# The first answer breaks off after its headers.
CUT_OFF = """() => {
    const send = window.fetch;
    let first = true;
    window.fetch = async (...asked) => {
        const answer = await send(...asked);
        if (first && asked[0].endsWith("/draft/")) {
            first = false;
            answer.text = async () => { throw new TypeError("network error"); };
        }
        return answer;
    };
}"""


def test_a_row_asked_for_while_drafts_are_under_way_comes_after_them(at_form):
    page = at_form("RECIST_BASE")
    page.evaluate(SLOW_DRAFTS)
    date = "[name=imaging_date]"
    page.fill(date, "01/02/2016")
    page.wait_for_selector("[data-most='1']")
    page.fill(date, "02/02/2016")
    page.dispatch_event(date, "change")
    page.wait_for_timeout(200)  # the draft of the change waits now
    page.click("[data-add=targets]")
    page.wait_for_selector("[id='targets.r1'] :is(input, select):focus")
    assert page.get_attribute("html", "data-most") == "1"


def test_a_row_asked_for_while_nothing_answers_comes_with_the_next_answer(at_form):
    page = at_form("RECIST_BASE")
    page.route("**/draft/", lambda route: route.abort())
    for _ in range(2):
        page.click("[data-add=targets]")
        page.wait_for_selector("[data-save-state] .is-problem")
    page.unroute("**/draft/")
    page.wait_for_selector("[id='targets.r1']")
    kept(page)
    assert not page.query_selector("[id='targets.r2']")


def test_an_answer_that_is_cut_off_is_asked_for_again(at_form):
    page = at_form("RECIST_BASE")
    page.evaluate(CUT_OFF)
    page.click("[data-add=targets]")
    page.wait_for_selector("[data-save-state] .is-problem")
    page.wait_for_selector("[id='targets.r1']")
    kept(page)


def test_what_waits_when_a_draft_is_discarded_does_not_bring_it_back(small, at_form):
    page = at_form("RECIST_BASE")
    page.evaluate(SLOW_DRAFTS)
    date = "[name=imaging_date]"
    page.fill(date, "01/02/2016")
    page.wait_for_selector("[data-most='1']")
    kept(page)
    page.fill(date, "02/02/2016")
    page.dispatch_event(date, "change")
    page.wait_for_timeout(200)
    page.fill(date, "03/02/2016")
    page.dispatch_event(date, "change")
    page.wait_for_timeout(200)  # one is under way, one waits
    page.once("dialog", lambda asked: asked.accept())
    with page.expect_navigation():
        page.click("[data-discard]")
    assert page.input_value(date) == ""
    assert drafts(small) == []


def test_rows_are_offered_up_to_the_most_there_may_be(at_form):
    page = at_form("RECIST_BASE")
    add = page.locator("[data-add=targets]")
    most = int(page.get_attribute(".group-add", "data-most"))
    for row in range(1, most + 1):
        add.click()
        page.wait_for_selector(f"[id='targets.r{row}']")
    add.wait_for(state="hidden")
    page.reload()
    assert add.is_hidden()
    page.click("[data-remove='targets.r1']")
    add.wait_for()


def test_a_form_saves_without_script(small, at_form, chromium):
    signed_in = at_form("VITALS")
    window = chromium.new_context(
        base_url=signed_in.url.split("/participants")[0],
        java_script_enabled=False,
        storage_state=signed_in.context.storage_state(),
    )
    page = window.new_page()
    page.goto(address(small, "VITALS"))
    page.fill("[name=weight]", "61.5")
    page.click("[data-save]")
    page.wait_for_selector(".banner-done")
    page.goto(address(small, "RECIST_BASE"))
    page.click("[data-add=targets]")
    page.wait_for_selector("[id='targets.r1']")
    window.close()


def test_two_people_at_one_form_choose_item_by_item(small, at_form, visit):
    colleague = people.person(Role.SITE_COORDINATOR, small.centre)
    mine, theirs = at_form("VITALS"), visit(colleague.email, address(small, "VITALS"))
    mine.fill("[name=weight]", "61.5")
    kept(mine)
    theirs.fill("[name=weight]", "71.5")
    theirs.fill("[name=height]", "170")
    theirs.click("[data-save]")
    theirs.wait_for_selector(".banner-done")
    mine.click("[data-save]")
    mine.wait_for_selector("h1:has-text('Two people')")
    axe(mine)
    assert mine.inner_text("[data-conflict-state]").startswith("1 / 1")
    mine.click("[data-keep-all=mine]")
    mine.fill("#change-reason", "Weighed again")
    mine.click("button:has-text('Save version')")
    mine.wait_for_selector(".banner-done")
    saved = entry(small)
    assert (saved.version, saved.data["weight"], saved.data["height"]) == (2, "61.5", 170)


def test_a_draft_is_discarded(small, at_form):
    page = at_form("VITALS")
    page.fill("[name=weight]", "61.5")
    kept(page)
    page.once("dialog", lambda asked: asked.dismiss())
    page.click("[data-discard]")
    assert page.input_value("[name=weight]") == "61.5"
    page.once("dialog", lambda asked: asked.accept())
    with page.expect_navigation():
        page.click("[data-discard]")
    assert page.input_value("[name=weight]") == ""
    assert drafts(small) == []


def test_enter_in_a_field_saves(small, at_form):
    """As the button that says so; it presses none of those that throw something away."""
    page = at_form("VITALS")
    page.wait_for_load_state()
    page.fill("[name=weight]", "61.5")
    with page.expect_navigation():
        page.press("[name=weight]", "Enter")
    page.wait_for_load_state()
    assert page.input_value("[name=weight]") == "61.5"
    assert entry(small).data["weight"] == "61.5"
    assert page.evaluate("document.activeElement.className") == "banner banner-done"


def test_enter_in_a_row_keeps_the_row(small, at_form):
    page = at_form("RECIST_BASE")
    page.wait_for_load_state()
    page.click("[data-add=targets]")
    page.fill("[name='targets.r1.mm']", "12")
    with page.expect_navigation():
        page.press("[name='targets.r1.mm']", "Enter")
    assert page.input_value("[name='targets.r1.mm']") == "12"


def test_a_history_that_does_not_come_says_so_and_comes_the_next_time(at_form):
    page = at_form("CONSENT")
    page.wait_for_load_state()
    page.route("**/history/**", lambda route: route.abort())
    link = page.locator("a[data-history]").first
    link.click()
    page.wait_for_selector("#form-side [role=alert]:has-text('was not loaded')")
    axe(page)
    page.unroute("**/history/**")
    link.click()
    page.wait_for_selector("#form-side h2:focus")
