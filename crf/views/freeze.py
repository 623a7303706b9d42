"""A casebook is frozen, and the freeze taken back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crf import actions_freeze, reads, reads_freeze
from crf.models import Participant
from crf.pages import holds
from crf.presenters.freeze import freeze_page
from crf.rules import check_can_freeze, trial_is_locked
from reminet_site.errors import Refusal
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.rules import allowed


@may(get=Verb.READ_CASEBOOK, post=Verb.FREEZE)
def freeze(request: HttpRequest, code: str) -> HttpResponse:
    participant = reads.participant_for(code)
    request.centre_code = participant.centre.code
    if request.method == "GET":
        return show(request, participant)
    act, posted = request.POST.get("act", ""), request.POST
    come_back(request, act, lambda again, said: show(again, participant, said))
    if act == "freeze":
        seen = posted.get("seen", "")
        actions_freeze.freeze(participant=participant, seen=seen, by=request.actor)
        messages.success(request, _("%(code)s: frozen.") % {"code": code})
    elif act == "back":
        why = posted.get("reason", "")
        actions_freeze.take_back(participant=participant, reason=why, by=request.actor)
        messages.success(request, _("%(code)s: the freeze is taken back.") % {"code": code})
    else:
        raise Refusal(_("Nothing was done: press one of the buttons of this page."))
    return redirect("crf:freeze", code)


def show(request: HttpRequest, participant: Participant, said: Said | None = None) -> HttpResponse:
    centre, saved = participant.centre, reads_freeze.saved_of(participant)
    may_ = holds(request, Verb.FREEZE, centre.pk)
    locked = trial_is_locked()
    page = freeze_page(
        code=participant.code,
        centre=centre,
        saved=saved,
        waits=allowed(check_can_freeze, saved, locked),
        may_freeze=may_,
        may_take_back=may_ and saved.held is not None and not locked,
        history=reads_freeze.history_of(participant),
    )
    return render(request, "crf/freeze.html", {"page": page, "said": said})
