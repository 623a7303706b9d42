"""The form page: show, save, draft, history."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template import loader
from django.utils.translation import gettext as _

from crf import actions, actions_drafts, pages, pages_history, reads
from crf.actions_drafts import TypedElsewhere, Window
from crf.models import Draft, Entry
from crf.places import place_at
from crf.rules import check_form_of_visit, check_not_frozen, check_not_locked
from reminet_site.errors import Conflict, Refusal
from reminet_site.middleware import refusal, wants_fragment
from reminet_site.rights import looks_at_wording, may
from reminet_site.roles import Verb
from reminet_site.typed import whole
from reminet_site.wording import KEEP, check_wording


def place_for(code: str, visit: str, form: str, number: int) -> reads.Place:
    """The page of the casebook at this address, or the one answer for all that is not there."""
    place = place_at(code, visit, form, number)
    check_form_of_visit(place.study.definition, visit, form, number)
    return place


# What a form page posts beside its answers; the definition's loader reserves the same names.
NOT_ANSWERS = {"csrfmiddlewaretoken", "version", "base_version", actions.REASON, "merge"}
NOT_ANSWERS |= {KEEP, "add", "remove", "then", "discard", "typed_in", "draft_of", "both_seen"}


def raw_of(posted: QueryDict) -> dict[str, list[str]]:
    """What was typed."""
    return {name: values for name, values in posted.lists() if name not in NOT_ANSWERS}


def version_of(posted: QueryDict) -> int:
    version = whole(posted.get("version"))
    if version is None:
        raise Refusal(_("The form lost its version number. Load the page again."))
    return version


def base_of(posted: QueryDict) -> int:
    """The version that both sides of a conflict began from."""
    return whole(posted.get("base_version")) or 0


def window_of(posted: QueryDict) -> Window:
    """What the page calls what it sends, and the draft that it knows."""
    return Window(posted.get("typed_in", "")[:16], posted.get("draft_of", "")[:16])


def saving(posted: QueryDict) -> Window:
    """The same for a save, which may take the place of what the page has shown of the other window;
    what is kept while somebody types may not."""
    window, seen = window_of(posted), posted.get("both_seen", "")[:16]
    return replace(window, knows=seen) if seen else window


def reason_of(posted: QueryDict) -> str:
    return posted.get(actions.REASON, "").strip()


@looks_at_wording
@may(get=Verb.READ_CASEBOOK, post=Verb.ENTER_DATA)
def form(request: HttpRequest, code: str, visit: str, form: str, number: int = 1) -> HttpResponse:
    place = place_for(code, visit, form, number)
    request.centre_code = place.participant.centre.code
    if request.method == "POST":
        return save(request, place)
    page = pages.open_form(request, place)
    return render(request, "crf/form.html", {"page": page})


def save(request: HttpRequest, place: reads.Place) -> HttpResponse:
    raw, version = raw_of(request.POST), version_of(request.POST)
    base = base_of(request.POST) if request.POST.get("merge") else version
    elsewhere = other_window(request, place, raw)
    if elsewhere and request.POST.get("merge"):
        return conflict(request, place, actions.read_typed(place, raw), raw, base)
    if elsewhere and version == (place.entry.version if place.entry else 0):
        page = pages.two_windows(
            request, place, raw, reason_of(request.POST), elsewhere, window_of(request.POST).knows
        )
        return render(request, "crf/form.html", {"page": page}, status=TypedElsewhere.status)
    request.refused = lambda said: refused(request, place, said, raw, base)
    check_wording(request)
    entry = actions.save_at(
        place=place,
        raw=both_sides(request, place, raw) if request.POST.get("merge") else raw,
        version=version,
        reason=reason_of(request.POST),
        by=request.actor,
    )
    return as_saved(request, place, entry)


def other_window(request: HttpRequest, place: reads.Place, raw: Any) -> Draft | None:
    """What the same person typed in another window that this page does not know, if it differs."""
    found = actions_drafts.typed_elsewhere(place, saving(request.POST), request.actor)
    same = found and found.raw == actions_drafts.kept(raw, reason_of(request.POST))
    return None if same else found


def conflict(
    request: HttpRequest,
    place: reads.Place,
    typed: Any,
    raw: Any,
    base: int,
    *,
    status: int = Conflict.status,
    **asked: Any,
) -> HttpResponse:
    """Both sides, of two people or of two windows."""
    page = pages_history.conflict(
        request, typed, raw, base, elsewhere=other_window(request, place, raw), **asked
    )
    return render(request, "crf/conflict.html", {"page": page}, status=status)


def as_saved(request: HttpRequest, place: reads.Place, entry: Entry) -> HttpResponse:
    said = _("%(form)s: saved, version %(n)d.")
    messages.success(request, said % {"form": pages.title_of(place), "n": entry.version})
    if request.POST.get("then") == "next":
        return redirect(pages.next_page(place))
    return redirect("crf:form", place.participant.code, place.visit, place.form, place.number)


def both_sides(request: HttpRequest, place: reads.Place, raw: Any) -> Any:
    """The form with each side's changes; SavedByAnother again where a choice is missing."""
    merged = pages_history.merged(place, raw, base_of(request.POST)) if place.entry else raw
    if merged is None:
        raise actions.SavedByAnother(actions.read_typed(place, raw))
    return merged


def refused(
    request: HttpRequest, place: reads.Place, said: Refusal, raw: Any, version: int
) -> HttpResponse:
    """The form again with what stops the save; what was typed is kept as a draft."""
    now = reads.entry_now(place) if isinstance(said, actions.SavedByAnother) else None
    if isinstance(said, actions.SavedByAnother) and now:
        mine = now.saved_by_id == request.actor.user_id
        sent = (version_of(request.POST) + 1, said.page.data, said.page.comments)
        if mine and (now.version, now.data, now.comments) == sent:
            return as_saved(request, place, now)  # sent twice: the first answer did not arrive
        if not (version or request.POST.get("merge")) and place.compiled.form.repeats:
            return one_more(request, place, raw, mine=mine)
    keep_draft(request, place, raw, version)
    if isinstance(said, actions.SavedByAnother):
        return conflict(request, place, said.page, raw, version, reason=reason_of(request.POST))
    if isinstance(said, actions.NotSaved) and said.reason_needed and request.POST.get("merge"):
        typed = actions.read_typed(place, raw)
        return conflict(request, place, typed, raw, version, status=said.status, asks_reason=True)
    if isinstance(said, actions.NotSaved):
        window = window_of(request.POST).name
        form_page = pages.refused_form(request, said, raw, reason_of(request.POST), window)
        return render(request, "crf/form.html", {"page": form_page}, status=said.status)
    return refusal(request, said, said.status)


def one_more(request: HttpRequest, place: reads.Place, raw: Any, *, mine: bool) -> HttpResponse:
    """The same new record of a running list was begun twice, by two people or in two windows: this
    one goes to the next number, for two events are not one event that was changed."""
    number = reads.next_number(place, request.actor.user_id)
    new = replace(place, number=number)
    keep_draft(request, new, raw, 0)
    window = window_of(request.POST)
    request.outlives(
        lambda: actions_drafts.discard_draft(place=place, window=window, by=request.actor)
    )
    who = (
        _("You saved %(theirs)s in another window meanwhile.")
        if mine
        else _("Somebody else saved %(theirs)s meanwhile.")
    )
    rest = _(
        "What you typed is %(mine)s now and is not saved yet: if it is another one, save it; if it "
        "is the same, discard it."
    )
    words = {"theirs": pages.title_of(place), "mine": pages.title_of(new)}
    messages.warning(request, f"{who} {rest}" % words)
    return redirect("crf:form", place.participant.code, place.visit, place.form, number)


def keep_draft(request: HttpRequest, place: reads.Place, raw: Any, version: int) -> None:
    """What a refused save typed is kept, in a transaction that the refusal does not undo; not in
    place of what was typed in another window: the page that is answered has it still."""
    reason, window = reason_of(request.POST), saving(request.POST)

    def keep() -> None:
        with suppress(TypedElsewhere):
            actions_drafts.save_draft(
                place=place,
                raw=raw,
                version=version,
                reason=reason,
                window=window,
                by=request.actor,
            )

    request.outlives(keep)


@looks_at_wording
@may(post=Verb.ENTER_DATA)
def draft(request: HttpRequest, code: str, visit: str, form: str, number: int = 1) -> HttpResponse:
    """Keep what is typed and answer with findings, visible items and derived values."""
    place = place_for(code, visit, form, number)
    check_not_locked(place.locked)
    check_not_frozen(place.frozen_on)
    raw, version = raw_of(request.POST), version_of(request.POST)
    add, remove = request.POST.get("add", ""), request.POST.get("remove", "")
    if add in place.compiled.form.group_by_name:
        raw = pages.with_row_added(raw, add, place.entry.data if place.entry else {})
    if remove:
        raw = pages.with_row_removed(raw, remove)
    kept = actions_drafts.save_draft(
        place=place,
        raw=raw,
        version=version,
        reason=reason_of(request.POST),
        window=window_of(request.POST),
        by=request.actor,
    )
    if not wants_fragment(request):
        return redirect("crf:form", code, visit, form, number)
    page = pages.answered(request, actions.read_typed(place, raw), raw, kept, add)
    # parts of a page that is there already: no frame, so nothing is asked for one
    return HttpResponse(loader.render_to_string("crf/draft.html", {"page": page}))


@may(post=Verb.ENTER_DATA)
def discard(
    request: HttpRequest, code: str, visit: str, form: str, number: int = 1
) -> HttpResponse:
    place = place_for(code, visit, form, number)
    window = saving(request.POST)
    if not actions_drafts.discard_draft(place=place, window=window, by=request.actor):
        messages.warning(request, _("What you typed in another window stays; here it is."))
    return redirect("crf:form", code, visit, form, number)


@may(get=Verb.READ_CASEBOOK)
def history(
    request: HttpRequest, code: str, visit: str, form: str, number: int, item: str
) -> HttpResponse:
    """Everything that was ever saved for one item, with who, when and why."""
    place = place_for(code, visit, form, number)
    page = pages_history.item_history(request, place, item)
    if wants_fragment(request):
        return render(request, "crf/history_panel.html", {"side": page})
    return render(request, "crf/history.html", {"page": page})
