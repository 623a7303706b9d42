"""The trail in the browser: search it, take a file of it, redact a value with a second person."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from reminet_site import build
from reminet_site.adapters import check_it_is_you, check_password_again, it_was_just_shown
from reminet_site.context import actor_for
from reminet_site.errors import Refusal
from reminet_site.refused import Said, come_back, said_of
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.rules import together
from reminet_site.searches import further, go_to, searched
from reminet_site.signatures.reads import signed
from reminet_site.trail import actions, copies, pages, reads
from reminet_site.trail.models import Redaction
from reminet_site.trail.search import Search

ZONE = "UTC"  # the trail's own


def holds(request: HttpRequest, verb: Verb) -> bool:
    return actor_for(request.user, request.grants, verb) is not None


@may(get=Verb.READ_AUDIT, post=Verb.READ_AUDIT)
def trail(request: HttpRequest) -> HttpResponse:
    """Searches; POST without `find` asks a worker for the same search as a file."""
    if "find" in request.POST:
        return go_to(request, Search.__slots__)
    if request.method == "POST":
        come_back(request, "file", show)
        check_it_is_you(request)
        copies.ask(search=Search.of(request.POST), by=request.actor)
        messages.success(request, _("A worker makes the file; it appears beside the search."))
        return redirect(request.get_full_path())
    return show(request)


def show(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    asked = request.POST if said else searched(request, "person")
    search = Search.of(asked)
    found = []
    try:
        found = reads.rows(search, before=number(asked.get("older", "")))
    except Refusal as refused:
        said = said or said_of(refused, "find", asked)
    can_redact = holds(request, Verb.REDACT)
    page = pages.trail_page(
        found,
        search,
        copies.mine(request.actor),
        zone=ZONE,
        can_redact=can_redact,
        waiting=waiting() if can_redact else 0,
    )
    older = further(request, older=page.older) if page.older else ""
    context = {"page": page, "older": older, "said": said, "ask": not it_was_just_shown(request)}
    return render(request, "reminet_site/trail.html", context)


def waiting() -> int:
    return Redaction.objects.filter(done_at__isnull=True).count()


def number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


@may(get=Verb.READ_AUDIT)
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    taken = copies.take(pk=pk, by=request.actor)
    response = FileResponse(
        copies.path_of(taken).open("rb"),
        as_attachment=True,
        filename=taken.file_name,
        content_type="text/csv; charset=utf-8",
    )
    response["X-Content-SHA256"] = taken.sha256
    build.stamp(response)
    return response


@may(get=Verb.REDACT, post=Verb.REDACT)
def redactions(request: HttpRequest) -> HttpResponse:
    """GET: requests, and with ?row= the form for one value. POST: ask."""
    if request.method == "POST":
        come_back(request, "ask", show_redactions)
        typed = {
            "row": number(request.POST.get("row", "")) or 0,
            "side": request.POST.get("side", ""),
            "reason": request.POST.get("reason", ""),
        }
        together(lambda: actions.check_redaction(**typed), lambda: check_password_again(request))
        actions.request_redaction(**typed, by=request.actor)
        messages.success(request, _("Asked for. Another person confirms it."))
        return redirect("redactions")
    return show_redactions(request)


def show_redactions(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    row = number(request.GET.get("row", "") or (said.sent.get("row", "") if said else ""))
    lines = [
        pages.redaction_line(one, shown(one.trail_id), ZONE, request.user.pk)
        for one in Redaction.objects.select_related("requested_by", "confirmed_by").order_by("-id")[
            :50
        ]
    ]
    found = (shown(row) if said else reads.row(row)) if row else None
    context = {
        "lines": lines,
        "chosen": pages.line(found, ZONE) if found else None,
        "signed": signed("redaction")[-50:],
        "zone": ZONE,
        "said": said,
    }
    return render(request, "reminet_site/trail_redactions.html", context)


def shown(row: int) -> reads.Row | None:
    try:
        return reads.row(row)
    except Refusal:
        return None


@may(post=Verb.REDACT)
def redaction(request: HttpRequest, pk: int) -> HttpResponse:
    actions.asked_for(pk)
    come_back(request, f"confirm{pk}", show_redactions)
    check_password_again(request)
    rows = actions.confirm_redaction(pk=pk, by=request.actor)
    messages.success(request, _("The value is gone from %(n)d rows.") % {"n": rows})
    return redirect(reverse("redactions"))
