"""What the committee reads and recommends. Each reading is on record in the vault and in the trail;
of a recommendation the verdict and what is asked of the sponsor leave, its grounds are sealed."""

import hashlib
import secrets
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from analysis.models import Look, Recommendation, Run, RunState
from analysis.rules import (
    check_agrees,
    check_asked,
    check_can_recommend,
    check_grounds,
    check_verdict,
)
from analysis.signed import sign_recommendation
from crf import study
from randomisation.arms.doors import results
from reminet_site import mails
from reminet_site.audit import note
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor
from reminet_site.errors import NotThere
from reminet_site.roles import Role
from reminet_site.rules import together

TOLD = (Role.SPONSOR_MANAGER,)
RECOMMENDED = gettext_noop(
    """The data-monitoring committee has made a recommendation after look %(number)d.

It stands on this page, for whoever may read the state of the trial; it is not in this message.
Page: %(address)s
"""
)


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


def check_recommendation(look: Look | None, *, verdict: str, asked: str, grounds: str) -> None:
    """All that is wrong with it, at once."""
    arms = study.current().definition.randomisation
    check_can_recommend(look)
    together(
        lambda: check_verdict(verdict),
        lambda: check_asked(verdict, asked, arms),
        lambda: check_grounds(grounds),
    )


@transaction.atomic(savepoint=False)
def recommend(
    look: Look | None, *, verdict: str, asked: str, grounds: str, by: Actor
) -> Recommendation:
    """Recorded, signed and told to the sponsor, once after a look."""
    check_recommendation(look, verdict=verdict, asked=asked, grounds=grounds)
    assert look is not None
    sealed = {"grounds": grounds.strip(), "salt": secrets.token_hex(16)}
    made = Recommendation.objects.create(
        look=look,
        verdict=verdict,
        asked=asked.strip(),
        grounds_sha256=hashed(sealed),
        at=ClinicalNow(),
        by_id=by.user_id,
    )
    made.refresh_from_db()
    results.write(grounds_of(look), sealed)
    sign_recommendation(made, by)
    mails.send(mails.to_each(mails.holders(*TOLD), partial(message, look)))
    return made


def message(look: Look) -> tuple[str, str]:
    """Subject and text: that there is one, and nothing of what it says."""
    address = settings.SITE_URL + reverse("analysis:trial")
    text = _(RECOMMENDED) % {"number": look.number, "address": address}
    return _("The committee has made a recommendation"), text


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
