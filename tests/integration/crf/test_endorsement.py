"""Casebooks are signed at the milestones of the definition, and what is not signed is listed."""

from dataclasses import replace

import pytest

from crf import actions, actions_endorsement, actions_lock, endorsement, study
from crf.actions_queries import close_query
from crf.definition.plan import Milestone
from crf.models import DataQuery, Entry, TrialLock
from crf.signed import ENDORSED, answers_of
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Signature
from reminet_site.roles import Role, Verb
from reminet_site.signatures import reads as signatures
from tests import people, world
from tests.conftest import superuser
from tests.integration.crf.casebooks import (
    EVENT,
    SYSTEM,
    endorse,
    left,
    randomised,
    save,
    sign,
    signed,
    states,
)
from tests.integration.crf.test_form import CONSENT

pytestmark = [pytest.mark.promise("ES-08")]


@pytest.fixture
def here(database) -> world.Small:
    return randomised()


def test_each_milestone_is_asked_for_and_signed_by_itself(here):
    assert states(here.participant) == {"baseline": "unsigned", "casebook": "unsigned"}
    assert left() == {"FR-05": 1}
    made = sign(here, "baseline")
    assert (made.kind, made.record, made.meaning) == ("casebook", "FR-05-001 baseline", ENDORSED)
    assert (made.name, made.role) == ("Investigator FR-05", "investigator")
    assert states(here.participant) == {"baseline": "signed", "casebook": "unsigned"}
    assert left() == {"FR-05": 1}


def test_who_signs_the_whole_signs_the_baseline_with_it(here):
    sign(here, "casebook")
    assert states(here.participant) == {"baseline": "signed", "casebook": "signed"}
    assert signed() == [("FR-05-001 baseline", True), ("FR-05-001 casebook", True)]
    assert left() == {}


def test_signing_the_whole_mends_a_broken_baseline_too(here):
    """Nothing is left to sign again that nobody may sign."""
    sign(here, "baseline")
    save(here.participant, "SCR", "CONSENT", CONSENT | {"copy_given": "no"}, 1, "Read again.")
    sign(here, "casebook")
    assert states(here.participant) == {"baseline": "signed", "casebook": "signed"}
    with acting(SYSTEM):
        assert signatures.broken() == ()
    assert signed()[0] == ("FR-05-001 baseline", False)


def test_a_value_that_is_put_back_is_signed_as_it_was(here):
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT, 2, "It was right before.")
    assert states(here.participant) == {"baseline": "signed", "casebook": "signed"}
    assert [holds for record, holds in signed() if "casebook" in record] == [True, False]
    with acting(SYSTEM):
        assert signatures.broken() == ()


def test_signing_the_whole_leaves_a_baseline_that_holds(here):
    sign(here, "baseline")
    sign(here, "casebook")
    assert [record for record, _holds in signed()] == ["FR-05-001 baseline", "FR-05-001 casebook"]


@pytest.mark.promise("ES-04")
def test_a_change_breaks_the_signatures_of_what_holds_it_and_no_other(here):
    sign(here, "baseline")
    sign(here, "casebook")
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    assert states(here.participant) == {"baseline": "signed", "casebook": "changed"}
    assert left() == {"FR-05": 1}
    sign(here, "casebook")
    assert states(here.participant) == {"baseline": "signed", "casebook": "signed"}
    assert [holds for _record, holds in signed()] == [True, False, True]


@pytest.mark.clones
@pytest.mark.promise("ES-04")
def test_what_is_said_to_a_finding_is_signed_with_the_answers(here, database):
    sign(here, "baseline")
    superuser(
        "ALTER TABLE crf_entry DISABLE TRIGGER ALL; "
        'UPDATE crf_entry SET comments = \'{"x": {"value": "1", "comment": "other"}}\' '
        "WHERE form = 'CONSENT'",
        database,
    )
    assert states(here.participant)["baseline"] == "changed"


def injections() -> tuple[Milestone, ...]:
    return (Milestone("given", "Injections", "", visits=("INJ",)),)


@pytest.fixture
def amended(monkeypatch):
    """amended(milestones) changes those of the definition that runs."""

    def change(milestones):
        now = study.current()
        trial = replace(now.definition.trial, milestones=milestones)
        other = replace(now, definition=replace(now.definition, trial=trial))
        monkeypatch.setattr(study, "current", lambda: other)

    return change


def test_a_visit_that_repeats_is_held_with_all_its_numbers(here, amended):
    amended(injections())
    assert states(here.participant) == {}
    injection = {"visit_date": "02/02/2016", "injection": "not_given", "not_given_why": "refusal"}
    with acting(SYSTEM):
        for visit in ("INJ-01", "INJ-10"):
            Entry.objects.create(
                participant=here.participant,
                centre=here.centre,
                visit=visit,
                form="INJ",
                definition_id=study.current().pk,
                data=injection,
                saved_at=now(),
                saved_by=here.investigator,
                filled=1,
                expected=1,
            )
        (one,) = endorsement.of_participant(here.participant)
        (answers,) = answers_of([(here.participant.pk, one.milestone)])
    assert one.entries == answers.entries == 2


def test_an_amendment_that_adds_a_visit_is_signed_again(here, amended):
    """Who signed the baseline of before has not signed what it holds today."""
    sign(here, "baseline")
    wider = Milestone("baseline", "Baseline", "", visits=("SCR", "LOG"), asked="randomisation")
    amended((wider,))
    assert states(here.participant) == {"baseline": "changed"}
    amended((replace(wider, visits=("SCR", "ASM")),))  # of which nothing is entered
    assert states(here.participant) == {"baseline": "signed"}


@pytest.mark.parametrize("before", ["baseline", "casebook"])
def test_what_is_saved_between_the_check_and_a_signature_is_not_signed(here, monkeypatch, before):
    """Nor where it comes between the two signatures of one act."""
    by = Actor.of(here.investigator, Verb.ENDORSE)
    with acting(by):
        seen = endorsement.seen_of(here.participant)["casebook"]
    sign_casebook = actions_endorsement.sign_casebook

    def after_a_save(*asked):
        if asked[1].name == before:
            Entry.objects.filter(form="AE").update(comments={"x": {"value": "1", "comment": "2"}})
        return sign_casebook(*asked)

    monkeypatch.setattr(actions_endorsement, "sign_casebook", after_a_save)
    with acting(by), pytest.raises(Refusal, match="changed since you opened this page"):
        endorse(here, "casebook", seen, by)


@pytest.mark.promise("ES-04")
def test_a_form_that_comes_later_breaks_it_too(here):
    sign(here, "casebook")
    save(here.participant, "SCR", "ELIG", {"source_read": "yes", "participant_willing": "yes"})
    assert states(here.participant) == {"baseline": "changed", "casebook": "changed"}


@pytest.mark.clones
@pytest.mark.promise("ES-03")
def test_an_answer_altered_by_sql_breaks_it(here, database):
    sign(here, "baseline")
    superuser(
        "ALTER TABLE crf_entry DISABLE TRIGGER ALL; "
        "UPDATE crf_entry SET data = data || '{\"copy_given\": \"no\"}' WHERE form = 'CONSENT'",
        database,
    )
    assert states(here.participant)["baseline"] == "changed"
    with acting(SYSTEM):
        assert [one.record for one in signatures.broken()] == ["FR-05-001 baseline"]


@pytest.mark.clones
@pytest.mark.promise("ES-03")
def test_a_signature_moved_to_another_participant_does_not_hold(here, database):
    with acting(SYSTEM):
        other = actions.screen_participant(
            centre=here.centre, screened_on=here.participant.screened_on, by=SYSTEM
        )
    save(other, "SCR", "CONSENT", CONSENT)
    sign(here, "casebook")
    superuser(
        "ALTER TABLE reminet_site_signature DISABLE TRIGGER ALL; "
        f"UPDATE reminet_site_signature SET participant_id = {other.pk}, "
        f"record = '{other.code} casebook'",
        database,
    )
    assert states(other) == {"casebook": "changed"}


def test_nobody_signs_twice_nor_what_is_not_there_nor_what_changed_meanwhile(here):
    by = Actor.of(here.investigator, Verb.ENDORSE)
    with acting(by):
        seen = endorsement.seen_of(here.participant)
    sign(here, "baseline")
    for milestone, error, words in (
        ("baseline", Refusal, "is signed, and the signature holds"),
        ("no-such", NotThere, "nothing to sign"),
    ):
        with acting(by), pytest.raises(error, match=words):
            endorse(here, milestone, seen.get(milestone, ""), by)
    save(here.participant, "LOG", "AE", EVENT | {"grade": "2"}, 1, "Read again.")
    with acting(by), pytest.raises(Refusal, match="changed since you opened this page"):
        endorse(here, "casebook", seen["casebook"], by)
    assert states(here.participant) == {"baseline": "signed", "casebook": "unsigned"}


def test_what_is_left_is_what_the_database_holds(here):
    """The list against a count of its own: participants with an entry, less those signed."""
    with acting(SYSTEM):
        for _ in range(3):
            one = actions.screen_participant(
                centre=here.centre, screened_on=here.participant.screened_on, by=SYSTEM
            )
            save(one, "SCR", "CONSENT", CONSENT)
        empty = actions.screen_participant(
            centre=here.centre, screened_on=here.participant.screened_on, by=SYSTEM
        )
    sign(here, "casebook")
    with acting(SYSTEM):
        truth = (
            Entry.objects.values("participant").distinct().count()
            - Signature.objects.filter(kind="casebook", record__endswith=" casebook").count()
        )
        assert endorsement.of_participant(empty) == ()
    assert left() == {"FR-05": truth} == {"FR-05": 3}


def test_the_lock_asks_for_a_reason_while_a_casebook_is_not_signed(here):
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(manager), pytest.raises(Refusal, match="1 casebook is not signed as it stands"):
        actions_lock.lock_trial(reason="", by=manager)
    with acting(manager):
        made = actions_lock.lock_trial(reason="The investigator left.", by=manager)
    assert made.unsigned == 1
    with acting(SYSTEM):
        assert all(one.holds for one in signatures.signed("lock"))


def test_a_lock_without_a_reason_once_all_is_signed(here):
    sign(here, "casebook")
    close_the_query()
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(manager):
        assert actions_lock.lock_trial(reason="", by=manager).unsigned == 0


def close_the_query():
    """The one that `world.small` leaves."""
    by = Actor.of(people.person(Role.DATA_MANAGER), Verb.CLOSE_QUERY)
    with acting(by):
        close_query(query=DataQuery.objects.get(), by=by)


@pytest.mark.clones
def test_a_lock_of_before_casebooks_were_signed_still_holds(here, database):
    """Its signature knew no number of casebooks."""
    from reminet_site.signatures.binding import digest

    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(manager):
        made = actions_lock.lock_trial(reason="end", by=manager)
    with acting(SYSTEM):
        signed = Signature.objects.get(kind="lock")
        row = TrialLock.objects.values("pk", "locked", "reason", "open_queries", "by_id", "at")
        before = digest(signed, row.get(pk=made.pk))
    superuser(
        "ALTER TABLE crf_triallock DISABLE TRIGGER ALL; "
        "ALTER TABLE reminet_site_signature DISABLE TRIGGER ALL; "
        "UPDATE crf_triallock SET unsigned = NULL; "
        f"UPDATE reminet_site_signature SET sha256 = '{before}' WHERE kind = 'lock'",
        database,
    )
    with acting(SYSTEM):
        assert all(one.holds for one in signatures.signed("lock"))
