"""A form that was sent already does nothing the second time: Back, and the same button again."""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

View = Callable[..., HttpResponse]

SENT = "sent"  # in the session: (what was sent, where it led), the last of them
KEPT = 20
OF_THE_PAGE = "csrfmiddlewaretoken"
SECRET = frozenset({"password"})


def sent_once(view: View) -> View:
    """The second time the person is led to where the first led, with a sentence.

    For acts that would make a second thing, where nothing else tells the two apart. What was done
    is remembered when it is committed, and for the session alone.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or OF_THE_PAGE not in request.POST:
            return view(request, *args, **kwargs)
        sent = what_was_sent(request)
        led_to = dict(request.session.get(SENT, ())).get(sent)
        if led_to:
            messages.info(request, _("This was sent already, and is not done a second time."))
            return redirect(led_to)
        response = view(request, *args, **kwargs)
        if response.status_code == 302:
            transaction.on_commit(partial(remember, request, sent, response["Location"]))
        return response

    return once


def what_was_sent(request: HttpRequest) -> str:
    """One hash of address and form. Each page that is rendered has a token of its own, so the same
    words typed on a new page are another form. No password, which a quick hash would not hide."""
    said = [(name, request.POST.getlist(name)) for name in sorted(request.POST)]
    shown = repr((request.path, [one for one in said if one[0] not in SECRET]))
    return hashlib.sha256(shown.encode()).hexdigest()


def remember(request: HttpRequest, sent: str, led_to: str) -> None:
    request.session[SENT] = [*request.session.get(SENT, ()), (sent, led_to)][-KEPT:]
