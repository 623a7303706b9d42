"""The safety physician judges a serious event and keeps what the authority was told."""

import re

import pytest

from crf import actions
from crf.models import AuthorityReport, SponsorOpinion
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.test_form import CONSENT
from tests.integration.crf.test_report_clock import OPEN
from tests.journeys.conftest import axe
from tests.journeys.steps import shows

pytestmark = pytest.mark.journey
SYSTEM = Actor.system("tests")


@pytest.fixture(scope="module")
def event(clone):
    """A serious event whose relation the investigator has not said."""
    made = world.small()
    consent = {name: [value] for name, value in CONSENT.items()}
    with acting(SYSTEM):
        for visit, form, raw in (("SCR", "CONSENT", consent), ("LOG", "AE", OPEN)):
            actions.save_entry(
                participant=made.participant, visit=visit, form=form, raw=raw, version=0, by=SYSTEM
            )
    return made


def kept(model) -> int:
    with acting(SYSTEM):
        return model.objects.count()


def test_an_event_is_judged_once_and_reported(event, visit):
    page = visit(people.person(Role.SAFETY_PHYSICIAN).email, "/serious-events/")
    shows(page, "Overdue", "To be judged")
    axe(page)
    page.click("main a[href^='/serious-events/']")
    page.wait_for_url(re.compile(r"/serious-events/\d+/$"))
    axe(page)
    page.click("button:has-text('Keep the opinion')")
    page.wait_for_selector("#opinion-reason[aria-invalid]")
    shows(page, "Say whether it was expected.")
    axe(page)
    judge(page)
    shows(page, "The sponsor's opinion is kept.", "until then it counts as suspected")
    axe(page)
    page.go_back()  # the browser loads the page again, and keeps what was typed or not
    judge(page)
    shows(page, "is not done a second time")
    assert kept(SponsorOpinion) == 1
    page.fill("#sent-reference", "FFCD-0007")
    page.click("button:has-text('Keep it as sent')")
    page.wait_for_selector("#form-summary")
    shows(page, "The report lacks: Related, says the investigator.")
    assert page.input_value("#sent-reference") == "FFCD-0007"
    axe(page)
    assert kept(AuthorityReport) == 0


def judge(page):
    page.check("input[name=related][value=no]")
    page.check("input[name=expected][value=no]")
    page.fill("#opinion-reason", "Gallstones were known before.")
    page.click("button:has-text('Keep the opinion')")
    page.wait_for_selector("[data-messages], .messages, [role=status]")
