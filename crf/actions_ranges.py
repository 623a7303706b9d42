"""Writes on a centre's normal limits."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from crf.models import NormalRange
from crf.rules import check_limits
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor
from reminet_site.models import Centre


@transaction.atomic(savepoint=False)
def set_normal_range(
    *,
    centre: Centre,
    item: str,
    low: Decimal | None,
    high: Decimal | None,
    since: date,
    by: Actor,
) -> NormalRange:
    """From `since` on these are the centre's limits of "FORM.item"; earlier ones stay kept."""
    check_limits(item, low, high)
    return NormalRange.objects.create(
        centre=centre,
        item=item,
        low=low,
        high=high,
        since=since,
        at=ClinicalNow(),
        by_id=by.user_id,
    )
