"""A form that was sent already does nothing the second time: Back, and the same button again."""

import hashlib
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

View = Callable[..., HttpResponse]

SENT = "sent"  # in the session: (what was sent, where it led, when), the last of them
KEPT = 20
AGAIN = 600  # seconds after which the same words are meant
OF_A_PAGE = "csrfmiddlewaretoken"  # another one each time that the page is loaded, as after Back
NOT_WORDS = frozenset({OF_A_PAGE, "password"})


def sent_once(view: View) -> View:
    """The same words at the same address within ten minutes, in one session, are the same form:
    the person is led to where the first led, with a sentence.

    For acts that would make a second thing, where nothing else tells the two apart. What was done
    is remembered when it is committed.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or OF_A_PAGE not in request.POST:
            return view(request, *args, **kwargs)
        sent, now = what_was_sent(request), int(time.time())
        for known, led_to, at in request.session.get(SENT, ()):
            if known == sent and now - at < AGAIN:
                messages.warning(
                    request,
                    _(
                        "The same was sent %(n)d minutes ago, and is not done a second time. To do "
                        "it again, change a word or wait ten minutes."
                    )
                    % {"n": (now - at) // 60},
                )
                return redirect(led_to)
        response = view(request, *args, **kwargs)
        if response.status_code == 302:
            transaction.on_commit(partial(remember, request, sent, response["Location"], now))
        return response

    return once


def what_was_sent(request: HttpRequest) -> str:
    """One hash of address and words. No password, which a quick hash would not hide."""
    names = sorted(set(request.POST) - NOT_WORDS)
    said = repr((request.path, [(name, request.POST.getlist(name)) for name in names]))
    return hashlib.sha256(said.encode()).hexdigest()


def remember(request: HttpRequest, sent: str, led_to: str, at: int) -> None:
    request.session[SENT] = [*request.session.get(SENT, ()), (sent, led_to, at)][-KEPT:]
