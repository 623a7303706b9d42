"""Sign a casebook, as an investigator does at the milestones of the definition."""

from django.db import transaction
from django.utils.translation import gettext as _

from crf import endorsement
from crf.endorsement import Standing
from crf.models import Participant
from crf.signed import sign_casebook
from crf.words import language
from reminet_site.context import Actor
from reminet_site.errors import NotThere, Refusal


@transaction.atomic(savepoint=False)
def endorse(*, participant: Participant, milestone: str, seen: str, by: Actor) -> None:
    """The answers of the milestone's visits are signed as they stand.

    `seen` is the hash of the answers that the signer's page told of: nobody signs what came since.
    """
    standing = check_endorse(participant, milestone, seen)
    sign_casebook(participant, standing.milestone, by)


def check_endorse(participant: Participant, milestone: str, seen: str) -> Standing:
    """Refused where there is nothing to sign, or not what the signer saw."""
    all_ = endorsement.of_participant(participant)
    standing = next((one for one in all_ if one.milestone.name == milestone), None)
    if standing is None:
        raise NotThere(_("There is nothing to sign for this milestone."))
    words = {"milestone": standing.milestone.title(language()), "code": participant.code}
    if standing.holds:
        raise Refusal(_("%(milestone)s of %(code)s is signed, and the signature holds.") % words)
    if standing.answers.sha256 != seen:
        raise Refusal(
            _("Data of %(code)s changed since you opened this page. Look at them, then sign.")
            % words
        )
    return standing
