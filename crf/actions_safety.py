"""What the sponsor's physician does with a serious event: an opinion, a report that was sent."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from crf import reads_safety, study
from crf.models import AuthorityReport, Entry, SeriousReport, SponsorOpinion
from crf.rules import check_no_arm, check_text
from crf.safety_report import content, lacks
from reminet_site.clock import ClinicalNow, day_at
from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.rules import together

YES_NO = {"yes": True, "no": False}
LONGEST = 500


@transaction.atomic(savepoint=False)
def judge_event(
    *, entry: Entry, related: str, expected: str, reason: str, by: Actor
) -> SponsorOpinion:
    """One more opinion of the sponsor's, on the entry as it stands; the newest counts. The
    investigator's opinion is an answer of the form and stays what it is."""
    together(
        lambda: check_serious(entry),
        lambda: check_answer(related, "related", _("Say whether the sponsor thinks it related.")),
        lambda: check_answer(expected, "expected", _("Say whether it was expected.")),
        lambda: check_text(reason, "reason", _("Say on what grounds."), LONGEST),
        lambda: check_no_arm(reason, "reason"),
    )
    return SponsorOpinion.objects.create(
        entry=entry,
        participant_id=entry.participant_id,
        centre_id=entry.centre_id,
        version=entry.version,
        related=YES_NO[related],
        expected=YES_NO[expected],
        reason=reason.strip(),
        at=ClinicalNow(),
        by_id=by.user_id,
    )


@transaction.atomic(savepoint=False)
def record_report(
    *, entry: Entry, reference: str, sent_on: date, complete: bool, by: Actor
) -> AuthorityReport:
    """A report went to the authority on that day; what it held is kept with it. Refused where the
    event owes none, or where the least that a report must hold is not there."""
    reference = reference.strip()
    event = reads_safety.event_of(entry)
    together(
        lambda: check_serious(entry),
        lambda: check_reportable(event),
        lambda: check_text(reference, "reference", _("Give the sponsor's number."), 40),
        lambda: check_no_arm(reference, "reference"),
        lambda: check_sent_on(entry, sent_on),
    )
    definition = study.current().definition
    held = content(definition, entry, event.opinion, reference)
    missing = lacks(held)
    if missing:
        raise Refusal(_("The report lacks: %(what)s.") % {"what": ", ".join(map(_, missing))})
    return AuthorityReport.objects.create(
        entry=entry,
        participant_id=entry.participant_id,
        centre_id=entry.centre_id,
        reference=reference,
        sent_on=sent_on,
        complete=complete,
        content=held,
        at=ClinicalNow(),
        by_id=by.user_id,
    )


def check_serious(entry: Entry) -> None:
    if not SeriousReport.objects.filter(entry=entry, serious=True).exists():
        raise Refusal(_("This event is not serious any more."))


def check_reportable(event: "reads_safety.Event") -> None:
    if event.opinion is None:
        raise Refusal(_("Give the sponsor's opinion first."))
    if not event.reportable:
        raise Refusal(_("No report is owed: the event is expected, or nobody thinks it related."))


def check_sent_on(entry: Entry, sent_on: date) -> None:
    known = SeriousReport.objects.get(entry=entry).known_at
    if known and sent_on < day_at(known, None):
        raise Refusal(
            _("The sponsor knew of the event on %(day)s: no report went out before.")
            % {"day": f"{day_at(known, None):%d/%m/%Y}"},
            item="sent_on",
        )


def check_answer(typed: str, box: str, ask: str) -> None:
    if typed not in YES_NO:
        raise Refusal(ask, item=box)
