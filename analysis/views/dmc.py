"""The committee's area, unblinded: every reading is on record."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import actions, dmc, reads, rules
from analysis.models import Look, RunKind
from analysis.presenters.by_arm import by_arm_report
from analysis.presenters.progress import progress, waits
from analysis.presenters.recommendations import recommended_after, verdicts
from analysis.views.cutoff import cutoff_of
from crf import study
from reminet_site import build
from reminet_site.adapters import check_password_again
from reminet_site.errors import Refusal
from reminet_site.once import sent_once
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import RIGHTS, Role, Verb
from reminet_site.rules import allowed, together
from reminet_site.signatures import reads as signatures
from reminet_site.typed import whole


def holds(request: HttpRequest, verb: Verb) -> bool:
    """Whether one of the person's roles gives the right."""
    return any(verb in RIGHTS[Role(role)] for role, _ in request.grants)


@may(get=Verb.READ_BY_ARM, post=Verb.RUN_LOOK)
@sent_once
def committee(request: HttpRequest) -> HttpResponse:
    request.unblinded = True
    if request.method == "POST":
        come_back(request, "look", show)
        why = request.POST.get("reason", "")
        together(lambda: actions.check_look_reason(why), lambda: cutoff_of(request))
        actions.ask_look(reason=why, cutoff_on=cutoff_of(request), by=request.actor)
        return redirect("analysis:dmc")
    return show(request)


@may(post=Verb.RECOMMEND)
@sent_once
def recommendation(request: HttpRequest) -> HttpResponse:
    """What the committee recommends after the newest look."""
    request.unblinded = True
    come_back(request, "recommend", show)
    look, names = dmc.look_for(None), {"verdict": "verdict", "asked": "text", "grounds": "note"}
    sent = {name: request.POST.get(field, "") for name, field in names.items()}
    together(
        lambda: dmc.check_recommendation(look, **sent),
        lambda: check_password_again(request),
    )
    dmc.recommend(look, **sent, by=request.actor)
    messages.success(request, _("Recorded and signed. The sponsor is told that it is there."))
    return redirect("analysis:dmc")


def show(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    """The report of the look named in the address, or of the newest; its reading is recorded."""
    look = dmc.look_for(whole(request.GET.get("look")))
    report, refused = None, ""
    if look is not None:
        try:
            result = dmc.read(look, by=request.actor)
        except Refusal as refusal:
            result, refused = None, refusal.sentence
        if result is not None:
            report = by_arm_report(
                dmc.run_of(look), result, look.number, study.current().definition, build.VERSION
            )
    recommended = recommended_after(look)
    context = {
        "look": look,
        "recommended": recommended,
        "grounds": grounds(request, look) if look and recommended else "",
        "verdicts": verdicts(),
        "can_recommend": holds(request, Verb.RECOMMEND)
        and allowed(rules.check_can_recommend, look) == ""
        and look == dmc.look_for(None),
        "signed": signatures.signed("recommendation", record=str(look.number)) if look else (),
        "looks": dmc.looks(),
        "report": report,
        "refused": refused,
        "waiting": look is not None and waits(look.run),
        "failed": look is not None and look.run.state == "failed",
        "progress": progress(look.run if look else None),
        "said": said,
        "can_look": holds(request, Verb.RUN_LOOK),
    }
    return render(request, "analysis/dmc.html", context)


def grounds(request: HttpRequest, look: Look) -> str:
    """Of the recommendation after this look, or why they are not shown."""
    try:
        return dmc.read_grounds(look, by=request.actor)
    except Refusal as refusal:
        return refusal.sentence


@may(get=Verb.READ_BY_ARM)
def dmc_progress(request: HttpRequest, pk: int) -> HttpResponse:
    request.unblinded = True
    run = reads.run_for(pk, RunKind.DMC)
    return render(request, "analysis/progress.html", {"progress": progress(run)})
