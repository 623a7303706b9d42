"""A refused form comes back as it was sent, with the sentence beside its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from reminet_site.errors import Refusal

# Fields that a browser may leave out of what it sends.
ALWAYS = ("reason", "password", "confirm", "verdict", "related", "expected")
MOST = 4000  # characters of a field that come back


@dataclass(frozen=True)
class Said:
    """The form (a page may have several), (id of the field, sentence) of each thing that is wrong,
    what was typed."""

    form: str
    lines: tuple[tuple[str, str], ...]
    sent: Mapping[str, str]
    status: int

    def at(self, field: str) -> str:
        """The sentences about this field, "" where nothing is wrong with it."""
        return " ".join(sentence for where, sentence in self.lines if where == field)


def said_of(said: Refusal, form: str, sent: Mapping[str, str]) -> Said:
    """A field's id is its form and its name: new-reason. A refusal that names no field of the
    form points at the page."""
    lines = tuple(
        (f"{form}-{one.item}" if one.item in sent or one.item in ALWAYS else "", one.sentence)
        for one in (said, *said.also)
    )
    kept = {name: text[:MOST] for name, text in sent.items() if not is_secret(name)}
    return Said(form, lines, kept, said.status)


def is_secret(name: str) -> bool:
    return name in ("password", "again", "csrfmiddlewaretoken")


def come_back(
    request: HttpRequest, form: str, show: Callable[[HttpRequest, Said], HttpResponse]
) -> None:
    """Where the act of this request is refused, `show` renders its page with the sentence."""

    def refused(said: Refusal) -> HttpResponse:
        response = show(request, said_of(said, form, request.POST))
        response.status_code = said.status
        return response

    request.refused = refused  # type: ignore[attr-defined]
