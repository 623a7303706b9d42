"""Sign a casebook, as an investigator does at the milestones of the definition."""

from django.db import transaction
from django.utils.translation import gettext as _

from crf import endorsement
from crf.endorsement import Standing
from crf.models import Participant
from crf.signed import answers_of, sign_casebook
from crf.words import language
from reminet_site.context import Actor
from reminet_site.errors import Conflict, NotThere, Refusal
from reminet_site.signatures.binding import digest


@transaction.atomic(savepoint=False)
def endorse(*, participant: Participant, milestone: str, seen: str, by: Actor) -> None:
    """The answers of the milestone's visits are signed as they stand, and with them every
    milestone that lies within it and is not signed so.

    `seen` is the hash of the answers that the signer's page told of: nobody signs what came since.
    """
    asked, *within = check_endorse(participant, milestone, seen)
    # Each statement sees what was committed before it: a save since the check would be signed, and
    # nobody has seen it. The milestone is signed last, so that what it holds shows such a save
    # also where it came before one that lies within.
    for one in within:
        sign_casebook(participant, one.milestone, by)
    made = sign_casebook(participant, asked.milestone, by)
    if made and digest(made, {"entries": asked.entries, "sha256": seen}) != made.sha256:
        raise changed_meanwhile(participant)


def check_endorse(participant: Participant, milestone: str, seen: str) -> list[Standing]:
    """What is to be signed, the milestone first. Refused where there is nothing to sign, or not
    what the signer saw."""
    all_ = endorsement.of_participant(participant)
    asked = next((one for one in all_ if one.milestone.name == milestone), None)
    if asked is None:
        raise NotThere(_("There is nothing to sign for this milestone."))
    if asked.holds:
        words = {"milestone": asked.milestone.title(language()), "code": participant.code}
        raise Refusal(_("%(milestone)s of %(code)s is signed, and the signature holds.") % words)
    (answers,) = answers_of([(participant.pk, asked.milestone)])
    if answers.sha256 != seen:
        raise changed_meanwhile(participant)
    within = [one for one in all_ if one is not asked and asked.milestone.covers(one.milestone)]
    return [asked, *(one for one in within if not one.holds)]


def changed_meanwhile(participant: Participant) -> Conflict:
    said = _("Data of %(code)s changed since you opened this page. Look at them, then sign.")
    return Conflict(said % {"code": participant.code})
