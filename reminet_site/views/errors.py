"""Pages for what went wrong before or outside a view; each says what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def page(request: HttpRequest, status: int, sentence: str, **more: str) -> HttpResponse:
    from reminet_site.middleware import wants_fragment

    if wants_fragment(request):
        from django.http import JsonResponse

        return JsonResponse({"detail": sentence}, status=status)
    context = {"sentence": sentence, "status": status} | more
    return render(request, "reminet_site/error.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, _("There is nothing at this address, or nothing that you may see."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400, _("The request could not be read. Go back and send it again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, _("Your role does not include this page."))


def failed(request: HttpRequest) -> HttpResponse:
    return HttpResponse(FAILED, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request,
        403,
        _("This page was open for too long, or in two windows. Load it again, then send."),
        title=_("Not sent"),
    )


FAILED = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Error</title>'
    "<h1>Something failed on our side</h1><p>Nothing was saved by this request; what you typed is "
    "kept as a draft. Go back and try again.</p></html>"
)
