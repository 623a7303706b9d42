"""Sign the eligibility again, where its answers changed after the allocation."""

from django.db import transaction
from django.utils.translation import gettext as _

from crf.models import Participant
from randomisation import rules
from randomisation.signed import AGAIN, sign_eligibility
from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.signatures import reads


@transaction.atomic(savepoint=False)
def sign_again(*, participant: Participant, by: Actor) -> None:
    """The answers as they stand now are signed; number, kit, arm and first signature stay."""
    rules.check_randomised(participant)
    signed = reads.signed("eligibility", participant_id=participant.pk)
    if signed and signed[-1].holds:
        raise Refusal(_("The last signature holds: there is nothing to sign again."))
    sign_eligibility(participant, by, AGAIN)
