"""What a mailed invitation opens: the person chooses the password, then signs in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reminet_site.access import actions
from reminet_site.adapters import person
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.refused import said_of
from reminet_site.rights import open_to_all


@open_to_all
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Unknown, used and expired addresses get one and the same answer."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    try:
        user = actions.invited(secret).user
        if request.method != "POST":
            return form(request, user.email)
        try:
            check_typed_twice(request)
            with acting(person(user)) as by:
                actions.accept_invitation(
                    secret=secret, password=request.POST.get("password", ""), by=by
                )
        except Refusal as said:
            if said.status == 404:
                raise
            return form(request, user.email, said)
    except Refusal as said:
        context = {"sentence": said.sentence, "status": said.status}
        return render(request, "reminet_site/error.html", context, status=said.status)
    messages.success(request, _("The password is yours. Sign in with it; the second step follows."))
    return redirect("account_login")


def check_typed_twice(request: HttpRequest) -> None:
    if request.POST.get("password", "") != request.POST.get("again", ""):
        raise Refusal(_("The two are not the same. Type the password twice."), item="again")


def form(request: HttpRequest, email: str, said: Refusal | None = None) -> HttpResponse:
    status = said.status if said else 200
    context = {"email": email, "said": said and said_of(said, "choose", request.POST)}
    return render(request, "reminet_site/invitation.html", context, status=status)
