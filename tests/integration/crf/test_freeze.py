"""What is saved in a frozen casebook is changed no more; what comes later is entered."""

import re

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from crf import actions_queries, reads_freeze
from crf.models import DataQuery, Draft, Entry, Freeze, Participant, TrialLock
from reminet_site.context import acting, because
from reminet_site.errors import Refusal
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.test_form import CONSENT
from tests.integration.privacy.test_withdrawal import adverse

pytestmark = [pytest.mark.django_db, pytest.mark.promise("DI-07")]
EVENT = adverse("14/01/2016")
CORRECTED = CONSENT | {"information_version": "2.2"}
SAYS = r"This form is frozen since \d+ \w{3} \d{4}: it is read, not changed."


@pytest.fixture
def here():
    made = world.small()
    with acting(SYSTEM):
        DataQuery.objects.update(state="closed")
    save(made.participant, "SCR", "CONSENT", CONSENT)
    save(made.participant, "LOG", "AE", EVENT)
    return made


@pytest.fixture
def manager(here):
    return people.sign_in(Client(), people.person(Role.DATA_MANAGER))


@pytest.fixture
def investigator(here):
    return people.sign_in(Client(), here.investigator)


@pytest.fixture
def frozen(here, manager):
    assert act(manager, here).status_code == 302
    return here


def address(here, tail="freeze/"):
    return f"/participants/{here.participant.code}/{tail}"


def mark(here):
    with acting(SYSTEM):
        return reads_freeze.saved_of(here.participant).mark


def act(client, here, seen=None, **data):
    seen = mark(here) if seen is None else seen
    return client.post(address(here), {"act": "freeze", "seen": seen} | data)


def says(client, where):
    found = client.get(where).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def kept():
    with acting(SYSTEM):
        rows = Freeze.objects.order_by("id").values_list("frozen", "held", "reason")
        return [(frozen, len(held), reason) for frozen, held, reason in rows]


def consent():
    with acting(SYSTEM):
        return Entry.objects.get(form="CONSENT")


def fresh(here):
    """The participant as the next request finds it."""
    with acting(SYSTEM):
        return Participant.objects.select_related("centre").get(pk=here.participant.pk)


def asked(here):
    with acting(SYSTEM):
        return actions_queries.raise_query(
            participant=here.participant, visit="SCR", form="CONSENT", number=1, item="signed",
            text="Is this the date on the consent form?", by=SYSTEM,
        )  # fmt: skip


def test_page_casebook_and_list_say_since_when(frozen, manager, investigator):
    assert kept() == [(True, 1, "")]
    assert re.search(r"Frozen since \d+ \w{3} \d{4}", says(manager, address(frozen)))
    told = "what was saved until then is read, not changed"
    assert told in says(investigator, address(frozen, ""))
    listed = says(investigator, f"/centres/{frozen.centre.code}/participants/")
    assert re.search(r"Frozen \d+ \w{3} \d{4}", listed)


def test_the_form_is_read_and_says_why(frozen, investigator):
    page = address(frozen, "SCR/CONSENT/1/")
    found = says(investigator, page)
    assert "Nothing can be changed here." in found
    assert re.search(SAYS, found)


def test_it_is_neither_saved_nor_drafted(frozen, investigator):
    page = address(frozen, "SCR/CONSENT/1/")
    drafted = investigator.post(f"{page}draft/", CORRECTED | {"version": "1"})
    assert drafted.status_code == 422
    with acting(SYSTEM):
        assert not Draft.objects.exists()
    refused = investigator.post(page, CORRECTED | {"version": "1", "change_reason": "read again"})
    assert refused.status_code == 422
    assert re.search(SAYS, refused.content.decode())
    assert consent().version == 1
    with pytest.raises(Refusal, match=SAYS):
        save(fresh(frozen), "SCR", "CONSENT", CORRECTED, version=1, reason="read again")


def test_the_database_has_the_last_word(frozen):
    with (
        acting(SYSTEM),
        because("by another way"),
        pytest.raises(DatabaseError, match="frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE crf_entry SET version = version + 1 WHERE form = 'CONSENT'")


def test_what_was_begun_before_the_freeze_waits_as_a_draft(here, manager, investigator):
    page = address(here, "SCR/CONSENT/1/")
    investigator.post(f"{page}draft/", CORRECTED | {"version": "1"})
    act(manager, here)
    found = investigator.get(page).content.decode()
    assert "Nothing can be changed here." in found
    assert 'value="2.1"' in found  # what is saved, not what was typed
    assert 'value="2.2"' not in found
    assert "What you typed here until" in found
    assert investigator.post(f"{page}discard/", {"draft_of": ""}).status_code == 302
    assert "What you typed here until" not in investigator.get(page).content.decode()
    with acting(SYSTEM):
        assert not Draft.objects.exists()


def test_a_save_that_is_refused_keeps_what_was_typed(frozen, manager, investigator):
    page = address(frozen, "SCR/CONSENT/1/")
    investigator.post(page, CORRECTED | {"version": "1", "change_reason": "read again"})
    with acting(SYSTEM):
        assert Draft.objects.get().raw["information_version"] == ["2.2"]
    act(manager, frozen, act="back", reason="A date is wrong.")
    assert 'value="2.2"' in investigator.get(page).content.decode()


def test_new_forms_are_still_entered_and_may_be_corrected(frozen, investigator):
    later = save(fresh(frozen), "LOG", "CM", {"treatment": "Paracetamol"})
    assert later.pk
    again = {"treatment": "Paracetamol 1 g"}
    assert save(fresh(frozen), "LOG", "CM", again, 1, "dose added").version == 2
    assert consent().version == 1


def test_an_adverse_event_stays_open(frozen):
    """What becomes known of one is told within 24 hours, whoever is at work."""
    worse = save(fresh(frozen), "LOG", "AE", EVENT | {"grade": "2"}, 1, "chart read again")
    assert worse.version == 2


def test_what_came_later_is_frozen_by_the_next_one(frozen, manager):
    assert act(manager, frozen).status_code == 422  # nothing new
    save(fresh(frozen), "LOG", "CM", {"treatment": "Paracetamol"})
    assert says(manager, address(frozen, "")).count("after the freeze") == 1
    assert "2 forms saved, adverse events apart; 1 after the freeze" in says(
        manager, address(frozen)
    )
    assert act(manager, frozen).status_code == 302
    with pytest.raises(Refusal, match=SAYS):
        save(fresh(frozen), "LOG", "CM", {"treatment": "Aspirin"}, 1, "misread")


def test_what_says_the_same_is_no_change(frozen):
    """A file that grows is imported again, with lines that are saved already."""
    same = save(fresh(frozen), "SCR", "CONSENT", CONSENT, version=1)
    assert same.version == 1


def test_an_adverse_event_is_counted_with_nothing(here, manager):
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "chart read again")
    assert "1 form saved, adverse events apart" in says(manager, address(here))
    act(manager, here)
    save(fresh(here), "LOG", "AE", EVENT, 2, "misread")
    assert "All that is saved in this casebook is frozen." in says(manager, address(here))
    assert act(manager, here).status_code == 422


def test_a_query_that_is_not_closed_stops_it(here, manager):
    asked(here)
    found = says(manager, address(here))
    assert "1 query is not closed. Freeze the casebook when it is." in found
    assert "Freeze 1 form" not in found
    assert act(manager, here).status_code == 422
    assert kept() == []


def test_a_query_is_raised_and_answered_on_what_is_frozen(frozen, manager, investigator):
    """The answer may be that nothing is wrong; a correction needs the freeze taken back."""
    place = {"code": frozen.participant.code, "visit": "SCR", "form": "CONSENT", "number": "1"}
    raised = manager.post("/queries/new/", place | {"item": "signed", "text": "Is it the day?"})
    assert raised.status_code == 302
    with acting(SYSTEM):
        query = DataQuery.objects.latest("id")
    answered = investigator.post(f"/queries/{query.pk}/", {"act": "answer", "text": "It is."})
    assert answered.status_code == 302


def test_what_was_saved_since_the_page_was_opened_is_not_frozen(here, manager):
    seen = mark(here)
    save(here.participant, "SCR", "CONSENT", CORRECTED, 1, "read again")
    refused = act(manager, here, seen=seen)
    assert refused.status_code == 409
    assert "changed since you opened this page" in refused.content.decode()
    assert kept() == []


def test_it_is_taken_back_with_a_reason_and_both_stay(frozen, manager):
    empty = act(manager, frozen, act="back", reason=" ")
    assert empty.status_code == 422
    assert "Write why the freeze is taken back." in empty.content.decode()
    telling = act(manager, frozen, act="back", reason="he is on lanreotide")
    assert telling.status_code == 422
    assert act(manager, frozen, act="back", reason="A date is wrong.").status_code == 302
    assert act(manager, frozen, act="back", reason="A date is wrong.").status_code == 422
    assert kept() == [(True, 1, ""), (False, 0, "A date is wrong.")]
    assert save(fresh(frozen), "SCR", "CONSENT", CORRECTED, 1, "read again").version == 2
    found = says(manager, address(frozen))
    assert "Not frozen" in found
    assert "A date is wrong." in found
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT reason, new FROM audit.trail WHERE relation = 'crf_freeze'"
            " AND item = '#frozen' ORDER BY id"
        )
        assert cursor.fetchall() == [
            ("freeze of the casebook", "true"),
            ("A date is wrong.", "false"),
        ]


@pytest.mark.promise("AC-02")
@pytest.mark.parametrize(
    "role", [Role.PRINCIPAL_INVESTIGATOR, Role.SITE_COORDINATOR, Role.MONITOR, Role.AUDITOR]
)
def test_others_read_it_and_have_no_button(here, role):
    client = people.sign_in(Client(), people.person(role, here.centre))
    found = says(client, address(here))
    assert "A data manager freezes it" in found
    assert "Freeze 1 form" not in found
    assert act(client, here).status_code == 403
    assert kept() == []


def test_an_empty_casebook_and_a_locked_trial_have_nothing_to_freeze(manager, here):
    with acting(SYSTEM):
        other = Participant.objects.create(
            centre=here.centre, number=7, code="FR-05-007", screened_on="2016-01-14"
        )
    empty = manager.post(f"/participants/{other.code}/freeze/", {"act": "freeze", "seen": ""})
    assert "there is nothing to freeze" in empty.content.decode()
    with acting(SYSTEM):
        TrialLock.objects.create(
            locked=True, reason="End", open_queries=0, at="2016-02-01T09:00Z", by=None
        )
    assert act(manager, here).status_code == 422
    assert kept() == []


def test_a_locked_trial_keeps_its_freezes(frozen, manager):
    with acting(SYSTEM):
        TrialLock.objects.create(
            locked=True, reason="End", open_queries=0, at="2016-02-01T09:00Z", by=None
        )
    assert "Take the freeze back" not in says(manager, address(frozen))
    assert act(manager, frozen, act="back", reason="A date is wrong.").status_code == 422
    assert kept() == [(True, 1, "")]


def test_nothing_is_done_where_no_button_was_pressed(here, manager):
    assert act(manager, here, act="").status_code == 422
    assert kept() == []


def test_what_lacks_in_a_frozen_form_is_not_asked_for(here, manager, investigator):
    home = f"/centres/{here.centre.code}/"
    half = {"birth_month.month": "5", "birth_month.year": "1950", "sex": "M"}
    save(here.participant, "SCR", "VITALS", {"visit_date": "14/01/2016", "weight": "70"})
    save(here.participant, "SCR", "DEMOG", half | {"contraception": "yes"})
    assert "blank" in says(investigator, home)
    act(manager, here)
    assert "blank" not in says(investigator, home)
