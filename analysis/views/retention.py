"""The end of retention in the browser: what is due, ask for its deletion, confirm a list."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import retention
from analysis.models import Deletion
from analysis.views.dmc import holds
from reminet_site.errors import Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_RETENTION, post=Verb.DELETE_EXPIRED)
def retention_page(request: HttpRequest) -> HttpResponse:
    """GET: what is due today or on ?on=; POST: ask that today's list be deleted."""
    if request.method == "POST":
        retention.ask(by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("Asked for. Another person confirms it."))
        return redirect("analysis:retention")
    on = day(request.GET.get("on", ""))
    lists = Deletion.objects.select_related("asked_by", "confirmed_by")[:20]
    context = {
        "on": on,
        "today": on == retention.today(),
        "due": retention.due(on),
        "periods": retention.periods(),
        "copy_days": retention.COPY_DAYS,
        "logs_here": bool(settings.LOG_DIR),
        "lists": lists,
        "may_delete": holds(request, Verb.DELETE_EXPIRED),
    }
    return render(request, "analysis/retention.html", context)


@may(post=Verb.DELETE_EXPIRED)
def retention_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    asked = retention.confirm(pk=pk, by=request.actor)  # type: ignore[attr-defined]
    messages.success(request, _("%(n)d items are gone.") % {"n": len(asked.items)})
    return redirect("analysis:retention")


def day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else retention.today()
    except ValueError:
        raise Refusal("Give the day as 2026-11-23.", item="on") from None
