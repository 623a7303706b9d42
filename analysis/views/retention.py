"""The end of retention in the browser: what is due, ask for its deletion, confirm a list."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import retention
from analysis.models import Deletion
from analysis.views.dmc import holds
from reminet_site.errors import Refusal
from reminet_site.refused import Said, come_back, said_of
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.typed import NO_DAY, a_day


@may(get=Verb.READ_RETENTION, post=Verb.DELETE_EXPIRED)
def retention_page(request: HttpRequest) -> HttpResponse:
    """GET: what is due today or on ?on=; POST: ask that today's list be deleted."""
    if request.method == "POST":
        come_back(request, "ask", show)
        retention.ask(by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("Asked for. Another person confirms it."))
        return redirect("analysis:retention")
    return show(request)


def show(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    typed = request.GET.get("on", "")
    on = a_day(typed)
    if typed and on is None:
        said = said_of(Refusal(_(NO_DAY), item="on"), "at", request.GET)
    on = on or retention.today()
    lists = Deletion.objects.select_related("asked_by", "confirmed_by")[:20]
    context = {
        "on": on,
        "typed": typed or f"{on:%d/%m/%Y}",
        "said": said,
        "today": on == retention.today(),
        "due": retention.due(on),
        "periods": retention.periods(),
        "copy_days": retention.COPY_DAYS,
        "logs_here": bool(settings.LOG_DIR),
        "lists": lists,
        "may_delete": holds(request, Verb.DELETE_EXPIRED),
    }
    status = said.status if said else 200
    return render(request, "analysis/retention.html", context, status=status)


@may(post=Verb.DELETE_EXPIRED)
def retention_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    come_back(request, "confirm", show)
    asked = retention.confirm(pk=pk, by=request.actor)  # type: ignore[attr-defined]
    messages.success(request, _("%(n)d items are gone.") % {"n": len(asked.items)})
    return redirect("analysis:retention")
