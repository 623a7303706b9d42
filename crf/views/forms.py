"""The form page: show, save, draft, history."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from crf import actions, pages, reads
from crf.rules import check_form_of_visit
from reminet_site.errors import Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb


def place_for(code: str, visit: str, form: str, number: int) -> reads.Place:
    """The page of the casebook at this address, or the one answer for all that is not there."""
    place = reads.place(reads.participant_for(code), visit, form, number)
    check_form_of_visit(place.study.definition, visit, form, number)
    return place


def raw_of(posted: QueryDict) -> dict[str, list[str]]:
    """What was typed; the token, the version and the reason are not answers."""
    left_out = {"csrfmiddlewaretoken", "version", "reason", "reason_text"}
    return {name: values for name, values in posted.lists() if name not in left_out}


def version_of(posted: QueryDict) -> int:
    try:
        return int(posted.get("version", ""))
    except ValueError:
        raise Refusal("The form lost its version number. Load the page again.") from None


def reason_of(posted: QueryDict) -> str:
    return (posted.get("reason_text") or posted.get("reason") or "").strip()


@may(get=Verb.READ_CASEBOOK, post=Verb.ENTER_DATA)
def form(request: HttpRequest, code: str, visit: str, form: str, number: int = 1) -> HttpResponse:
    place = place_for(code, visit, form, number)
    request.centre_code = place.participant.centre.code
    if request.method == "POST":
        return save(request, place)
    draft = reads.draft_of(place, request.actor.user_id)
    page = pages.open_form(request, place, draft)
    return render(request, "crf/form.html", {"page": page})


def save(request: HttpRequest, place: reads.Place) -> HttpResponse:
    raw, version = raw_of(request.POST), version_of(request.POST)
    try:
        entry = actions.save_at(
            place=place,
            raw=raw,
            version=version,
            reason=reason_of(request.POST),
            by=request.actor,
        )
    except actions.NotSaved as said:
        keep_draft(request, place, raw, version)
        page = pages.refused_form(request, said, raw, version)
        return render(request, "crf/form.html", {"page": page}, status=422)
    except actions.SavedByAnother as said:
        keep_draft(request, place, raw, version)
        conflict = pages.conflict(request, said, raw)
        return render(request, "crf/conflict.html", {"page": conflict}, status=409)
    except Refusal:
        keep_draft(request, place, raw, version)
        raise
    messages.success(request, f"{pages.title_of(place, request)} saved, version {entry.version}.")
    return redirect("crf:casebook", place.participant.code)


def keep_draft(request: HttpRequest, place: reads.Place, raw: Any, version: int) -> None:
    """What a refused save typed is kept, in a transaction that the refusal does not undo."""
    request.outlives(
        lambda: actions.save_draft(place=place, raw=raw, version=version, by=request.actor)
    )


@may(post=Verb.ENTER_DATA)
def draft(request: HttpRequest, code: str, visit: str, form: str, number: int = 1) -> HttpResponse:
    """Keep what is typed and answer with findings, visible items and derived values."""
    place = place_for(code, visit, form, number)
    raw, version = raw_of(request.POST), version_of(request.POST)
    typed = actions.read_typed(place, raw)
    kept = actions.save_draft(place=place, raw=raw, version=version, by=request.actor)
    return render(request, "crf/draft.html", {"page": pages.typed_form(request, typed, raw, kept)})


@may(post=Verb.ENTER_DATA)
def discard(
    request: HttpRequest, code: str, visit: str, form: str, number: int = 1
) -> HttpResponse:
    place = place_for(code, visit, form, number)
    actions.discard_draft(place=place, by=request.actor)
    return redirect("crf:form", code, visit, form, number)


@may(get=Verb.READ_CASEBOOK)
def history(
    request: HttpRequest, code: str, visit: str, form: str, number: int, item: str
) -> HttpResponse:
    """Everything that was ever saved for one item, with who, when and why."""
    place = place_for(code, visit, form, number)
    page = pages.item_history(request, place, item)
    return render(request, "crf/history.html", {"page": page})
