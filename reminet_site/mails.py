"""Mails about accounts: what they say, and to whom; and how a mail is sent. No clinical word is in
any of them.

Each is written in the language kept with the account it goes to, English where none is. A mail
server that does not answer costs PATIENCE seconds and stops nothing.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection as db
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.jinja2_env import moment
from reminet_site.models import User
from reminet_site.roles import Role

log = logging.getLogger("reminet")
PATIENCE = 5
INVITED = gettext_noop(
    """%(name)s,

an account of the trial was made for you: %(email)s.
Choose your password here, then set up the second step of the sign-in:

%(address)s

The address works once, until %(until)s (UTC). If you do not expect this mail, delete it: nothing
happens without you.
"""
)
LOCKED = gettext_noop(
    """After repeated wrong passwords or codes this account waits 15 minutes: %(email)s.

The last try came from %(address)s, %(place)s. If it was not the person who holds the account, end
its sessions and send a new invitation.
"""
)
LOCKED_YOU = gettext_noop(
    """%(name)s,

after repeated wrong passwords or codes your account waits 15 minutes.
The last try came from %(address)s, %(place)s. If that was not you, tell the administrator of the
trial now.
"""
)
CHANGED = gettext_noop(
    """%(name)s,

%(what)s If that was not you, tell the administrator of the trial now.
"""
)
# What became of a second step, and where a password was asked for.
SET_UP = gettext_noop("A second step of your sign-in was set up.")
REMOVED = gettext_noop("A second step of your sign-in was removed.")
REMOVED_FOR_YOU = gettext_noop(
    "The second step of your sign-in was removed by the administrators; the next sign-in asks for"
    " one."
)
AT_SIGN_IN = gettext_noop("at the sign-in")
AT_PROMPT = gettext_noop("at a prompt for the password again")


@dataclass(frozen=True, slots=True)
class Mail:
    address: str
    subject: str
    text: str


def to(user: User, write: Callable[[], tuple[str, str]]) -> Mail:
    """The mail to this person; `write` gives subject and text in the language of the moment."""
    with translation.override(user.language or "en"):
        return Mail(user.email, *write())


def to_each(people: Iterable[User], write: Callable[[], tuple[str, str]]) -> list[Mail]:
    return [to(user, write) for user in people]


_gathered: ContextVar[list[Mail] | None] = ContextVar("mails", default=None)


@contextmanager
def gathered() -> Iterator[list[Mail]]:
    """What is sent inside is the caller's to send, or to forget where nothing comes of it: one
    connection for an act that tells of many things."""
    letters: list[Mail] = []
    token = _gathered.set(letters)
    try:
        yield letters
    finally:
        _gathered.reset(token)


def send(mails: Sequence[Mail]) -> None:
    """Over one connection, once the transaction is through."""
    letters = _gathered.get()
    if letters is None:
        transaction.on_commit(lambda: send_now(mails))
    else:
        letters += mails


def send_now(mails: Sequence[Mail]) -> bool:
    """True where a server took at least one; an address that it refuses is in the log."""
    taken = 0
    try:
        with get_connection(timeout=PATIENCE) as connection:
            for one in mails:
                try:
                    EmailMessage(
                        one.subject, one.text, to=[one.address], connection=connection
                    ).send()
                    taken += 1
                except SMTPException:
                    log.exception("a mail was refused for one address")
    except OSError:
        log.exception("a mail was not sent")
    return taken > 0


def holders(*roles: Role) -> list[User]:
    """Those who hold one of these roles of the sponsor now, by address."""
    held = User.objects.filter(
        is_active=True, grants__role__in=roles, grants__revoked_at__isnull=True
    )
    return list(held.order_by("email").distinct())


def holders_at(centre_id: int, *roles: Role) -> list[User]:
    """Those whose role at the centre counts now (trained, delegated, the centre open), by
    address."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT user_id FROM reminet_site_heldrole WHERE centre_id = %s AND role = ANY (%s)",
            [centre_id, list(roles)],
        )
        held = [pk for (pk,) in cursor.fetchall()]
    return list(User.objects.filter(pk__in=held, is_active=True).order_by("email"))


def invitation(user: User, secret: str, until: datetime) -> None:
    """The one copy of the secret that there is; the database keeps its hash."""
    address = settings.SITE_URL + reverse("invitation", args=[secret])

    def write() -> tuple[str, str]:
        named = {"name": user.name, "email": user.email, "address": address}
        return _("Your account of the trial"), _(INVITED) % (named | {"until": moment(until)})

    send([to(user, write)])


def locked_out(user: User | None, typed: str, address: str, place: str) -> None:
    """To the person and to every administrator, at once."""

    def where() -> dict[str, str]:
        return {"address": address or _("an unknown address"), "place": _(place)}

    def write() -> tuple[str, str]:
        email = user.email if user else _("%(typed)s (no such account)") % {"typed": typed[:100]}
        text = _(LOCKED) % (where() | {"email": email})
        return _("An account is locked for 15 minutes"), text

    def write_you() -> tuple[str, str]:
        text = _(LOCKED_YOU) % (where() | {"name": user.name if user else ""})
        return _("An account is locked for 15 minutes"), text

    mails = to_each(holders(Role.ADMINISTRATOR), write)
    if user and user.is_active:
        mails.append(to(user, write_you))
    send(mails)


def second_step_changed(user: User, what: str) -> None:
    """`what`: SET_UP, REMOVED or REMOVED_FOR_YOU."""

    def write() -> tuple[str, str]:
        return _("The second step of your sign-in"), _(CHANGED) % {
            "name": user.name,
            "what": _(what),
        }

    send([to(user, write)])
