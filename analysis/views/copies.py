"""A centre's certified copies: ask for one, follow it, take it."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from analysis import reads
from analysis.copy import actions
from analysis.copy.make import path_of
from analysis.presenters.copies import copies_page, copy_progress
from analysis.views.dmc import holds
from crf.reads import centre_for
from reminet_site.adapters import check_password_again
from reminet_site.models import Centre
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb


def here(request: HttpRequest, code: str) -> Centre:
    found = centre_for(code, request.actor)  # type: ignore[attr-defined]
    request.centre_code = found.code  # type: ignore[attr-defined]
    return found


@may(get=Verb.READ_COPIES, post=Verb.TAKE_COPY)
def copies(request: HttpRequest, centre: str) -> HttpResponse:
    """GET: what was made and taken. POST, with the password: ask for a new one."""
    found = here(request, centre)
    if request.method == "POST":
        come_back(request, "new", lambda again, said: show(again, found, said))
        check_password_again(request)
        actions.ask(centre=found, by=request.actor)  # type: ignore[attr-defined]
        return redirect("analysis:copies", found.code)
    return show(request, found)


def show(request: HttpRequest, centre: Centre, said: Said | None = None) -> HttpResponse:
    page = copies_page(
        centre,
        reads.copies_of(centre)[:50],
        reader=request.user.pk,
        can_take=holds(request, Verb.TAKE_COPY),
    )
    return render(request, "analysis/copies.html", {"page": page, "said": said})


@may(get=Verb.READ_COPIES)
def copy_progress_view(request: HttpRequest, centre: str, pk: int) -> HttpResponse:
    copy = reads.copy_for(here(request, centre), pk)
    return render(request, "analysis/progress.html", {"progress": copy_progress(copy)})


@may(get=Verb.TAKE_COPY)
def copy_file(request: HttpRequest, centre: str, pk: int) -> HttpResponse:
    copy = reads.copy_for(here(request, centre), pk)
    taken = actions.take(copy=copy, by=request.actor)  # type: ignore[attr-defined]
    response = FileResponse(
        path_of(taken).open("rb"),
        as_attachment=True,
        filename=taken.file_name,
        content_type="application/zip",
    )
    response["X-Content-SHA256"] = taken.sha256
    return response
