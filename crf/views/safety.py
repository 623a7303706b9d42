"""Serious events over every centre of the reader; what the sponsor thinks and reports of one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crf import actions_safety, pages_safety, reads_safety
from crf.pages_centre import day_typed
from reminet_site.once import sent_once
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_SERIOUS)
def serious_events(request: HttpRequest) -> HttpResponse:
    page = pages_safety.over_centres(request)
    return render(request, "crf/serious_events.html", {"page": page})


@may(get=Verb.READ_SERIOUS, post=Verb.JUDGE_EVENT)
@sent_once
def serious_event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event; POST: the sponsor's opinion of it."""
    event = reads_safety.event_for(pk)
    if request.method == "GET":
        return show(request, event)
    come_back(request, "opinion", lambda request, said: show(request, event, said))
    actions_safety.judge_event(
        entry=event.entry,
        related=request.POST.get("related", ""),
        expected=request.POST.get("expected", ""),
        reason=request.POST.get("reason", ""),
        by=request.actor,
    )
    messages.success(request, _("The sponsor's opinion is kept."))
    return redirect("crf:serious_event", pk)


@may(post=Verb.JUDGE_EVENT)
@sent_once
def report_sent(request: HttpRequest, pk: int) -> HttpResponse:
    """A report went to the authority."""
    event = reads_safety.event_for(pk)
    come_back(request, "sent", lambda request, said: show(request, event, said))
    actions_safety.record_report(
        entry=event.entry,
        reference=request.POST.get("reference", ""),
        sent_on=day_typed(request.POST.get("sent_on", ""), event.entry.centre, "sent_on"),
        complete=request.POST.get("complete") == "yes",
        by=request.actor,
    )
    messages.success(request, _("The report is kept as sent."))
    return redirect("crf:serious_event", pk)


def show(request: HttpRequest, event: reads_safety.Event, said: Said | None = None) -> HttpResponse:
    page = pages_safety.of_event(request, event)
    return render(request, "crf/serious_event.html", {"page": page, "said": said})
