"""The second person, the report of rights, the role table, the periodic review."""

import csv
import io

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reminet_site.access import actions, history, reads, table
from reminet_site.access.models import AccountReview
from reminet_site.access.rules import check_period
from reminet_site.adapters import check_it_is_you, check_password_again, it_was_just_shown
from reminet_site.attachments import csv_file
from reminet_site.audit import note
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.refused import Said, come_back, said_of
from reminet_site.rights import may
from reminet_site.roles import Role, Verb
from reminet_site.rules import together
from reminet_site.spreadsheet import neutral

HEADER = (
    "person", "email", "role", "centre", "counts", "why not", "may", "granted at", "granted by",
    "second person", "reason",
)  # fmt: skip


@may(get=Verb.MANAGE_ACCOUNTS, post=Verb.MANAGE_ACCOUNTS)
def requests(request: HttpRequest) -> HttpResponse:
    """What one administrator asked for and another one decides. POST: pk and act."""
    if request.method == "POST":
        come_back(request, f"request{number(request.POST.get('pk', ''))}", show_requests)
        check_password_again(request)  # what is confirmed is signed
        asked = reads.request_for(number(request.POST.get("pk", "")))
        if request.POST.get("act") == "confirm":
            actions.confirm(request=asked, by=request.actor)
            said = _(
                "Confirmed: it counts from now on; a role at a centre as soon as training and "
                "delegation are recorded."
            )
            messages.success(request, said)
        else:
            actions.decline(request=asked, by=request.actor)
            messages.success(request, _("Declined: nothing has changed."))
        return redirect("access_requests")
    return show_requests(request)


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def show_requests(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    context = {
        "waiting": reads.requests(waiting_only=True),
        "decided": reads.requests(waiting_only=False)[:50],
        "me": request.user.pk,
        "labels": {role.value: _(role.label) for role in Role},
        "alone": len(reads.administrators()) < 2,
        "said": said,
    }
    return render(request, "reminet_site/access_requests.html", context)


@may(get=Verb.READ_ACCESS)
def report(request: HttpRequest) -> HttpResponse:
    """Who could do what on a day, as a page or with ?file=csv as a file."""
    centre, day, problem = request.GET.get("centre", ""), request.GET.get("day", ""), None
    try:
        moment = history.moment_of(day)
    except Refusal as said:
        moment, problem = history.moment_of(""), said_of(said, "at", request.GET)
    rights = history.rights_at(moment, centre=centre)
    if request.GET.get("file") == "csv" and not problem:
        return report_file(rights, file_name(moment, centre))
    context = {
        "rights": rights,
        "moment": moment.day or moment.at,
        "day": day,
        "centre": centre,
        "centres": Centre.objects.order_by("code"),
        "said": problem,
    }
    return render(request, "reminet_site/access_report.html", context)


def file_name(moment: history.Moment, centre: str) -> str:
    asked = f"rights-{moment.day or moment.at:%Y-%m-%d}-{centre or 'all'}"
    return "".join(sign for sign in asked if sign.isalnum() or sign == "-") + ".csv"


def report_file(rights: list[history.Right], name: str) -> HttpResponse:
    """The same lines as CSV; that it was taken is in the trail."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for one in rights:
        cells = (
            one.person, one.email, one.role.label, one.centre or "whole trial",
            "no" if one.why_not else "yes", one.why_not, one.acts, one.granted_at.isoformat(),
            one.granted_by, one.seconded_by, one.reason,
        )  # fmt: skip
        writer.writerow([neutral(cell) for cell in cells])
    note("export", name, detail=f"{len(rights)} rights")
    return csv_file(name, out.getvalue())


@may(get=Verb.READ_ACCESS)
def role_table(request: HttpRequest) -> HttpResponse:
    """The table that the server enforces, as docs/roles.md has it."""
    context = {
        "acts": [(_(act), held) for act, held in table.acts()],
        "kinds": [(_(role.label), kind_of(role)) for role in Role],
    }
    return render(request, "reminet_site/access_table.html", context)


def kind_of(role: Role) -> str:
    return ", ".join(_(fact) for fact in table.facts(role))


@may(get=Verb.READ_ACCESS, post=Verb.MANAGE_ACCOUNTS)
def review(request: HttpRequest) -> HttpResponse:
    """The live rights, gone through and confirmed for a period."""
    if request.method == "POST":
        come_back(request, "review", show_review)
        period = request.POST.get("period", "")
        together(lambda: check_period(period), lambda: check_it_is_you(request))
        actions.review(
            period=period,
            note_=request.POST.get("note", ""),
            by=request.actor,
        )
        messages.success(request, _("The review is on record."))
        return redirect("access_review")
    return show_review(request)


def show_review(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    context = {
        "rights": history.rights_at(history.moment_of("")),
        "reviews": AccountReview.objects.select_related("by").order_by("-id")[:20],
        "may_confirm": any(role == Role.ADMINISTRATOR for role, _centre in request.grants),
        "said": said,
        "ask": not it_was_just_shown(request),
    }
    return render(request, "reminet_site/access_review.html", context)
