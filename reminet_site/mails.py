"""Mails about accounts: what they say, and to whom; and how a mail is sent. No clinical word is in
any of them.

A mail server that does not answer costs PATIENCE seconds and stops nothing.
"""

import logging
from collections.abc import Sequence
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse

from reminet_site.models import User
from reminet_site.roles import Role

log = logging.getLogger("reminet")
PATIENCE = 5
INVITED = """{name},

an account of the trial was made for you: {email}.
Choose your password here, then set up the second step of the sign-in:

{address}

The address works once, until {until} (UTC). If you do not expect this mail, delete it: nothing
happens without you.
"""
LOCKED = """After repeated wrong passwords or codes this account waits 15 minutes: {email}.

The last try came from {address}, {place}. If it was not the person who holds the account, end its
sessions and send a new invitation.
"""
LOCKED_YOU = """{name},

after repeated wrong passwords or codes your account waits 15 minutes.
The last try came from {address}, {place}. If that was not you, tell the administrator of the trial
now.
"""
CHANGED = """{name},

a second step of your sign-in was {what}. If that was not you, tell the administrator of the trial
now.
"""


def send(subject: str, messages: Sequence[tuple[str, str]]) -> None:
    """(address, text) each, over one connection, once the transaction is through."""
    transaction.on_commit(lambda: send_now(subject, messages))


def send_now(subject: str, messages: Sequence[tuple[str, str]]) -> None:
    try:
        with get_connection(timeout=PATIENCE) as connection:
            for address, text in messages:
                try:
                    EmailMessage(subject, text, to=[address], connection=connection).send()
                except SMTPException:
                    log.exception("a mail was refused for one address")
    except OSError:
        log.exception("a mail was not sent")


def administrators() -> list[str]:
    """It is theirs to look after accounts."""
    return holders(Role.ADMINISTRATOR)


def holders(*roles: Role) -> list[str]:
    """The addresses of those who hold one of these roles now."""
    held = User.objects.filter(
        is_active=True, grants__role__in=roles, grants__revoked_at__isnull=True
    )
    return list(held.order_by("email").values_list("email", flat=True).distinct())


def invitation(user: User, secret: str, until: str) -> None:
    """The one copy of the secret that there is; the database keeps its hash."""
    address = settings.SITE_URL + reverse("invitation", args=[secret])
    text = INVITED.format(name=user.name, email=user.email, address=address, until=until)
    send("Your account of the trial", [(user.email, text)])


def locked_out(user: User | None, typed: str, address: str, place: str) -> None:
    """To the person and to every administrator, at once."""
    email = user.email if user else f"{typed[:100]} (no such account)"
    told = LOCKED.format(email=email, address=address or "an unknown address", place=place)
    messages = [(one, told) for one in administrators()]
    if user and user.is_active:
        text = LOCKED_YOU.format(
            name=user.name, address=address or "an unknown address", place=place
        )
        messages.append((user.email, text))
    send("An account is locked for 15 minutes", messages)


def second_step_changed(user: Any, what: str) -> None:
    send(
        "The second step of your sign-in", [(user.email, CHANGED.format(name=user.name, what=what))]
    )
