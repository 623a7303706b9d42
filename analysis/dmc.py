"""What the committee reads. Each reading is on record in the vault and in the trail."""

from typing import Any

from django.utils.translation import gettext as _

from analysis.models import Look, Run, RunState
from analysis.rules import check_agrees
from randomisation.arms.doors import results
from reminet_site.audit import note
from reminet_site.context import Actor
from reminet_site.errors import NotThere


def looks() -> list[Look]:
    """Every look, the newest first."""
    found = Look.objects.select_related("run__snapshot", "run__same_as", "asked_by")
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
