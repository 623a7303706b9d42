"""A casebook to sign, and what the tests of its signatures do with it."""

from crf import actions, actions_endorsement, endorsement
from crf.models import Participant
from reminet_site.context import Actor, acting
from reminet_site.models import Signature
from reminet_site.roles import Role, Verb
from reminet_site.signatures import reads as signatures
from tests import people, world
from tests.integration.crf.test_form import CONSENT
from tests.integration.privacy.test_withdrawal import adverse

SYSTEM = Actor.system("tests")
EVENT = adverse("14/01/2016")


def randomised() -> world.Small:
    """A randomised participant with a consent and an adverse event, and one who has nothing."""
    made = world.small()
    save(made.participant, "SCR", "CONSENT", CONSENT)
    with acting(SYSTEM):
        Participant.objects.filter(pk=made.participant.pk).update(
            randomised_on="2016-02-01", randomised_at="2016-02-01T09:00Z", randomisation_number="R1"
        )
        made.participant.refresh_from_db()
    save(made.participant, "LOG", "AE", EVENT)
    return made


def save(participant, visit, form, raw, version=0, reason="", number=1):
    with acting(SYSTEM):
        return actions.save_entry(
            participant=participant,
            visit=visit,
            form=form,
            number=number,
            raw={name: [value] for name, value in raw.items()},
            version=version,
            reason=reason,
            by=SYSTEM,
        )


def states(participant) -> dict[str, str]:
    with acting(SYSTEM):
        found = endorsement.of_participant(Participant.objects.get(pk=participant.pk))
    return {one.milestone.name: one.state for one in found}


def left() -> dict[str, int]:
    with acting(SYSTEM):
        return endorsement.unsigned()


def sign(here, milestone: str, role: Role = Role.INVESTIGATOR) -> Signature:
    by = Actor.of(people.person(role, here.centre), Verb.ENDORSE)
    with acting(by):
        endorse(here, milestone, endorsement.seen_of(here.participant)[milestone], by)
        return Signature.objects.order_by("-id").first()


def endorse(here, milestone, seen, by):
    actions_endorsement.endorse(participant=here.participant, milestone=milestone, seen=seen, by=by)


def signed() -> list[tuple[str, bool]]:
    """Every signature of a casebook, oldest first, and whether it holds."""
    with acting(SYSTEM):
        return [(one.record, one.holds) for one in signatures.signed("casebook")]
