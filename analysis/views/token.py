"""The token with which a program of one's own uses the API: made, shown once, revoked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from rest_framework.authtoken.models import Token

from reminet_site.adapters import check_password_again, remember
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.tokens import ends_at


@may(get=Verb.SIGNED_IN, post=Verb.SIGNED_IN)
def token(request: HttpRequest) -> HttpResponse:
    """A new token ends the one before; the key is shown in this answer and never again."""
    if request.method == "POST":
        come_back(request, "token", show)
        key = act(request)
        return show(request, shown=key) if key else redirect("analysis:token")
    return show(request)


def act(request: HttpRequest) -> str:
    """The new key, or nothing where the token was revoked."""
    mine = Token.objects.filter(user=request.user)
    check_password_again(request)
    mine.delete()
    revoked = request.POST.get("act") == "revoke"
    remember(request, "API token revoked" if revoked else "API token made", request.user)
    return "" if revoked else Token.objects.create(user=request.user).key


def show(request: HttpRequest, said: Said | None = None, shown: str = "") -> HttpResponse:
    made = Token.objects.filter(user=request.user).values_list("created", flat=True).first()
    ends = ends_at(made) if made else None
    context = {"made": made, "ends": ends, "shown": shown, "said": said}
    return render(request, "analysis/token.html", context)
