"""Texts beside the forms (reasons, queries, notes): looked at before anything is written.

A text that seems to say who somebody is comes back with the choice to reword it, or to confirm
that it names nobody who takes part. The confirmation is an act in the trail, without the text.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from reminet_site.audit import note
from reminet_site.errors import Refusal
from reminet_site.free_text import found, in_words

ACT = "wording kept"
KEEP = "keep_wording"
# What people write freely, by the name it is posted under; a test looks at every template.
TEXTS = {
    "reason": gettext_noop("The reason seems to hold %(what)s."),
    "change_reason": gettext_noop("The reason seems to hold %(what)s."),
    "comment": gettext_noop("The comment seems to hold %(what)s."),
    "text": gettext_noop("The text seems to hold %(what)s."),
    "note": gettext_noop("The note seems to hold %(what)s."),
    "reference": gettext_noop("The number seems to hold %(what)s."),
}
OF_FINDING = gettext_noop("The comment seems to hold %(what)s.")
COMMENT = "confirm."  # of a finding on a form
NOT_SENT_AGAIN = frozenset({"csrfmiddlewaretoken", "password", KEEP})


class PersonalWording(Refusal):
    """A text seems to identify somebody. `kinds`: posted name -> what it seems to hold."""

    def __init__(self, kinds: dict[str, tuple[str, ...]]) -> None:
        first = next(iter(kinds))
        what = in_words(kinds[first], get_language() or "en")
        holds = _(TEXTS.get(first, OF_FINDING)) % {"what": what}
        mend = _(
            "The trial keeps nothing that says who a participant is: reword it, or confirm that "
            "it names nobody who takes part."
        )
        super().__init__(f"{holds} {mend}", item=first)
        self.kinds = kinds


def looked_at(request: HttpRequest) -> dict[str, tuple[str, ...]]:
    """Posted name -> what its text seems to hold; texts that hold nothing are left out."""
    posted = {
        name: found(text)
        for name, text in request.POST.items()
        if text and (name in TEXTS or name.startswith(COMMENT))
    }
    return {name: kinds for name, kinds in posted.items() if kinds}


def check_wording(request: HttpRequest) -> None:
    """Refused until reworded or confirmed; `request.kept_wording` is what was confirmed."""
    kinds = looked_at(request)
    if kinds and request.POST.get(KEEP) != "yes":
        raise PersonalWording(kinds)
    request.kept_wording = kinds  # type: ignore[attr-defined]


def note_kept(request: HttpRequest) -> None:
    """The confirmation in the trail: where, and which kind; never the text."""
    kinds = getattr(request, "kept_wording", None)
    if not kinds:
        return
    match = request.resolver_match
    assert match is not None
    where = " ".join([match.view_name, *(str(value) for value in match.kwargs.values())])
    participant, centre = place_of(
        str(match.kwargs.get("code") or request.POST.get("code", "")),
        getattr(request, "centre_code", ""),
    )
    said = "; ".join(f"{name}: {', '.join(held)}" for name, held in kinds.items())
    note(ACT, where, centre_id=centre, participant_id=participant, detail=said)


def place_of(code: str, centre: str = "") -> tuple[int | None, int | None]:
    """(participant, centre) by their codes, behind the wall; asked for a kept text alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT id FROM crf_participant WHERE code = %s), "
            "coalesce((SELECT centre_id FROM crf_participant WHERE code = %s), "
            "(SELECT id FROM reminet_site_centre WHERE code = %s))",
            [code, code, centre],
        )
        found_at: tuple[int | None, int | None] = cursor.fetchone()
    return found_at


def wording_page(request: HttpRequest, said: PersonalWording) -> HttpResponse:
    """The texts to reword, the box to confirm; everything else that was sent goes along."""
    left_out = NOT_SENT_AGAIN | set(said.kinds)
    context = {
        "sentence": said.sentence,
        "texts": [(name, request.POST[name]) for name in said.kinds],
        "others": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in left_out
            for value in values
        ],
        "password": "password" in request.POST,
    }
    return render(request, "reminet_site/wording.html", context, status=said.status)
