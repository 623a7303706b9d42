"""The state of the trial: what is left, the lock, the opening of the blind, the final analysis."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import actions, reads, rules, unblinded
from analysis.models import RunKind, RunState
from analysis.presenters.by_arm import by_arm_report
from analysis.presenters.progress import progress, waits
from analysis.presenters.recommendations import recommended
from analysis.presenters.trial import trial_page
from analysis.views.dmc import holds
from crf import actions_lock, endorsement, study
from reminet_site import build
from reminet_site.adapters import check_password_again
from reminet_site.errors import Refusal
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.rules import together
from reminet_site.signatures import reads as signatures


@may(get=Verb.READ_TRIAL_STATE)
def trial(request: HttpRequest) -> HttpResponse:
    return show(request)


def show(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    page = trial_page(
        reads.centre_states(),
        reads.missing_forms(),
        endorsement.unsigned() if study.current().definition.trial.milestones else None,
        list(reads.lock_history()),
        rules.opening(),
        user_id=request.user.pk,
        role=opening_role(request),
        can_lock=holds(request, Verb.LOCK_TRIAL),
        can_read_final=holds(request, Verb.READ_FINAL),
        drafts=reads.drafts(),
    )
    context = {
        "page": page,
        "said": said,
        "recommendations": recommended(reads.recommendations()),
        "signed": signatures.signed("lock", "opening", "recommendation"),
    }
    return render(request, "analysis/trial.html", context)


def opening_role(request: HttpRequest) -> str:
    """The role in which this person may open the blind, if any."""
    held = {role for role, _ in request.grants}
    return next((role.value for role in rules.OPENERS if role.value in held), "")


@may(post=Verb.LOCK_TRIAL)
def trial_lock(request: HttpRequest) -> HttpResponse:
    come_back(request, "lock", show)
    why = request.POST.get("reason", "")
    together(lambda: actions_lock.check_lock(why), lambda: check_password_again(request))
    actions_lock.lock_trial(reason=why, by=request.actor)
    messages.success(request, _("The trial is locked."))
    return redirect("analysis:trial")


@may(post=Verb.LOCK_TRIAL)
def trial_unlock(request: HttpRequest) -> HttpResponse:
    come_back(request, "unlock", show)
    why = request.POST.get("reason", "")
    together(
        rules.check_can_unlock,
        lambda: actions_lock.check_unlock(why),
        lambda: check_password_again(request),
    )
    actions_lock.unlock_trial(reason=why, by=request.actor)
    messages.success(request, _("The trial is unlocked."))
    return redirect("analysis:trial")


@may(post=Verb.OPEN_BLIND)
def trial_opening(request: HttpRequest) -> HttpResponse:
    """The first person asks, the second confirms; each types the password again."""
    come_back(request, "open", show)
    why, confirms = request.POST.get("reason", ""), request.POST.get("act") == "confirm"
    together(
        lambda: None if confirms else rules.check_opening_reason(why),
        lambda: check_password_again(request),
    )
    if confirms:
        actions.confirm_opening(by=request.actor)
        messages.success(request, _("The blind is open."))
    else:
        actions.request_opening(reason=why, by=request.actor)
        messages.success(request, _("Asked. The second person confirms it."))
    return redirect("analysis:trial")


@may(get=Verb.READ_FINAL, post=Verb.READ_FINAL)
def final(request: HttpRequest) -> HttpResponse:
    """The final analysis by arm; there is none before the blind is open."""
    rules.check_blind_open()
    request.unblinded = True
    if request.method == "POST":
        come_back(request, "final", show_final)
        actions.ask_final(by=request.actor)
        return redirect("analysis:final")
    return show_final(request)


def show_final(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    """The newest final report; its reading is recorded."""
    run = reads.latest(RunKind.FINAL)
    stands = (run.same_as or run) if run else None
    report, refused = None, ""
    if stands is not None and stands.state in (RunState.DONE, RunState.DIFFERS):
        try:
            result = unblinded.read_final(stands, by=request.actor)
            report = by_arm_report(stands, result, 0, study.current().definition, build.VERSION)
        except Refusal as refusal:
            refused = refusal.sentence
    context = {
        "run": run,
        "said": said,
        "report": report,
        "refused": refused,
        "waiting": waits(run),
        "failed": run is not None and run.state == RunState.FAILED,
        "progress": progress(run),
    }
    return render(request, "analysis/final.html", context)


@may(get=Verb.READ_FINAL)
def final_progress(request: HttpRequest, pk: int) -> HttpResponse:
    run = reads.run_for(pk, RunKind.FINAL)
    return render(request, "analysis/progress.html", {"progress": progress(run)})
