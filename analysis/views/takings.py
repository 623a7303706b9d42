"""Who has taken a participant's data: a page, and the whole of it as a file."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from analysis import takings
from crf import reads
from reminet_site.attachments import csv_file
from reminet_site.clock import apart
from reminet_site.jinja2_env import moment
from reminet_site.rights import may
from reminet_site.roles import Verb, role_words
from reminet_site.typed import whole


@dataclass(frozen=True, slots=True)
class Line:
    when: str  # on the trial's clock
    server: str  # on the server's, where that is another
    who: str
    role: str
    act: str
    what: str
    scope: str
    detail: str


@may(get=Verb.READ_TAKINGS)
def taken(request: HttpRequest, code: str) -> HttpResponse:
    participant = reads.participant_for(code)
    request.centre_code = participant.centre.code  # type: ignore[attr-defined]
    found = takings.takings(participant, before=whole(request.GET.get("older")))
    older = f"?older={found[takings.PAGE - 1].id}" if len(found) > takings.PAGE else ""
    context = {
        "code": participant.code,
        "lines": [line(one) for one in found[: takings.PAGE]],
        "unblindings": [unblinding(one) for one in takings.unblindings(participant)],
        "older": older,
    }
    return render(request, "analysis/taken.html", context)


@may(get=Verb.READ_TAKINGS)
def taken_file(request: HttpRequest, code: str) -> HttpResponse:
    participant = reads.participant_for(code)
    name, content = takings.take_report(
        participant=participant,
        by=request.actor,  # type: ignore[attr-defined]
    )
    return csv_file(name, content)


def line(one: takings.Taking) -> Line:
    scopes = {
        "participant": _("this participant"),
        "centre": _("the centre"),
        "trial": _("the whole trial"),
    }
    acts = {"export": _("asked for"), "download": _("taken")}
    return Line(
        when=f"{moment(one.clinical_at, 'UTC')}:{one.clinical_at:%S}",
        server=moment(one.at, "UTC") if apart(one.at, one.clinical_at) else "",
        who=one.who,
        role=_(role_words(one.role)),
        act=acts.get(one.act, one.act),
        what=one.what,
        scope=scopes[one.scope],
        detail=one.detail,
    )


def unblinding(one: takings.Unblinding) -> Line:
    return Line(
        when=moment(one.clinical_at, "UTC"),
        server=moment(one.at, "UTC") if apart(one.at, one.clinical_at) else "",
        who=one.who,
        role=_(role_words(one.role)),
        act=_("unblinding"),
        what="",
        scope="",
        detail=one.reason,
    )
