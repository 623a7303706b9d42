"""A stratum that was wrong is annotated; the allocation stays what it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from crf.models import Participant
from randomisation import rules
from randomisation.methods.plan import Plan
from randomisation.models import Allocation, StrataCorrection
from reminet_site.clock import clinical_now
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal
from reminet_site.rules import together


def check_level(factor: str, corrected: str, known: Mapping[str, Collection[str]]) -> None:
    """`known`: factor -> its levels; none for those that are not entered."""
    if not known.get(factor):
        raise Refusal(_("Choose a stratum of the list."), item="factor")
    if corrected not in known[factor]:
        raise Refusal(_("Choose a value of the list."), item="corrected")


@transaction.atomic(savepoint=False)
def correct_strata(
    *, participant: Participant, factor: str, corrected: str, reason: str, by: Actor
) -> StrataCorrection:
    """Both values are kept: the stratum that was used, and the one that is right."""
    rules.check_randomised(participant)
    allocation = Allocation.objects.select_related("scheme").get(participant=participant)
    plan = Plan.from_json(allocation.scheme.plan)
    known = {f.name: f.levels for f in plan.factors}
    together(
        lambda: check_level(factor, corrected, known),
        lambda: rules.check_reason(reason, _("Say why the stratum was wrong.")),
    )
    reason = reason.strip()
    last = (
        StrataCorrection.objects.filter(participant=participant, factor=factor)
        .order_by("-id")
        .values_list("corrected", flat=True)
        .first()
    )
    if corrected == (last or allocation.strata[factor]):
        raise Refusal(_("This is the value that stands already."), item="corrected")
    with because(reason):
        return StrataCorrection.objects.create(
            participant=participant,
            centre_id=participant.centre_id,
            factor=factor,
            entered=allocation.strata[factor],
            corrected=corrected,
            reason=reason,
            at=clinical_now(),
            by_id=by.user_id,
        )
