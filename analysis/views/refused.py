"""A refused form comes back as it was sent, with the sentence beside its field."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse

from crf.definition.dates import BadDate, parse_date
from reminet_site.errors import Refusal

# Which of a form's fields a refusal names; another refusal points at the page.
ITEMS = ("reason", "password", "cutoff")


@dataclass(frozen=True)
class Said:
    """The sentence, the form (a page may have several), the id of the field, what was typed."""

    sentence: str
    form: str
    field: str
    typed: str
    cutoff: str
    status: int


def cutoff_of(request: HttpRequest) -> date | None:
    """The clinical cut-off, typed as any date of a form; none where the field is empty."""
    text = request.POST.get("cutoff", "").strip()
    try:
        return date.fromisoformat(parse_date(text)) if text else None
    except BadDate as problem:
        raise Refusal(str(problem), item="cutoff") from None


def come_back(
    request: HttpRequest, form: str, show: Callable[[HttpRequest, Said], HttpResponse]
) -> None:
    """Where the act of this request is refused, `show` renders its page with the sentence."""

    def refused(said: Refusal) -> HttpResponse:
        field = f"{form}-{said.item}" if said.item in ITEMS else ""
        typed = request.POST.get("reason", "") or request.POST.get("note", "")
        cutoff = request.POST.get("cutoff", "")[:40]
        response = show(request, Said(said.sentence, form, field, typed, cutoff, said.status))
        response.status_code = said.status
        return response

    request.refused = refused  # type: ignore[attr-defined]
