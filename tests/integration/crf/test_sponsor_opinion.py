"""What the sponsor thinks of a serious event stands beside what the investigator thinks."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crf.models import AuthorityReport, Entry, SponsorOpinion
from reminet_site.clock import clinical_now, day_at
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.test_report_clock import EVENT, here, save  # noqa: F401

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
OPINION = {"related": "no", "expected": "no", "reason": "Gallstones were known before."}


@pytest.fixture
def event(here):  # noqa: F811
    """Related for the investigator, who was asked to report it."""
    return save(here, EVENT)


def as_role(role, here):  # noqa: F811
    return people.sign_in(Client(), people.person(role, here.centre))


def address(event):
    return reverse("crf:serious_event", args=[event.pk])


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def kept(model) -> list:
    with acting(SYSTEM):
        return list(model.objects.order_by("id"))


def today() -> str:
    with acting(SYSTEM):
        return f"{day_at(clinical_now(), None):%d/%m/%Y}"


@pytest.mark.promise("SF-03")
def test_the_sponsor_adds_an_opinion_and_takes_none_away(here, event):  # noqa: F811
    physician = as_role(Role.SAFETY_PHYSICIAN, here)
    assert "not judged this event yet" in text(physician.get(address(event)))
    assert physician.post(address(event), OPINION).status_code == 302
    (opinion,) = kept(SponsorOpinion)
    assert (opinion.related, opinion.expected, opinion.version) == (False, False, 1)
    page = text(physician.get(address(event)))
    assert "Possibly related" in page
    assert "related for the investigator: the authority is told" in page
    assert "Fatal or life-threatening: report within 7 days" in page
    assert "Report within 15 days" not in page
    with acting(SYSTEM):
        assert Entry.objects.get(pk=event.pk).data["related"] == "possible"
    # a later opinion is another row; the one before stays
    physician.post(address(event), OPINION | {"related": "yes", "reason": "Reconsidered."})
    assert [one.related for one in kept(SponsorOpinion)] == [False, True]


@pytest.mark.promise("SF-03")
def test_what_the_investigator_has_not_said_counts_as_suspected(here):  # noqa: F811
    event = save(here, EVENT | {"related": []})
    physician = as_role(Role.SAFETY_PHYSICIAN, here)
    physician.post(address(event), OPINION)
    assert "until then it counts as suspected" in text(physician.get(address(event)))
    save(here, EVENT | {"related": ["unrelated"]}, version=1)
    page = text(physician.get(address(event)))
    assert "Neither the investigator nor the sponsor thinks it related" in page
    assert "the form was saved again since" in page


def test_the_list_says_what_the_sponsor_has_to_do(here, event):  # noqa: F811
    physician = as_role(Role.SAFETY_PHYSICIAN, here)
    assert "To be judged" in text(physician.get("/serious-events/"))
    physician.post(address(event), OPINION)
    assert "Authority by" in text(physician.get("/serious-events/"))
    assert sent(here, event).status_code == 302
    assert "Told the authority" in text(physician.get("/serious-events/"))


@pytest.mark.promise("SF-03")
@pytest.mark.parametrize("role", [Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER])
def test_the_sponsor_does_not_write_on_the_form(here, event, role):  # noqa: F811
    client = as_role(role, here)
    form = reverse("crf:form", args=[here.participant.code, "LOG", "AE", 1])
    sent = {name: values[0] for name, values in EVENT.items()}
    sent |= {"related": "unrelated", "version": "1", "change_reason": "The sponsor disagrees."}
    assert client.post(form, sent).status_code == 403
    with acting(SYSTEM):
        assert Entry.objects.get(pk=event.pk).data["related"] == "possible"


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.MONITOR, Role.SPONSOR_MANAGER])
def test_others_read_and_judge_not(here, event, role):  # noqa: F811
    client = as_role(role, here)
    page = client.get(address(event))
    assert page.status_code == 200
    assert "Keep the opinion" not in text(page)
    assert client.post(address(event), OPINION).status_code == 403
    assert kept(SponsorOpinion) == []


def test_what_is_left_out_is_asked_for_beside_its_field(here, event):  # noqa: F811
    physician = as_role(Role.SAFETY_PHYSICIAN, here)
    answer = physician.post(address(event), {"related": "perhaps", "reason": " "})
    assert answer.status_code == 422
    page = answer.content.decode()
    for box in ("opinion-related", "opinion-expected", "opinion-reason"):
        assert f'id="{box}-finding"' in page
    assert kept(SponsorOpinion) == []


@pytest.mark.parametrize("words", ["He is on placebo.", "Expected with LANREOTIDE", "in arm A"])
def test_an_opinion_names_no_arm(here, event, words):  # noqa: F811
    """The physician may have unblinded the participant; who reads the opinion has not."""
    physician = as_role(Role.SAFETY_PHYSICIAN, here)
    answer = physician.post(address(event), OPINION | {"reason": words})
    assert answer.status_code == 422
    assert "tells of an arm" in text(answer)
    assert 'id="opinion-reason-finding"' in answer.content.decode()
    assert kept(SponsorOpinion) == []
    physician.post(address(event), OPINION)
    assert sent(here, event, reference="placebo-7").status_code == 422
    assert kept(AuthorityReport) == []


def sent(here, event, **typed):  # noqa: F811
    physician = as_role(Role.SAFETY_PHYSICIAN, here)
    form = {"reference": "FFCD-0007", "sent_on": today(), "complete": "yes"} | typed
    return physician.post(reverse("crf:report_sent", args=[event.pk]), form)


@pytest.mark.promise("SF-04")
def test_a_report_holds_the_least_that_it_must(here, event):  # noqa: F811
    as_role(Role.SAFETY_PHYSICIAN, here).post(address(event), OPINION)
    assert sent(here, event).status_code == 302
    (report,) = kept(AuthorityReport)
    assert report.content == {
        "trial": "EudraCT 2013-004069-14",
        "reference": "FFCD-0007",
        "participant": here.participant.code,
        "reporter": "Investigator, CHU Dijon (FR-05)",
        "reaction": "Sepsis",
        "product": "lanreotide autogel 120 mg or placebo",
        "investigator": "Possibly related",
        "sponsor": "Not related",
    }
    assert here.investigator.name not in str(report.content)
    page = text(as_role(Role.SPONSOR_MANAGER, here).get(address(event)))
    assert "FFCD-0007" in page
    assert "Sent " in page


@pytest.mark.promise("SF-04")
@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("trial", "Trial number"),
        ("participant", "Participant"),
        ("reporter", "Reporter"),
        ("reaction", "Reaction"),
        ("product", "Product"),
        ("investigator", "Related, says the investigator"),
        ("sponsor", "Related, says the sponsor"),
    ],
)
def test_a_report_that_lacks_something_is_refused(here, event, monkeypatch, missing, says):  # noqa: F811
    from crf import actions_safety

    whole = actions_safety.content
    monkeypatch.setattr(actions_safety, "content", lambda *told: whole(*told) | {missing: ""})
    as_role(Role.SAFETY_PHYSICIAN, here).post(address(event), OPINION)
    answer = sent(here, event)
    assert answer.status_code == 422
    assert f"The report lacks: {says}." in text(answer)
    assert kept(AuthorityReport) == []


@pytest.mark.promise("SF-04")
def test_no_number_no_report(here, event):  # noqa: F811
    as_role(Role.SAFETY_PHYSICIAN, here).post(address(event), OPINION)
    answer = sent(here, event, reference=" ")
    assert answer.status_code == 422
    assert 'id="sent-reference-finding"' in answer.content.decode()


def test_a_report_is_of_an_event_that_owes_one(here, event):  # noqa: F811
    assert "Give the sponsor's opinion first." in text(sent(here, event)).replace("&#39;", "'")
    as_role(Role.SAFETY_PHYSICIAN, here).post(address(event), OPINION | {"expected": "yes"})
    answer = sent(here, event)
    assert answer.status_code == 422
    assert "No report is owed" in text(answer)
    assert kept(AuthorityReport) == []


def test_no_report_went_out_before_the_sponsor_knew(here, event):  # noqa: F811
    as_role(Role.SAFETY_PHYSICIAN, here).post(address(event), OPINION)
    with acting(SYSTEM):
        before = day_at(clinical_now(), None) - timedelta(days=1)
    answer = sent(here, event, sent_on=f"{before:%d/%m/%Y}")
    assert answer.status_code == 422
    assert "no report went out before" in text(answer)


def test_another_centre_sees_no_event_here(here, event):  # noqa: F811
    other = people.centre("FR-11", "CHU Lyon")
    stranger = people.sign_in(Client(), people.person(Role.INVESTIGATOR, other))
    absent = stranger.get(reverse("crf:serious_event", args=[world.MISSING]))
    answer = stranger.get(address(event))
    assert (answer.status_code, absent.status_code) == (404, 404)
    assert text(answer).replace(str(event.pk), "") == text(absent).replace(str(world.MISSING), "")
