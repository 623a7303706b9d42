"""Writes of the central review: what a reader saw on the images of an entry."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crf import study
from crf.definition.model import Bounds, Item, Text
from crf.definition.plan import CentralReview
from crf.definition.values import BadValue, parse
from crf.models import CentralReading, Entry
from crf.rules import check_no_arm, check_not_locked, check_text, trial_is_locked
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor
from reminet_site.errors import Conflict, NotThere, Refusal
from reminet_site.rules import together
from reminet_site.typed import said

LONGEST = 500
YES_NO = {"yes": True, "no": False}
SUM = Item(
    name="sum_mm",
    type="decimal",
    precision=1,
    unit="mm",
    hard=Bounds(0, 5000),
    label=Text("Sum of diameters", "Somme des diamètres"),
)
PROGRESSION = "PD"


@transaction.atomic(savepoint=False)
def read_images(
    *,
    mark: CentralReview,
    entry_id: int,
    after: int,
    imaging_on: date | None,
    response: str,
    new_lesions: str,
    sum_mm: str,
    comment: str,
    reason: str,
    by: Actor,
) -> CentralReading:
    """One more reading of the images; the newest counts. `after` is the reading that was on the
    page, 0 where there was none, `imaging_on` the day of the images there; a reading that is not
    the first says why."""
    check_not_locked(trial_is_locked())
    # held until the end: two readers of the same images come one after the other
    found = Entry.objects.select_for_update(no_key=True, of=("self",))
    entry = found.select_related("participant").filter(pk=entry_id, form=mark.form).first()
    if entry is None or entry.visit_date is None:
        raise NotThere(_("No images %(number)s.") % {"number": entry_id})
    last = CentralReading.objects.filter(entry=entry).order_by("-id").first()
    if (last.pk if last else 0) != after:
        raise Conflict(_("Somebody read these images since you opened the page. Look again."))
    if imaging_on != entry.visit_date:
        raise Conflict(_("The centre has changed the day of these images. Look again."))
    made: dict[str, Any] = {}
    together(
        lambda: check_response(mark, response),
        lambda: check_new_lesions(new_lesions, response),
        lambda: made.update(sum_mm=sum_of(sum_mm)),
        lambda: check_length(comment, "comment"),
        lambda: check_no_arm(comment, "comment"),
        lambda: check_reason(reason, last is not None),
        lambda: check_no_arm(reason, "reason"),
    )
    return CentralReading.objects.create(
        entry=entry,
        code=entry.participant.code,
        visit=entry.visit,
        imaging_on=entry.visit_date,
        response=response,
        new_lesions=YES_NO[new_lesions],
        sum_mm=made["sum_mm"],
        comment=said(comment),
        reason=said(reason) if last else "",
        at=ClinicalNow(),
        by_id=by.user_id,
    )


def check_response(mark: CentralReview, response: str) -> None:
    definition = study.current().definition
    item = definition.form(mark.form).item(mark.response)
    if response not in definition.codelist(item.codelist).by_code:
        raise Refusal(_("Choose the response that you saw."), item="response")


def check_new_lesions(typed: str, response: str) -> None:
    """RECIST 1.1: a new lesion is progression, whatever else was measured."""
    if typed not in YES_NO:
        raise Refusal(_("Say whether there are new lesions."), item="new_lesions")
    if YES_NO[typed] and response != PROGRESSION:
        raise Refusal(
            _(
                "New lesions are a progression. Change the response, or say that there are none; "
                "of what you are not sure, write a remark."
            ),
            item="new_lesions",
        )


def sum_of(typed: str) -> Decimal | None:
    """The sum in mm; None where it is blank."""
    try:
        kept = parse(SUM, None, {SUM.name: [typed]}, SUM.name)
    except BadValue as error:
        raise Refusal(error.sentence.get(get_language() or "en"), item=SUM.name) from None
    if kept is None:
        return None
    if SUM.hard is not None and not SUM.hard.holds(float(kept)):
        raise Refusal(_("A sum of diameters is from 0 to 5,000 mm."), item=SUM.name)
    return Decimal(kept)


def check_length(typed: str, box: str) -> None:
    if said(typed):
        check_text(typed, box, "", LONGEST)


def check_reason(reason: str, again: bool) -> None:
    if again:
        check_text(reason, "reason", _("Say why the images are read again."), LONGEST)
