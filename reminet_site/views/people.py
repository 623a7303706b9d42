"""Accounts and roles: the administrator's pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from reminet_site import actions
from reminet_site.models import Centre, User
from reminet_site.rights import may
from reminet_site.roles import CENTRE_ROLES, Role, Verb
from reminet_site.typed import whole


@may(get=Verb.MANAGE_ACCOUNTS, post=Verb.MANAGE_ACCOUNTS)
def people(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        user = actions.add_person(
            name=request.POST.get("name", ""),
            email=request.POST.get("email", ""),
            password=request.POST.get("password", ""),
            by=request.actor,
        )
        return redirect("person", user.pk)
    users = User.objects.order_by("name").prefetch_related("grants__centre")
    return render(request, "reminet_site/people.html", {"users": users})


@may(get=Verb.MANAGE_ACCOUNTS, post=Verb.MANAGE_ACCOUNTS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        if request.POST.get("revoke"):
            grant = get_object_or_404(user.grants, pk=whole(request.POST["revoke"]))
            actions.revoke(grant=grant, reason=request.POST.get("reason", ""), by=request.actor)
        else:
            actions.grant(
                user=user,
                role=request.POST.get("role", ""),
                centre=Centre.objects.filter(code=request.POST.get("centre") or None).first(),
                by=request.actor,
            )
        return redirect("person", pk)
    context = {
        "person": user,
        "grants": user.grants.select_related("centre", "granted_by").order_by("-granted_at"),
        "roles": [(r.value, r.label, r in CENTRE_ROLES) for r in Role],
        "centres": Centre.objects.all(),
    }
    return render(request, "reminet_site/person.html", context)
