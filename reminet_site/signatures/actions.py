"""Sign: called by the action that does what is signed, in its transaction."""

from django.db import transaction

from reminet_site.clock import clinical_now, now
from reminet_site.context import Actor
from reminet_site.signatures.binding import contents, digest
from reminet_site.signatures.models import Signature


@transaction.atomic(savepoint=False)
def sign(
    *,
    kind: str,
    record: str,
    meaning: str,
    by: Actor,
    centre_id: int | None = None,
    participant_id: int | None = None,
    definition_sha256: str = "",
) -> Signature | None:
    """The act is signed by the person who does it; a part of the system signs nothing.

    The view has asked for the password before (adapters.check_password_again).
    """
    if by.user_id is None:
        return None
    made = Signature(
        kind=kind,
        record=record,
        meaning=meaning,
        name=by.name,
        role=by.role,
        by_id=by.user_id,
        at=now(),
        clinical_at=clinical_now(),
        centre_id=centre_id,
        participant_id=participant_id,
        definition_sha256=definition_sha256,
    )
    (content,) = contents(kind)([made])
    made.sha256 = digest(made, content)
    made.save(force_insert=True)
    return made
