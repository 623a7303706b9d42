"""The central review: which images wait, and what a reader saw on them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from crf import actions_review, pages_review, reads_review
from reminet_site.once import sent_once
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.typed import whole


@may(get=Verb.READ_REVIEW)
def central_review(request: HttpRequest) -> HttpResponse:
    page = pages_review.over_centres(request, whole(request.GET.get("before")) or 0)
    return render(request, "crf/central_review.html", {"page": page})


@may(get=Verb.READ_REVIEW, post=Verb.READ_IMAGES)
@sent_once
def central_reading(request: HttpRequest, pk: int) -> HttpResponse:
    """The images of the entry with this number; POST: what was seen on them."""
    mark = reads_review.mark_of_trial()
    if request.method == "GET":
        return show(request, pk)
    reads_review.images_for(mark, pk)
    come_back(request, "reading", lambda request, said: show(request, pk, said))
    posted = request.POST
    made = actions_review.read_images(
        mark=mark,
        entry_id=pk,
        after=whole(posted.get("after")) or 0,
        imaging_on=parse_date(posted.get("imaging_on", "")),
        response=posted.get("response", ""),
        new_lesions=posted.get("new_lesions", ""),
        sum_mm=posted.get("sum_mm", ""),
        comment=posted.get("comment", ""),
        reason=posted.get("reason", ""),
        by=request.actor,
    )
    said = _("%(code)s, images of %(day)s: the reading is kept.")
    messages.success(request, said % {"code": made.code, "day": f"{made.imaging_on:%d/%m/%Y}"})
    return redirect("crf:central_review")


def show(request: HttpRequest, pk: int, said: Said | None = None) -> HttpResponse:
    page = pages_review.of_images(request, pk)
    return render(request, "crf/central_reading.html", {"page": page, "said": said})
