"""What is shown of an item's history, and of two people's changes to one form."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import past, reads
from crf.actions import Raw, Typed
from crf.models import DataQuery, Draft
from crf.pages import clock_time, facts, holds, reason_asked, title_of
from crf.pages_queries import item_of, thread
from crf.presenters.conflict import ConflictPage, conflict_page
from crf.presenters.queries import HistoryEvent, HistoryPanel
from crf.presenters.words import day, moment
from crf.words import item_words, language, visit_words
from reminet_site.clock import day_at
from reminet_site.errors import NotThere
from reminet_site.roles import Role, Verb


def item_history(request: HttpRequest, place: reads.Place, field: str) -> HistoryPanel:
    """Everything ever saved for one field, its queries, and the same item at earlier visits."""
    item, row = item_of(place, field)
    if not item:
        raise NotThere(_("No item %(item)s.") % {"item": field})
    centre, definition = place.participant.centre, place.study.definition
    return HistoryPanel(
        code=place.participant.code,
        centre=centre.name,
        centre_code=centre.code,
        visit=place.visit,
        form=place.form,
        title=title_of(place),
        number=place.number,
        item=field,
        label=item_words(definition, place.form, item, row),
        events=tuple(events(place, item, row)),
        threads=tuple(thread(request, query) for query in queries(place, item, row)),
        before=tuple(before(place, item, row)),
        can_raise=holds(request, Verb.RAISE_QUERY, centre.pk),
    )


def queries(place: reads.Place, item: str, row: str) -> list[DataQuery]:
    return [q for q in place.queries if (q.item, q.row) == (item, row)]


def events(place: reads.Place, item: str, row: str) -> list[HistoryEvent]:
    """Newest first."""
    if place.entry is None:
        return []
    group, _dot, inner = item.partition(".")
    name = f"{group}[{row}].{inner}" if row else item
    zone = place.participant.centre.timezone
    found = []
    for change in reversed(past.changes(place.entry, name)):
        role = _(Role(change.role).label) if change.role in set(Role) else ""
        found.append(
            HistoryEvent(
                when=moment(change.at, zone),
                who=f"{change.actor}, {role}" if role else change.actor,
                old=said(place, item, change.old) if change.old is not None else "",
                new=afterwards(place, item, change),
                reason=change.reason,
                note=_("query %(n)d") % {"n": change.query_id} if change.query_id else "",
            )
        )
    return found


def afterwards(place: reads.Place, item: str, change: past.Change) -> str:
    if change.redacted:
        return _("redacted")
    return said(place, item, change.new) if change.new is not None else _("blank")


def said(place: reads.Place, item: str, text: str | None) -> str:
    kept = past.value_of(place.compiled, item, text)
    if kept is None:
        return ""
    if item in place.compiled.form.group_by_name:
        return str(kept)
    return place.compiled.label(item, kept, language())


def before(place: reads.Place, item: str, row: str) -> list[tuple[str, str]]:
    """The same item at the five visits before this one, newest first."""
    group, _dot, inner = item.partition(".")
    here = place.entry.visit_date if place.entry else min(place.days_of_visit, default=None)
    found = []
    for entry in reversed(reads.earlier(place, here)[-5:]):
        kept = entry.data.get(group)
        if row and isinstance(kept, list):
            kept = next((one for one in kept if one["id"] == row), {}).get(inner)
        if kept is None or (isinstance(kept, list) and not row and inner):
            continue
        when = f"{visit_words(place.study.definition, entry.visit)}, {day(entry.visit_date)}"
        if group not in place.compiled.form.group_by_name or row:
            found.append((when, place.compiled.label(item, kept, language())))
    return found


def conflict(
    request: HttpRequest,
    typed: Typed,
    raw: Raw,
    base_version: int,
    *,
    elsewhere: Draft | None,
    reason: str = "",
    asks_reason: bool = False,
) -> ConflictPage:
    """Both sides from the version that both began with; `elsewhere` is what the same person typed
    in another window, which a save here discards."""
    place = typed.place
    entry = place.entry
    compiled = place.compiled
    base = past.answers_at(entry, compiled, base_version) if entry and base_version else {}
    saved = entry.data if entry else {}
    centre = place.participant.centre
    now = day_at(entry.saved_at, centre) if entry else None
    return conflict_page(
        definition=place.study.definition,
        form_name=place.form,
        language=language(),
        entry=facts(place, None, ""),
        base=base,
        theirs=compiled.changed(base, saved),
        mine=compiled.changed(base, typed.data),
        raw=raw,
        their_name=entry.saved_by.name if entry and entry.saved_by else "",
        their_time=moment(entry.saved_at, centre.timezone, now) if entry else "",
        elsewhere=clock_time(elsewhere.saved_at, centre.timezone) if elsewhere else "",
        draft_of=(elsewhere.typed_in if elsewhere else request.POST.get("typed_in", "")),
        own=bool(entry) and entry.saved_by_id == request.actor.user_id,
        my_time=clock_time(place.participant.clinical_now, centre.timezone),
        base_version=base_version,
        reason=reason,
        reason_finding=reason_asked() if asks_reason else "",
    )


def merged(place: reads.Place, raw: Raw, base_version: int) -> dict[str, list[str]] | None:
    """The two sides in one, as typed; None where an item still needs a choice.

    What only one side changed comes from that side; what both changed, from the side that
    `keep.FIELD` names.
    """
    assert place.entry is not None
    compiled = place.compiled
    base = past.answers_at(place.entry, compiled, base_version) if base_version else {}
    typed = {name: list(values) for name, values in raw.items() if not name.startswith("keep.")}
    mine = {c[:2]: c[3] for c in compiled.changed(base, compiled.parse(typed).answers)}
    theirs = {c[:2]: c[3] for c in compiled.changed(base, place.entry.data)}
    saved = compiled.raw(place.entry.data)
    for (item, row), value in theirs.items():
        field = field_of(item, row)
        choice = (raw.get(f"keep.{field}") or [""])[-1]
        both = (item, row) in mine and mine[(item, row)] != value
        if both and choice not in ("theirs", "mine"):
            return None
        if not both or choice == "theirs":
            replace_field(typed, saved, field)
    return typed


def field_of(item: str, row: str) -> str:
    group, _dot, inner = item.partition(".")
    if not row:
        return item
    return f"{group}.{row}.{inner}" if inner else f"{group}.{row}"


def replace_field(
    typed: dict[str, list[str]], saved: Mapping[str, Sequence[str]], field: str
) -> None:
    """The boxes of one field (and the presence of its row) as they are saved."""
    mine = {name for name in typed if name == field or name.startswith(f"{field}.")}
    theirs = {name for name in saved if name == field or name.startswith(f"{field}.")}
    for name in mine - theirs:
        del typed[name]
    for name in theirs:
        typed[name] = list(saved[name])
    row = field.rpartition(".")[0]
    if row in saved:
        typed[row] = list(saved[row])
