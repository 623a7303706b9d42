"""Who has read unblinded information: a page, and the whole of it as a file."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from randomisation import readings as log
from reminet_site.attachments import csv_file
from reminet_site.jinja2_env import moment
from reminet_site.rights import may
from reminet_site.roles import Verb, role_words
from reminet_site.typed import whole


@dataclass(frozen=True, slots=True)
class Line:
    when: str
    who: str
    role: str
    act: str
    what: str
    reason: str


@may(get=Verb.READ_READINGS)
def readings(request: HttpRequest) -> HttpResponse:
    found = log.page(before=whole(request.GET.get("older")))
    older = f"?older={found[log.PAGE - 1].id}" if len(found) > log.PAGE else ""
    context = {"lines": [line(one) for one in found[: log.PAGE]], "older": older}
    return render(request, "randomisation/readings.html", context)


@may(get=Verb.READ_READINGS)
def readings_file(request: HttpRequest) -> HttpResponse:
    return csv_file(log.NAME, log.take_file())


def line(one: log.Reading) -> Line:
    acts = {
        "reveal": _("one participant’s arm"),
        "envelope": _("one participant’s arm, from an envelope"),
        "table": _("the arms of everybody, for an analysis"),
        "results": _("results by arm"),
        "custody": _("the lists, at the custodian’s terminal"),
        "reenter": _("one arm, entered again after a restore"),
    }
    return Line(
        when=f"{moment(one.at, 'UTC')}:{one.at:%S}",
        who=one.who,
        role=_(role_words(one.role)),
        act=acts.get(one.door, one.door),
        what=one.what,
        reason=one.reason,
    )
