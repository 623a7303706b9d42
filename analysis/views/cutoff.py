"""The clinical cut-off as typed."""

from datetime import date

from django.http import HttpRequest

from crf.definition.dates import BadDate, parse_date
from crf.words import language
from reminet_site.errors import Refusal


def cutoff_of(request: HttpRequest) -> date | None:
    """Typed as any date of a form; none where the field is empty."""
    text = request.POST.get("cutoff", "").strip()
    try:
        return date.fromisoformat(parse_date(text)) if text else None
    except BadDate as problem:
        raise Refusal(problem.sentence[language()], item="cutoff") from None
