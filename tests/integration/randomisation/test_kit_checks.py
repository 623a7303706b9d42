"""An injection that names a kit which was not taken for it: a query by a check, closed again."""

import html
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import study
from crf.actions_lock import lock_trial
from crf.models import DataQuery, Entry, Participant
from crf.places import place_at
from randomisation import actions, kit_checks
from randomisation.models import Dispensing, Kit
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people
from tests.allocations import SYSTEM
from tests.integration.analysis import trial

WRONG = "99999"
CONFIRM = "confirm.randomisation.kit.kit"


@pytest.fixture
def client(dijon):
    return people.sign_in(Client(), people.person(Role.INVESTIGATOR, dijon))


def kit_of(participant, visit="INJ-01"):
    with acting(SYSTEM):
        return Dispensing.objects.get(participant=participant, visit=visit).kit.number


def save(client, participant, kit, version=0, visit="INJ-01", **more):
    """The injection is saved; a number that is not the one taken is kept with a comment."""
    response = post(client, participant, kit, version, visit, **{CONFIRM: "read on the box"} | more)
    assert response.status_code == 302, response.content.decode()[:3000]


def post(client, participant, kit, version=0, visit="INJ-01", act="", **more):
    day = participant.randomised_on
    answers = {"visit_date": f"{day:%d/%m/%Y}", "injection": "given", "kit": kit} | more
    sent = answers | {"version": str(version), "change_reason": "read again" if version else ""}
    address = f"/participants/{participant.code}/{visit}/INJ/1/{act}"
    return client.post(address, sent, headers={"X-Requested-With": "fetch"} if act else None)


def queries(**where):
    """(state, text, check) of the queries on the kit, in order."""
    with acting(SYSTEM):
        found = DataQuery.objects.filter(item="kit", **where).order_by("id")
        return [
            (one.state, *[step.text for step in one.steps.order_by("id")][:1], one.check_name)
            for one in found
        ]


def said(kit, participant, visit="INJ-01"):
    return kit_checks.sentence(kit, participant.code, kit_checks.english(visit))


def test_another_number_is_told_beside_the_box_while_it_is_typed(treated, client):
    told = f"Kit {WRONG} was not taken for FR-05-001 at Injection 1."
    for kit, tells in ((WRONG, True), (kit_of(treated[0]), False), ("", False)):
        text = post(client, treated[0], kit, act="draft/").content.decode()
        assert (told in text, CONFIRM in text) == (tells, tells)
    assert queries() == []


def test_another_number_is_saved_with_a_comment_alone(treated, client):
    refused = post(client, treated[0], WRONG)
    assert refused.status_code == 422
    assert f"Kit {WRONG} was not taken for FR-05-001 at Injection 1." in refused.content.decode()
    assert queries() == []
    save(client, treated[0], WRONG, **{CONFIRM: "the box of the neighbour"})
    with acting(SYSTEM):
        kept = Entry.objects.get(participant=treated[0], form="INJ").comments
    assert kept == {
        "kit:randomisation.kit": {"value": WRONG, "comment": "the box of the neighbour"}
    }


def test_the_comment_confirms_one_number_and_no_other(treated, client):
    save(client, treated[0], WRONG)
    assert post(client, treated[0], WRONG, version=1, weight="61.5").status_code == 302
    assert post(client, treated[0], "99998", version=2, weight="61.5").status_code == 422


def test_the_sentence_beside_the_box_is_told_in_french(treated, client):
    client.cookies["django_language"] = "fr"
    text = post(client, treated[0], WRONG).content.decode()
    assert f"Le kit {WRONG} n’a pas été pris pour FR-05-001" in html.unescape(text)


def test_the_right_kit_raises_nothing(treated, client):
    save(client, treated[0], kit_of(treated[0]))
    assert queries() == []


def test_another_number_raises_a_query_on_the_item(treated, client):
    save(client, treated[0], WRONG)
    assert queries() == [("open", said(WRONG, treated[0]), "randomisation.kit")]
    with acting(SYSTEM):
        one = DataQuery.objects.get(item="kit")
        assert (one.visit, one.form, one.number, one.raised_by) == ("INJ-01", "INJ", 1, None)
    text = client.get("/centres/FR-05/queries/").content.decode()
    assert f"Kit {WRONG} was not taken for FR-05-001 at Injection 1." in text


def test_the_kit_of_somebody_else_and_of_another_visit_are_wrong_too(treated, client, dijon):
    with acting(SYSTEM):
        later = actions.dispense(participant=treated[0], visit="INJ-02", by=SYSTEM).kit.number
    for version, kit in enumerate((kit_of(treated[1]), later)):
        save(client, treated[0], kit, version=version)
    assert [state for state, *_ in queries()] == ["closed", "open"]
    assert queries()[1][1] == said(later, treated[0])


def test_it_is_closed_when_the_number_is_corrected(treated, client):
    save(client, treated[0], WRONG)
    save(client, treated[0], kit_of(treated[0]), version=1)
    assert [state for state, *_ in queries()] == ["closed"]


def test_it_stays_one_query_while_other_answers_change(treated, client):
    save(client, treated[0], WRONG)
    save(client, treated[0], WRONG, version=1, weight="61.5")
    save(client, treated[0], WRONG, version=2, weight="61.5")
    assert [state for state, *_ in queries()] == ["open"]


def test_an_injection_that_was_not_given_has_no_kit_to_compare(treated, client):
    save(client, treated[0], WRONG)
    save(client, treated[0], "", version=1, injection="not_given", reason="other")
    assert [state for state, *_ in queries()] == ["closed"]


def test_it_is_closed_when_the_kit_is_taken_afterwards(treated, client, dijon):
    """The injection was entered first, with the number of the box that the service then gives."""
    with acting(SYSTEM):
        number = Kit.objects.filter(centre=dijon, status="available").first().number
    save(client, treated[0], number, visit="INJ-02")
    assert [state for state, *_ in queries()] == ["open"]
    with acting(SYSTEM), mock.patch("randomisation.actions.dispensing.take", return_value=number):
        actions.dispense(participant=treated[0], visit="INJ-02", by=SYSTEM)
    assert [state for state, *_ in queries()] == ["closed"]


def test_it_stays_open_when_another_kit_is_taken_afterwards(treated, client):
    save(client, treated[0], WRONG, visit="INJ-02")
    with acting(SYSTEM):
        actions.dispense(participant=treated[0], visit="INJ-02", by=SYSTEM)
    assert [state for state, *_ in queries()] == ["open"]


def test_the_queries_of_the_form_and_this_one_do_not_close_each_other(treated, client):
    with acting(SYSTEM):
        answers = {"l1_imaging_date": "2020-01-01"}
        trial.entry(treated[0], "TUMOUR", "SCR", answers, -9)
    save(client, treated[0], WRONG)
    assert states() == {"first_in_time": "open", "randomisation.kit": "open"}
    save(client, treated[0], kit_of(treated[0]), version=1)
    assert states() == {"first_in_time": "open", "randomisation.kit": "closed"}


def states():
    with acting(SYSTEM):
        return dict(DataQuery.objects.values_list("check_name", "state"))


@pytest.mark.promise("BL-01")
def test_the_sentence_is_the_same_whatever_the_kit_holds(treated, client, dijon):
    """Kits of both arms, typed where they do not belong: the texts differ by the numbers alone."""
    with acting(SYSTEM):
        others = list(
            Kit.objects.filter(centre=dijon, status="available").values_list("number", flat=True)
        )
    for version, kit in enumerate(others):
        save(client, treated[0], kit, version=version)
    texts = {text.replace(kit, "#") for (_, text, _), kit in zip(queries(), others, strict=True)}
    assert texts == {said("#", treated[0])}


DAY = "confirm.randomisation.kit.visit_date"


def earlier(participant, days=3):
    day = participant.randomised_on - timedelta(days=days)
    return {"visit_date": f"{day:%d/%m/%Y}"}


def of_items():
    with acting(SYSTEM):
        found = DataQuery.objects.filter(check_name="randomisation.kit").order_by("id")
        return list(found.values_list("item", "state"))


def test_an_injection_before_its_kit_was_taken_is_told_and_asked_about(treated, client):
    """The kit is taken today; the injection is dated three days ago."""
    one, taken = treated[0], treated[0].randomised_on
    with acting(SYSTEM):  # the form refuses a day before the randomisation
        Participant.objects.filter(pk=one.pk).update(randomised_on=taken - timedelta(days=9))
    sentence = f"Kit {kit_of(one)} was taken for this visit on {taken:%d/%m/%Y}, after this"
    typed = post(client, one, kit_of(one), act="draft/", **earlier(one)).content.decode()
    assert sentence in typed
    assert DAY in typed
    assert post(client, one, kit_of(one), **earlier(one)).status_code == 422
    save(client, one, kit_of(one), **earlier(one), **{DAY: "entered in the service later"})
    assert of_items() == [("visit_date", "open")]
    save(client, one, kit_of(one), version=1)  # the day on which it was taken
    assert of_items() == [("visit_date", "closed")]


def set_aside(number, reason="broken needle"):
    with acting(SYSTEM):
        actions.quarantine(kit=Kit.objects.get(number=number), reason=reason, by=SYSTEM)


def test_the_number_of_a_kit_that_was_set_aside_is_told_and_asked_about(treated, client):
    one, number = treated[0], kit_of(treated[0])
    set_aside(number)
    told = f"Kit {number} was set aside after it was taken for FR-05-001 at Injection 1."
    assert told in post(client, one, number, act="draft/").content.decode()
    assert post(client, one, number).status_code == 422
    save(client, one, number)
    assert of_items() == [("kit", "open")]
    with acting(SYSTEM):
        other = actions.dispense(participant=one, visit="INJ-01", by=SYSTEM).kit.number
    save(client, one, other, version=1)
    assert of_items() == [("kit", "closed")]


def test_a_kit_set_aside_after_the_injection_was_saved_is_asked_about(treated, client):
    save(client, treated[0], kit_of(treated[0]))
    assert of_items() == []
    set_aside(kit_of(treated[0]))
    assert of_items() == [("kit", "open")]


def test_a_kit_is_set_aside_after_the_lock_and_nothing_is_asked(treated, client):
    save(client, treated[0], kit_of(treated[0]))
    with acting(SYSTEM):
        lock_trial(reason="the end", by=SYSTEM)
    set_aside(kit_of(treated[0]))
    assert of_items() == []


def test_a_refused_save_raises_nothing(treated, client):
    sent = {"visit_date": "01/01/1990", "injection": "given", "kit": WRONG, "version": "0"}
    address = f"/participants/{treated[0].code}/INJ-01/INJ/1/"
    assert client.post(address, sent).status_code == 422
    assert queries() == []


def test_forms_without_a_kit_are_not_asked_about(treated):
    with acting(SYSTEM):
        entry = Entry.objects.filter(form="CONSENT").first()
        study.current()
        consent = place_at(treated[0].code, "SCR", "CONSENT", 1)
        blank = place_at(treated[0].code, "INJ-01", "INJ", 1)
        with CaptureQueriesContext(connection) as seen:
            kit_checks.entry_saved(entry, {})
            assert not [*kit_checks.findings(consent, {"kit": WRONG})]
            assert not [*kit_checks.findings(blank, {"kit": {"missing": "not_available"}})]
    assert len(seen) == 0


def test_an_injection_costs_two_statements(treated):
    with acting(SYSTEM):
        one = Participant.objects.get(pk=treated[0].pk)
        entry = trial.entry(one, "INJ", "INJ-01", {"injection": "given"} | {"kit": "x"}, 1)
        entry.data = {"kit": kit_of(one)}
        with CaptureQueriesContext(connection) as seen:
            kit_checks.entry_saved(entry, {})
    assert len(seen) == 2
