"""What else happens in a trial, in the script of the two worlds: accounts, centres and their teams,
roles, reviews, queries, a withdrawal, a redaction, files of the trail, the end of retention.
"""

import base64
from datetime import timedelta
from typing import Any

from crf import actions_import, endorsement, import_file, study, tasks
from crf.models import AuthorityReport, CentralReading, Entry, Participant, SeriousReport
from crf.reads_freeze import saved_of
from randomisation.models import Dispensing
from reminet_site.context import acting
from reminet_site.models import Grant, User
from reminet_site.roles import Role
from reminet_site.trail import copies
from reminet_site.trail.models import TrailCopy
from tests import allocations, people

SYSTEM = allocations.SYSTEM
AGAIN = {"password": people.PASSWORD}
NEWCOMER = "anna@hospital.example"
SERIOUS = {
    "term": "Sepsis",
    "grade": "3",
    "start.day": "1",
    "start.month": "3",
    "start.year": "2026",
    "ongoing": "yes",
    "serious": "yes",
    "seriousness": "hospital",
    "aware_on": "01/03/2026",
    "aware_at": "08:00",
    "version": "0",
}
QUESTION = "Is this the date on the consent form?"


def everyday(trial: Any) -> None:
    """`trial` has post(role, name, args, data), which keeps the answer."""
    accounts(trial)
    centres(trial)
    casebook(trial)
    records(trial)


def accounts(trial: Any) -> None:
    """Somebody is invited, gets one role alone and asks for one that takes two persons."""
    admin = Role.ADMINISTRATOR
    trial.post(admin, "people", [], {"name": "Anna Meier", "email": NEWCOMER, **AGAIN})
    newcomer = User.objects.get(email=NEWCOMER)
    for role in (Role.SITE_COORDINATOR, Role.INVESTIGATOR):
        given = {"act": "give", "reason": "works here", "role": role.value, "centre": "FR-05"}
        trial.post(admin, "person", [newcomer.pk], given | AGAIN)
    trial.post(admin, "access_review", [], {"period": "2026-Q1", "note": "all known", **AGAIN})
    trial.post(Role.TRIAL_STATISTICIAN, "analysis:token", [], AGAIN)
    people.enrol(people.person(Role.INVESTIGATOR, trial.centre))


def centres(trial: Any) -> None:
    sponsor = Role.SPONSOR_MANAGER
    data = {"code": "FR-21", "name": "Nantes", "country": "FR", "timezone": "Europe/Paris"}
    trial.post(sponsor, "centres", [], data | AGAIN)
    with acting(SYSTEM):
        grant = Grant.objects.get(user__email=NEWCOMER)
    taught = {"grant": grant.pk, "kind": "training", "on": "2026-01-05", "what": "as taught"}
    trial.post(sponsor, "team", ["FR-05"], taught | AGAIN)
    trial.post(sponsor, "centre_state", ["FR-21"], {"reason": "ready", **AGAIN})


def casebook(trial: Any) -> None:
    allocations.participants(trial.centre, 2, first=10)  # in screening
    for code in ("1", "99"):  # several that end so, and none
        trial.post(Role.DATA_MANAGER, "crf:find", [], {"code": code})
    place = {"code": "FR-05-001", "visit": "SCR", "form": "CONSENT", "number": "1"}
    asked = place | {"item": "signed", "text": QUESTION}
    trial.post(Role.MONITOR, "crf:raise_query", [], asked)
    with acting(SYSTEM):
        seen = Entry.objects.get(participant__code="FR-05-001", visit="INJ-01", form="INJ")
    here = ["FR-05-001", "INJ-01", "INJ", 1]
    trial.post(Role.MONITOR, "crf:verify", here, {"version": seen.version, "act": "verify"})
    trial.post(Role.INVESTIGATOR, "crf:endorsement", ["FR-05-001"], signing("FR-05-001"))
    freezing(trial, "FR-05-002")
    leaves = {"withdrawn_on": "02/03/2026", "scope": "collection", "way": "spoken", "version": "0"}
    leaves |= {"confirm.crf.withdrawal.withdrawn_on": "Said on the day before"}
    trial.post(Role.INVESTIGATOR, "crf:form", ["FR-05-004", "LOG", "WITHDRAW", 1], leaves)
    serious_event(trial)
    central_review(trial)
    trial.post(Role.INVESTIGATOR, "crf:import", ["FR-05", "CM"], imported("FR-05-001"))
    # the kit of somebody else, which is asked about
    trial.post(Role.INVESTIGATOR, "crf:form", ["FR-05-001", "INJ-01", "INJ", 1], kit_of_another())


def serious_event(trial: Any) -> None:
    """Told by mail, and again when its report is overdue; judged, and told to the authority."""
    place = ["FR-05-001", "LOG", "AE", 1]
    trial.post(Role.INVESTIGATOR, "crf:form", place, SERIOUS)
    tasks.escalate_overdue_reports()
    with acting(SYSTEM):
        report = SeriousReport.objects.get()
    assert report.escalated_at is not None
    whole = SERIOUS | {"version": "1", "related": "possible", "change_reason": "said by phone"}
    trial.post(Role.INVESTIGATOR, "crf:form", place, whole)
    opinion = {"related": "no", "expected": "no", "reason": "It was there before the product."}
    trial.post(Role.SAFETY_PHYSICIAN, "crf:serious_event", [report.entry_id], opinion)
    with acting(SYSTEM):  # two weeks later
        SeriousReport.objects.update(known_at=report.known_at - timedelta(days=14))
    tasks.remind_of_authority_reports()
    with acting(SYSTEM):
        assert SeriousReport.objects.get().reminded_on is not None
    told = {"reference": "FFCD-0007", "sent_on": "02/03/2026", "complete": "yes"}
    trial.post(Role.SAFETY_PHYSICIAN, "crf:report_sent", [report.entry_id], told)
    with acting(SYSTEM):
        assert AuthorityReport.objects.exists()


def central_review(trial: Any) -> None:
    """Images are read, and once more."""
    with acting(SYSTEM):
        entry = Entry.objects.get(participant__code="FR-05-001", form="RECIST")
    images = entry.pk
    seen = {"response": "SD", "new_lesions": "no", "sum_mm": "41.5", "comment": "Liver alone"}
    seen |= {"imaging_on": str(entry.visit_date)}
    trial.post(Role.CENTRAL_READER, "crf:central_reading", [images], seen | {"after": "0"})
    with acting(SYSTEM):
        first = CentralReading.objects.get().pk
    again = seen | {"response": "PD", "after": str(first), "reason": "A second reader asked."}
    trial.post(Role.CENTRAL_READER, "crf:central_reading", [images], again)


def freezing(trial: Any, code: str) -> None:
    """A casebook is frozen, that is taken back, and it is frozen again."""
    for act in ("freeze", "back", "freeze"):
        with acting(SYSTEM):
            seen = saved_of(Participant.objects.get(code=code)).mark
        data = {"act": act, "seen": seen, "reason": "A date is to be corrected."}
        trial.post(Role.DATA_MANAGER, "crf:freeze", [code], data)


def signing(code: str) -> dict[str, str]:
    """What the page of the casebook's signatures posts; what is saved later breaks it."""
    with acting(SYSTEM):
        seen = endorsement.seen_of(Participant.objects.get(code=code))
    return {"milestone": "casebook", "seen": seen["casebook"], **AGAIN}


def imported(code: str) -> dict[str, str]:
    """What the page of a file of entries posts when it is imported."""
    content = f"participant,visit,number,treatment\n{code},LOG,1,Paracetamol\n".encode()
    file = import_file.read("medication.csv", content, study.current().definition.form("CM"))
    with acting(SYSTEM):
        centre = Participant.objects.get(code=code).centre
        seen = actions_import.try_out(centre=centre, file=file, by=SYSTEM).seen
    coded = base64.b64encode(content).decode()
    return {"act": "import", "name": file.name, "content": coded, "seen": seen}


def kit_of_another() -> dict[str, str]:
    with acting(SYSTEM):
        mine = Participant.objects.get(code="FR-05-001")
        other = Dispensing.objects.get(participant__code="FR-05-002", visit="INJ-01")
        day = f"{mine.randomised_on:%d/%m/%Y}"
        kit = other.kit.number
    answers = {"visit_date": day, "injection": "given", "kit": kit}
    kept = {"confirm.randomisation.kit.kit": "the box of the other one"}
    return answers | kept | {"version": "1", "change_reason": "typed again"}


def records(trial: Any) -> None:
    row = {"row": "1", "side": "new", "reason": "a person is named in it", **AGAIN}
    trial.post(Role.DATA_MANAGER, "redactions", [], row)
    trial.post(Role.DATA_MANAGER, "analysis:retention", [], {})
    trial.post(Role.AUDITOR, "trail", [], {"participant": "FR-05-001", **AGAIN})
    with acting(SYSTEM):
        pk = TrailCopy.objects.get().pk
    made = copies.make(pk)
    assert made is not None
    trial.found.keep("file of the trail", copies.path_of(made).read_bytes())
