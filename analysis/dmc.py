"""What the committee reads and recommends. Each reading is on record in the vault and in the trail;
of a recommendation the verdict and what is asked of the sponsor leave, its grounds are sealed."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from analysis.models import Look, Recommendation, Run, RunState
from analysis.rules import check_agrees, check_can_recommend, check_recommended
from analysis.signed import sign_recommendation
from crf import study
from randomisation.arms.doors import results
from reminet_site import mails
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor
from reminet_site.errors import NotThere
from reminet_site.roles import Role

TOLD = (Role.SPONSOR_MANAGER,)
RECOMMENDED = """The data-monitoring committee has made a recommendation after look {number}.

It stands on this page, for whoever may read the state of the trial; it is not in this message.
Page: {address}
"""


def looks() -> list[Look]:
    """Every look, the newest first."""
    found = Look.objects.select_related(
        "run__snapshot", "run__same_as", "asked_by", "recommendation__by"
    )
    return list(found.defer("run__snapshot__content").order_by("-number"))


def look_for(number: int | None) -> Look | None:
    """A look by its number; the newest without one, None where nobody has looked."""
    found = looks()
    if number is None:
        return found[0] if found else None
    for look in found:
        if look.number == number:
            return look
    raise NotThere(_("No look %(number)s.") % {"number": number})


def run_of(look: Look) -> Run:
    """The run that holds the figures: an earlier one where the data were the same."""
    return look.run.same_as or look.run


def read(look: Look, *, by: Actor) -> dict[str, Any] | None:
    """The report by arm, for a member of the committee; None while it is being made."""
    run = run_of(look)
    if run.state not in (RunState.DONE, RunState.DIFFERS):
        return None
    check_agrees(run)
    note("read by arm", f"look {look.number}", detail=run.name)
    found: dict[str, Any] = results.read(run.name, by=by, reason=f"look {look.number}")
    return found


@transaction.atomic(savepoint=False)
def recommend(
    look: Look | None, *, verdict: str, asked: str, grounds: str, by: Actor
) -> Recommendation:
    """Recorded, signed and told to the sponsor, once after a look."""
    check_can_recommend(look)
    assert look is not None
    check_recommended(verdict, asked, grounds, study.current().definition.randomisation)
    sealed = {"grounds": grounds.strip(), "salt": secrets.token_hex(16)}
    made = Recommendation.objects.create(
        look=look,
        verdict=verdict,
        asked=asked.strip(),
        grounds_sha256=hashed(sealed),
        at=now(),
        by_id=by.user_id,
    )
    results.write(grounds_of(look), sealed)
    sign_recommendation(made, by)
    address = settings.SITE_URL + reverse("analysis:trial")
    text = RECOMMENDED.format(number=look.number, address=address)
    subject = "The committee has made a recommendation"
    mails.send(subject, [(one, text) for one in mails.holders(*TOLD)])
    return made


def read_grounds(look: Look, *, by: Actor) -> str:
    """For the committee alone; the reading is on record. Refused where they are not what was
    signed."""
    found = results.read(grounds_of(look), by=by, reason=f"grounds, look {look.number}")
    if hashed(found) != look.recommendation.grounds_sha256:
        raise NotThere(_("The grounds are not what was signed; they are not shown."))
    return str(found["grounds"])


def grounds_of(look: Look) -> str:
    """Their name among the sealed results."""
    return f"grounds {look.number}"


def hashed(sealed: dict[str, str]) -> str:
    return hashlib.sha256((sealed["salt"] + sealed["grounds"]).encode()).hexdigest()
