"""The blinded interim: for the trial statistician and the sponsor manager."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import broker, reads, rules
from analysis.presenters.interim import figures_csv, interim_page
from analysis.presenters.progress import progress
from crf import study
from reminet_site import build
from reminet_site.attachments import csv_file
from reminet_site.clock import clinical_today
from reminet_site.errors import NotThere
from reminet_site.jinja2_env import moment
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_POOLED, post=Verb.READ_POOLED)
def interim(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        broker.after_commit("analysis.tasks.blinded_interim")
        messages.info(request, _("Asked: a worker reads the data, and the time below moves on."))
        return redirect("analysis:interim")
    state = reads.blinded_state()
    checked = ""
    if state.shown:
        at = max(filter(None, (state.shown.checked_at, state.shown.finished_at)))
        checked = f"{moment(at)} UTC"
    page = interim_page(
        state.shown,
        state.under_way,
        state.newest,
        state.behind,
        study.current().definition,
        clinical_today(),
        build.VERSION,
        checked,
    )
    return render(request, "analysis/interim.html", {"page": page})


@may(get=Verb.READ_POOLED)
def interim_figures(request: HttpRequest) -> HttpResponse:
    """The pooled curves and events as CSV: what the page draws, in full precision."""
    shown = reads.blinded_state().shown
    if shown is None:
        raise NotThere(_("There is no analysis yet."))
    rules.check_agrees(shown)
    return csv_file(f"interim-{shown.cut[:8]}.csv", figures_csv(shown))


@may(get=Verb.READ_POOLED)
def interim_progress(request: HttpRequest) -> HttpResponse:
    """What has moved since the page was loaded; the page loads itself again when a run ended."""
    state = reads.blinded_state()
    seen = request.GET.get("seen", "")
    ended = state.under_way is None and str(state.newest) != seen
    return render(request, "analysis/progress.html", {"progress": progress(state.under_way, ended)})
