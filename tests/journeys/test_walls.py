"""What others may not see, and what is typed or sent that makes no sense."""

from datetime import timedelta

import pytest

from crf.models import Participant
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people
from tests.journeys import records
from tests.journeys.conftest import axe
from tests.journeys.steps import (
    form_path,
    goes_to,
    is_refused,
    saves,
    shows,
    types,
    value,
)

pytestmark = pytest.mark.journey
SCRIPT = "<script>document.title='seized'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def dijon(clone):
    return people.centre()


@pytest.fixture
def investigator(dijon):
    return people.person(Role.INVESTIGATOR, dijon)


@pytest.fixture
def participant(dijon, investigator):
    found = records.screened(dijon, investigator)
    records.enter(found, investigator, "CONSENT")
    return found


@pytest.fixture
def stranger(clone):
    return people.person(Role.INVESTIGATOR, people.centre("BE-01", "Leuven"))


def posts(page, path, **raw):
    """Sends a form to an address by hand, with the token of the page; (status, text)."""
    return page.evaluate(
        """async ([path, raw]) => {
            const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
            const body = new URLSearchParams({csrfmiddlewaretoken: token, ...raw});
            const answer = await fetch(path, {method: "POST", body, credentials: "same-origin"});
            return [answer.status, await answer.text()];
        }""",
        [path, raw],
    )


def test_another_centres_participant_is_like_none(participant, dijon, stranger, visit):
    page = visit(stranger.email)
    seen = []
    for code, centre in ((participant.code, dijon.code), ("FR-77-077", "FR-77")):
        for path in (
            f"/participants/{code}/",
            form_path(code, "CONSENT"),
            f"/randomisation/{code}/",
            f"/centres/{centre}/",
            f"/centres/{centre}/kits/",
        ):
            answer = page.goto(path)
            seen.append(
                (answer.status, page.inner_text("main").replace(code, "").replace(centre, ""))
            )
    half = len(seen) // 2
    assert seen[:half] == seen[half:]
    assert all(status == 404 for status, _ in seen)
    axe(page)
    page.goto("/")
    page.fill("#find-box", participant.code)
    page.keyboard.press("Enter")
    page.locator("main", has_text="No participant").wait_for()
    axe(page)


def test_another_centres_ids_change_nothing(participant, stranger, visit):
    page = visit(stranger.email)
    path = form_path(participant.code, "DEMOG")
    for address in (path, f"{path}draft/", f"/randomisation/{participant.code}/"):
        status, _text = posts(page, address, version="0", sex="F", password="x")
        assert status == 404
    assert records.saved(participant, "DEMOG") is None


def test_the_administrator_sees_no_clinical_page(participant, dijon, visit):
    admin = people.person(Role.ADMINISTRATOR)
    page = visit(admin.email)
    for path in (
        f"/participants/{participant.code}/",
        form_path(participant.code, "CONSENT"),
        f"/centres/{dijon.code}/",
        f"/randomisation/{participant.code}/",
        "/interim/",
        "/committee/",
        "/releases/",
    ):
        assert page.goto(path).status in (403, 404), path
        axe(page)
        assert "2016" not in page.inner_text("main")


def test_wrong_types_and_absurd_dates_get_a_sentence_each(participant, investigator, visit):
    page = visit(investigator.email, form_path(participant.code, "VITALS"))
    wrong = {
        "visit_date": "30/02/2019",
        "weight": "sixty",
        "height": "1.7.0",
        "sbp": "-5",
        "dbp": "1e9",
        "heart_rate": "99999999999999999999",
        "temperature": "36,8",
    }
    types(page, wrong)
    said = is_refused(page)
    assert len(said) >= 5
    assert not [line for line in said if "nvalid" in line or "rror:" in line]
    for name, typed in wrong.items():
        assert value(page, name) == typed
    for day, word in (
        ("01/01/1066", "1066"),
        ("31/12/2999", "2999"),
        ("tomorrow", "does not read as a date"),
    ):
        types(page, {"visit_date": day})
        page.keyboard.press("Tab")
        page.locator("[data-findings=visit_date] .finding", has_text=word).wait_for()
    assert records.saved(participant, "VITALS") is None


def test_the_consent_is_not_from_the_future(dijon, investigator, visit):
    participant = records.screened(dijon, investigator)
    page = visit(investigator.email, form_path(participant.code, "CONSENT"))
    raw = records.screening(clinical_today(dijon))["CONSENT"]
    later = clinical_today(dijon) + timedelta(days=400)
    types(page, {**raw, "consent_date": records.typed(later)})
    assert is_refused(page)
    assert records.saved(participant, "CONSENT") is None


def test_ten_thousand_characters_and_script_are_text(participant, investigator, visit):
    rest = [f for f in records.screening(clinical_today(participant.centre)) if f != "CONSENT"]
    records.enter(participant, investigator, *rest)
    page = visit(investigator.email, form_path(participant.code, "ELIG"))
    status, text = posts(
        page, form_path(participant.code, "ELIG"), version="1", comment="x" * 10_000
    )
    assert status == 422
    assert "500" in text
    types(page, {"comment": SCRIPT})
    page.locator("[data-save-state]", has_text="Draft kept").wait_for()
    saves(page)
    assert value(page, "comment") == SCRIPT
    assert "seized" not in page.title()
    page.click("[data-field=comment] textarea")
    page.wait_for_selector("#form-side .timeline")
    assert SCRIPT in page.inner_text("#form-side")
    goes_to(page, f"{form_path(participant.code, 'ELIG')}history/comment/")
    assert SCRIPT in page.inner_text("main")
    assert "seized" not in page.title()


def test_a_version_that_is_old_or_none_saves_nothing(participant, investigator, visit):
    records.enter(participant, investigator, "VITALS")
    path = form_path(participant.code, "VITALS")
    page = visit(investigator.email, path)
    for version, expected in (("0", 409), ("-1", 422), ("99", 409), ("one", 422), ("", 422)):
        status, _text = posts(page, path, version=version, weight="71", change_reason="why")
        assert status == expected, version
    entry = records.saved(participant, "VITALS")
    assert (entry.version, entry.data["weight"]) == (1, "68.5")


def test_a_closed_session_and_a_wrong_token_save_nothing(participant, investigator, visit):
    path = form_path(participant.code, "DEMOG")
    page = visit(investigator.email, path, fresh=True)
    status, text = posts(page, path, csrfmiddlewaretoken="x" * 64, version="0", sex="F")
    assert status == 403
    assert "Traceback" not in text
    page.context.clear_cookies()
    status, _text = posts(page, path, version="0", sex="F")
    assert status in (200, 403)
    assert records.saved(participant, "DEMOG") is None


@pytest.mark.parametrize(
    "path",
    [
        "/participants/%00/",
        "/participants/FR-05-001/SCR/CONSENT/0/",
        "/participants/FR-05-001/SCR/CONSENT/99999999999999999999/",
        "/participants/' OR 1=1 --/",
        "/queries/99999999999999999999/",
        "/find/?code=%00",
        "/centres/%F0%9F%92%A9/",
    ],
)
def test_made_up_addresses_are_answered_calmly(investigator, visit, path):
    page = visit(investigator.email)
    answer = page.goto(path)
    assert answer.status in (400, 404, 422), answer.status
    assert "Traceback" not in page.content()
    axe(page)


def test_a_day_of_screening_that_cannot_be(dijon, investigator, visit):
    page = visit(investigator.email, f"/centres/{dijon.code}/screen/")
    with acting(Actor.system("tests")):
        before = Participant.objects.filter(centre=dijon).count()
    for typed in ("", "yesterday", "31/02/2019", "31/12/2999", "x" * 500, "01/01/0001"):
        page.fill("#screened_on", typed)
        page.click("button:has-text('Screen FR-05-')")
        page.wait_for_selector("#screened-finding")
        assert page.input_value("#screened_on") == typed
    axe(page)
    shows(page, "Screen a participant")
    with acting(Actor.system("tests")):
        assert Participant.objects.filter(centre=dijon).count() == before


def test_after_a_refused_act_reload_and_back_lead_to_its_page(clone, visit):
    """The lock has an address that takes a form alone: its page is that of the trial."""
    page = visit(people.person(Role.DATA_MANAGER).email, "/trial/")
    page.click("form[action='/trial/lock/'] button")
    page.wait_for_selector("main [aria-invalid='true']")
    assert page.url.endswith("/trial/")
    with page.expect_response(lambda answer: answer.url.endswith("/trial/")) as again:
        page.reload()
    assert (again.value.request.method, again.value.status) == ("GET", 200)
    page.goto("/queries/")
    page.go_back()
    page.wait_for_selector("form[action='/trial/lock/']")
