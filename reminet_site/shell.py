"""What the frame of a page shows: ribbon, navigation, centre, person, footer. Plain data.

`reminet_site.page.common` fills one Shell a request and gives it to every template as `shell`.
"""

from dataclasses import dataclass

from reminet_site.build import Identity


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to: its words, its address, whether the reader is there, what waits there."""

    label: str
    url: str
    current: bool = False
    count: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A banner over the page. kind is "", "done", "due" or "late"."""

    title: str
    text: str = ""
    kind: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class DemonstrationAccount:
    """One account of the demonstration, shown on the sign-in page with its password."""

    email: str
    role: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page. Every part has an empty default, so an error page can have none."""

    trial: str = "REMINET"
    trial_note: str = ""
    title: str = ""
    summary: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    density: str = "regular"
    path: str = "/"
    form_page: str = ""  # of an answer to a sent form: the page on which the form stands
    signed_in: bool = False
    person: str = ""
    email: str = ""
    role: str = ""
    nav: tuple[Link, ...] = ()
    centre: str = ""
    centres: tuple[Link, ...] = ()
    can_find: bool = False
    unblinded: bool = False
    demonstration: str = ""
    demonstration_accounts: tuple[DemonstrationAccount, ...] = ()
    demonstration_password: str = ""
    messages: tuple[Message, ...] = ()
    version: str = ""
    build: Identity | None = None
    definition: str = ""
    definition_hash: str = ""
    timezone: str = "UTC"
