"""The token with which a program of one's own uses the API: made, shown once, revoked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from rest_framework.authtoken.models import Token

from reminet_site.adapters import password_again, remember
from reminet_site.errors import Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.SIGNED_IN, post=Verb.SIGNED_IN)
def token(request: HttpRequest) -> HttpResponse:
    """A new token ends the one before; the key is shown in this answer and never again."""
    mine = Token.objects.filter(user=request.user)
    shown = ""
    if request.method == "POST":
        if not password_again(request, request.POST.get("password", "")):
            request.outlives(lambda: remember(request, "re-authentication failed", request.user))
            raise Refusal("The password is not right. No token was made or revoked.")
        mine.delete()
        remember(request, f"API token {request.POST.get('act', '')}"[:40], request.user)
        if request.POST.get("act") == "revoke":
            return redirect("analysis:token")
        shown = Token.objects.create(user=request.user).key
    made = mine.values_list("created", flat=True).first()
    return render(request, "analysis/token.html", {"made": made, "shown": shown})
