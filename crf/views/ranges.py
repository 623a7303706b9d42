"""A centre's normal limits: what its laboratory prints beside its values."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crf import actions_ranges, pages_centre
from crf.pages import holds
from crf.views.home import centre_of
from reminet_site.errors import NotThere, Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_CASEBOOK, post=Verb.ENTER_DATA)
def normal_limits(request: HttpRequest, centre: str) -> HttpResponse:
    here = centre_of(request, centre)
    can_edit = holds(request, Verb.ENTER_DATA, here.pk)

    def page(said: Refusal | None = None) -> HttpResponse:
        typed = request.POST if said else None
        shown = pages_centre.limits(here, can_edit, typed, said)
        status = said.status if said else 200
        return render(request, "crf/normal_limits.html", {"page": shown}, status=status)

    if request.method == "GET":
        return page()
    request.refused = page
    item = request.POST.get("item", "")
    if item not in pages_centre.items_with_limits():
        raise NotThere(_("No item %(item)s with normal limits.") % {"item": item})
    actions_ranges.set_normal_range(
        centre=here,
        item=item,
        low=limit(request.POST.get("low", ""), item),
        high=limit(request.POST.get("high", ""), item),
        since=pages_centre.day_typed(request.POST.get("since", ""), here, "since"),
        by=request.actor,
    )
    messages.success(request, _("The limits are kept; forms of that day and later use them."))
    return redirect("crf:normal_limits", here.code)


def limit(typed: str, item: str) -> Decimal | None:
    """A limit as typed, with a point or a comma; None where the box is empty."""
    text = typed.strip().replace(",", ".")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Refusal(
            _("“%(typed)s” is not a number. Type digits only, as 12.5.") % {"typed": typed[:20]},
            item=item,
        )
    return found.quantize(Decimal("0.001"))
