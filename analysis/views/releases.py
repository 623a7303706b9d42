"""Releases in the browser: ask for one, follow it, take it. Each download is on record."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import actions, reads, rules
from analysis.models import Release
from analysis.presenters.progress import release_progress
from analysis.presenters.release import release_page, releases_page
from analysis.release.make import path_of
from analysis.retention import deleted_on
from analysis.views.cutoff import cutoff_of
from analysis.views.dmc import holds
from reminet_site import build
from reminet_site.adapters import check_it_is_you, it_was_just_shown
from reminet_site.context import Actor
from reminet_site.errors import NotThere
from reminet_site.once import sent_once
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.rules import together


@may(get=Verb.READ_RELEASES, post=Verb.MAKE_RELEASE)
@sent_once
def releases(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        come_back(request, "new", show)
        note = request.POST.get("note", "")
        together(
            lambda: rules.check_release(note),
            lambda: actions.check_cutoff(cutoff_of(request)),
            lambda: check_it_is_you(request),
        )
        made = actions.ask_release(
            note=note,
            blind=request.POST.get("arms") != "yes",
            cutoff_on=cutoff_of(request),
            by=request.actor,
        )
        return redirect("analysis:release", made.pk)
    return show(request)


def show(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    by_arm = holds(request, Verb.READ_FINAL)
    page = releases_page(
        reads.releases(by_arm=by_arm)[:50],
        can_make=holds(request, Verb.MAKE_RELEASE),
        can_unblind=by_arm and rules.blind_is_open(),
    )
    context = {"page": page, "said": said, "ask": not it_was_just_shown(request)}
    return render(request, "analysis/releases.html", context)


@may(get=Verb.READ_RELEASES)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    found = reads.release_for(pk, by_arm=holds(request, Verb.READ_FINAL))
    request.unblinded = not found.blind
    page = release_page(found, reads.downloads_of(found))
    return render(request, "analysis/release.html", {"page": page})


@may(get=Verb.READ_RELEASES)
def release_progress_view(request: HttpRequest, pk: int) -> HttpResponse:
    found = reads.release_for(pk, by_arm=holds(request, Verb.READ_FINAL))
    return render(request, "analysis/progress.html", {"progress": release_progress(found)})


@may(get=Verb.READ_RELEASES)
def release_download(request: HttpRequest, pk: int) -> HttpResponse:
    found = reads.release_for(pk, by_arm=holds(request, Verb.READ_FINAL))
    return file_of(found, way="browser", by=request.actor)


def file_of(release: Release, *, way: str, by: Actor) -> FileResponse:
    """The file, after its download is on record."""
    if not release.blind:
        rules.check_blind_open()
    actions.record_download(release=release, way=way, by=by)
    path = path_of(release)
    if not path.exists():
        gone = deleted_on(release.file_name)
        if gone:
            raise NotThere(
                _("%(file)s was deleted on %(day)s: its retention ended.")
                % {"file": release.file_name, "day": f"{gone:%d/%m/%Y}"}
            )
        raise NotThere(
            _("The file %(file)s is not where it was put. Tell the maintainers.")
            % {"file": release.file_name}
        )
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=release.file_name,
        content_type="application/zip",
    )
    response["X-Content-SHA256"] = release.sha256
    build.stamp(response)
    return response
