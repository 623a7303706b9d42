"""The door of the house: each role's first page; language and density; health."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from reminet_site.access import reads
from reminet_site.adapters import person, speaking
from reminet_site.clock import now
from reminet_site.context import acting
from reminet_site.models import Centre, Session
from reminet_site.rights import may, open_to_all
from reminet_site.roles import RIGHTS, Role, Verb

# The first page of whoever holds the right, first match.
FIRST_PAGES = (
    (Verb.ENTER_DATA, "crf:centre_home", True),
    (Verb.RAISE_QUERY, "crf:all_queries", False),
    (Verb.RUN_LOOK, "analysis:dmc", False),
    (Verb.READ_BY_ARM, "analysis:dmc", False),
    (Verb.READ_POOLED, "analysis:interim", False),
    (Verb.UNBLIND, "crf:serious_events", False),  # left here: the safety physician
    (Verb.READ_IMAGES, "crf:central_review", False),
    (Verb.READ_AUDIT, "trail", False),
    (Verb.READ_CASEBOOK, "crf:centre_home", True),
    (Verb.READ_SUPPLY, "randomisation:supply", False),
    (Verb.READ_KITS, "randomisation:kits", True),
    (Verb.MANAGE_ACCOUNTS, "people", False),
    (Verb.READ_ACCRUAL, "randomisation:accrual", False),
)


@may(get=Verb.SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """A page over all centres for who holds its right there; a centre that is asked for first."""
    pages = FIRST_PAGES
    if request.GET.get("centre"):
        pages = tuple(sorted(FIRST_PAGES, key=lambda page: not page[2]))
    for verb, name, at_centre in pages:
        held = [(r, c) for r, c in request.grants if verb in RIGHTS[Role(r)]]
        if any(c is None for _, c in held) and not at_centre:
            return redirect(name)
        if held and at_centre:
            centre = chosen_centre(request, held)
            if centre:
                return redirect(name, centre.code)
    context = {"waiting": reads.waiting(request.user.pk)}
    return render(request, "reminet_site/empty_home.html", context)


def chosen_centre(request: HttpRequest, held: list[tuple[str, int | None]]) -> Centre | None:
    everywhere = any(c is None for _, c in held)
    mine = Centre.objects.order_by("code")
    if not everywhere:
        mine = mine.filter(id__in=[c for _, c in held])
    wanted = request.GET.get("centre") or request.session.get("centre")
    return mine.filter(code=wanted).first() or mine.first()


def back(request: HttpRequest) -> str:
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts=None)
    return there if safe and there.startswith("/") else reverse("home")


@may(post=Verb.SIGNED_IN)
def density(request: HttpRequest) -> HttpResponse:
    if request.POST.get("density") in {"compact", "regular", "roomy"}:
        request.user.density = request.POST["density"]
        request.user.save(update_fields=["density"])
    return redirect(back(request))


@open_to_all
def language(request: HttpRequest) -> HttpResponse:
    """Chosen for this browser, and by who is signed in for every other one too."""
    if request.method != "POST":
        return HttpResponse(status=405)
    chosen = request.POST.get("language", "")
    response = redirect(back(request))
    if chosen not in dict(settings.LANGUAGES):
        return response
    translation.activate(chosen)
    if request.user.is_authenticated:
        with acting(person(request.user)):
            request.user.language = chosen
            request.user.save(update_fields=["language"])
    return speaking(response, chosen)


@open_to_all
def health(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405)
    Centre.objects.first()
    return JsonResponse({"status": "ok"})


@may(get=Verb.SIGNED_IN, post=Verb.SIGNED_IN)
def sessions(request: HttpRequest) -> HttpResponse:
    """One's own sessions and second steps; a session can be ended from another one."""
    mine = Session.objects.filter(user_id=request.user.pk, expire_date__gt=now())
    if request.method == "POST":
        mine.exclude(session_key=request.session.session_key).delete()
        messages.success(request, _("Every other session has ended."))
        return redirect("account_sessions")
    context = {"user": request.user, "others": mine.count() - 1}
    return render(request, "reminet_site/account.html", context)
