"""From a place in the casebook to what its page shows: asks the reads, tells the presenters."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crf import past, reads, reads_source
from crf.actions import REASON, NotSaved, Raw, Typed, comment_name, read_typed
from crf.definition import Evaluation, next_row_id
from crf.definition.model import Bounds
from crf.models import Draft
from crf.presenters.draft import DraftAnswer, draft_answer
from crf.presenters.form_data import Around, Beside, Elsewhere, EntryFacts, FormPage
from crf.presenters.form_page import form_page
from crf.presenters.form_words import changes_of, normal_words
from crf.presenters.source import source_facts
from crf.reads_source import Check
from crf.rules import allowed_to_enter
from crf.words import form_words, language, visit_words
from reminet_site.jinja2_env import moment
from reminet_site.roles import RIGHTS, Role, Verb


def holds(request: HttpRequest, verb: Verb, centre_id: int) -> bool:
    """Whether the person of this request holds another right at this centre."""
    return any(
        verb in RIGHTS[Role(role)] and centre in (None, centre_id)
        for role, centre in request.grants
    )


def title_of(place: reads.Place) -> str:
    return form_words(place.study.definition, place.form, place.visit, place.number)


def open_form(request: HttpRequest, place: reads.Place) -> FormPage:
    """The form as it stands: the writer's draft where there is one, else what is saved; where
    nothing can be changed, what is saved, and that there is a draft."""
    beside = reads_source.beside(place, request.actor.user_id)
    draft = None if place.closed else beside.draft
    saved = place.entry.data if place.entry else {}
    raw = draft.raw if draft else place.compiled.raw(saved)
    typed = read_typed(place, raw)
    reason = raw.get(REASON, [""])[-1] if draft else ""
    page = shown(
        request, typed, raw, draft=draft, quiet=not draft, reason=reason, check=beside.check
    )
    return page if draft or not beside.draft else with_draft_left(page, beside.draft, place)


def with_draft_left(page: FormPage, draft: Draft, place: reads.Place) -> FormPage:
    at = moment(draft.saved_at, place.participant.centre.timezone)
    entry = replace(page.entry, left_at=at, typed_in=draft.typed_in)
    return replace(page, entry=entry)


def answered(
    request: HttpRequest, typed: Typed, raw: Raw, draft: Draft, added: str = ""
) -> DraftAnswer:
    """What a draft request is told; `added` names a group that has got a row."""
    place = typed.place
    return draft_answer(
        definition=place.study.definition,
        form_name=place.form,
        language=language(),
        entry=facts(place, draft, ""),
        raw=raw,
        evaluation=typed.evaluation,
        changed=changed_by(typed, draft),
        around=around(place, typed, counts=False),
        added=added,
    )


def reason_asked() -> str:
    return _("A saved value changes: say why, in one sentence.")


def two_windows(
    request: HttpRequest,
    place: reads.Place,
    raw: Raw,
    reason: str,
    elsewhere: Draft,
    knows: str,
) -> FormPage:
    """The form as typed here, and what the same person typed in another window; a second save
    takes what stands here, and until then neither is written over. `knows`: as the page posted it.
    """
    typed, other = read_typed(place, raw), read_typed(place, elsewhere.raw)
    page = shown(request, typed, raw, refused=True, reason=reason, typed_in=knows)
    between = place.compiled.changed(other.data, typed.data)
    said = changes_of(place.study.definition, page.skeleton, between, language(), blanks=True)
    sides = tuple(
        replace(
            side,
            old=side.old if old is not None else as_typed(elsewhere.raw, item, row) or side.old,
            new=side.new if new is not None else as_typed(raw, item, row) or side.new,
        )
        for side, (item, row, old, new) in zip(said, between, strict=True)
    )
    at = clock_time(elsewhere.saved_at, place.participant.centre.timezone)
    return replace(page, elsewhere=Elsewhere(at, sides, elsewhere.typed_in))


def as_typed(raw: Raw, item: str, row: str) -> str:
    """What stands in the box where it could not be read."""
    group, _dot, inner = item.partition(".")
    name = f"{group}.{row}.{inner}" if row else item
    return " ".join(filter(None, raw.get(name, ())))


def refused_form(
    request: HttpRequest, said: NotSaved, raw: Raw, reason: str, window: str
) -> FormPage:
    """What was typed is kept as the draft of the `window` that sent it."""
    words = reason_asked() if said.reason_needed else ""
    return shown(
        request,
        said.page,
        raw,
        refused=True,
        reason=reason,
        reason_finding=words,
        typed_in=window,
    )


def shown(
    request: HttpRequest,
    typed: Typed,
    raw: Raw,
    *,
    draft: Draft | None = None,
    quiet: bool = False,
    refused: bool = False,
    reason: str = "",
    reason_finding: str = "",
    check: Check | None = None,
    typed_in: str = "",
) -> FormPage:
    place = typed.place
    centre = place.participant.centre
    refusal = allowed_to_enter(place)
    may_enter = holds(request, Verb.ENTER_DATA, centre.pk)
    if not may_enter:
        refusal = _("Your role reads, and enters no data.")
    evaluation = typed.evaluation
    if quiet and place.entry is None:  # an empty form is not a list of remarks
        evaluation = replace(evaluation, findings=())
    entry = facts(place, draft, refusal, receipt=holds(request, Verb.READ_ELIGIBILITY, centre.pk))
    entry = with_source(request, place, entry, check)
    if refused:
        entry = replace(entry, state="draft", state_words=_("Not saved"), typed_in=typed_in)
    return form_page(
        definition=place.study.definition,
        form_name=place.form,
        language=language(),
        entry=entry,
        raw=raw,
        evaluation=evaluation,
        changed=changed_by(typed, draft),
        around=around(place, typed, receipt=entry.receipt),
        refused=refused,
        reason=reason,
        reason_finding=reason_finding,
        can_edit=not refusal,
        can_raise_query=holds(request, Verb.RAISE_QUERY, centre.pk),
    )


def with_source(
    request: HttpRequest, place: reads.Place, entry: EntryFacts, check: Check | None
) -> EntryFacts:
    """What a monitor said of the entry, where there is one."""
    if place.entry is None:
        return entry
    centre = place.participant.centre
    may_verify = holds(request, Verb.VERIFY_SOURCE, centre.pk) and not place.locked
    source = source_facts(check, place.entry.version, centre, may_verify)
    if source and source.verified and entry.state == "entered":
        return replace(entry, source=source, state="verified", state_words=_("Verified"))
    return replace(entry, source=source)


def changed_by(typed: Typed, draft: Draft | None) -> list[tuple[str, str, Any, Any]]:
    """The saved values that the writer makes others; what can't be read yet changes nothing, nor
    does what a colleague saved since the draft was begun."""
    place = typed.place
    saved = place.entry.data if place.entry else {}
    found = place.compiled.changed(saved, typed.data)
    unread = {(f.item, f.row) for f in typed.evaluation.of("hard")}  # typed, and no value yet
    if draft and place.entry and draft.base_version < place.entry.version:
        begun = past.answers_at(place.entry, place.compiled, draft.base_version)
        mine = {change[:2] for change in place.compiled.changed(begun, typed.data)}
        found = [change for change in found if change[:2] in mine]
    return [
        (item, row, old, new)
        for item, row, old, new in found
        if old is not None and not (new is None and (item, row) in unread)
    ]


def facts(
    place: reads.Place, draft: Draft | None, locked: str, receipt: bool = False
) -> EntryFacts:
    entry, centre = place.entry, place.participant.centre
    state, words = state_of(place, draft)
    notes = ()
    if entry:
        notes = (
            _("saved version %(n)d, %(at)s")
            % {"n": entry.version, "at": moment(entry.saved_at, centre.timezone)},
        )
    return EntryFacts(
        code=place.participant.code,
        centre=centre.name,
        centre_code=centre.code,
        visit=place.visit,
        visit_title=visit_words(place.study.definition, place.visit),
        title=title_of(place),
        number=place.number,
        version=draft.base_version if draft else entry.version if entry else 0,
        state=state,
        state_words=words,
        notes=notes,
        kept_at=clock_time(draft.saved_at, centre.timezone) if draft else "",
        typed_in=draft.typed_in if draft else "",
        saved_since=entry.version if draft and entry and entry.version > draft.base_version else 0,
        randomisation_number=place.participant.randomisation_number or "",
        receipt=receipt,
        locked=locked,
    )


def clock_time(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def state_of(place: reads.Place, draft: Draft | None) -> tuple[str, str]:
    if draft:
        return "draft", _("Draft, not yet data")
    if place.locked:
        return "locked", _("Locked")
    if place.frozen_on and place.entry:
        blank = place.entry.filled < place.entry.expected
        return "locked", _("Frozen, incomplete") if blank else _("Frozen")
    if place.entry is None:
        return "due", _("Not entered")
    if place.entry.filled < place.entry.expected:
        return "draft", _("Saved, incomplete")
    return "entered", _("Entered")


def around(place: reads.Place, typed: Typed, counts: bool = True, receipt: bool = False) -> Around:
    """History, queries and comments by field; the fixed rows of groups that follow another form;
    what other rooms know, for who may open the receipt."""
    comments = {
        comment_name(f): typed.comments[f.key]["comment"]
        for f in typed.evaluation.of("soft")
        if f.key in typed.comments
    }
    return Around(
        history=changes_by_field(place) if counts else {},
        queries=queries_by_field(place) if counts else {},
        comments=comments,
        hints=normal_limits(place, typed.normal) if counts else {},
        beside=beside_items(place) if counts and receipt else {},
        rows=fixed_rows(place, typed.evaluation),
    )


def normal_limits(place: reads.Place, own: Mapping[str, Bounds]) -> dict[str, str]:
    """ "normal 12–17" by field: the centre's own limits, else the definition's."""
    return {
        item.name: normal_words(own.get(f"{place.form}.{item.name}", item.normal))
        for item in place.compiled.form.items
        if item.normal
    }


def beside_items(place: reads.Place) -> dict[str, Beside]:
    found: dict[str, Beside] = {}
    for path in settings.BESIDE_ITEMS:
        found |= import_string(path)(place)
    return found


def field_of(item: str) -> str:
    """The trail's "targets[r1].mm" as a field: "targets.r1.mm"."""
    return item.replace("[", ".").replace("]", "")


def changes_by_field(place: reads.Place) -> dict[str, int]:
    """How often each field of this entry has changed since it was first saved."""
    if place.entry is None or place.entry.version == 1:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item, count(*) FROM audit.trail WHERE relation = 'crf_entry' "
            "AND row_id = %s AND act <> 'create' AND item !~ '^#' GROUP BY item",
            [str(place.entry.pk)],
        )
        return {field_of(item): count for item, count in cursor.fetchall()}


def queries_by_field(place: reads.Place) -> dict[str, int]:
    counts: dict[str, int] = {}
    for query in place.queries:
        group, _dot, inner = query.item.partition(".")
        name = f"{group}.{query.row}.{inner}" if query.row else query.item
        counts[name] = counts.get(name, 0) + 1
    return counts


def fixed_rows(
    place: reads.Place, evaluation: Evaluation
) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """Rows that another form fixes (lesions of the baseline), each with what it says there."""
    found: dict[str, tuple[tuple[str, str, str], ...]] = {}
    for group in place.compiled.form.groups:
        source = group.rows_from
        if source is None:
            continue
        base = next(
            (e for e in place.entries if (e.visit, e.form) == (source.visit, source.form)), None
        )
        if base is None:
            continue
        other = place.study.form(source.form)
        label = group.row_label[language()] or group.title[language()]
        found[group.name] = tuple(
            (row["id"], f"{label} {n}", row_words(other, source.group, row))
            for n, row in enumerate(base.data.get(source.group, ()), start=1)
        )
    return found


def row_words(compiled: Any, group: str, row: Mapping[str, Any]) -> str:
    said = [
        compiled.label(f"{group}.{item.name}", row[item.name], language())
        for item in compiled.form.group_by_name[group].items
        if item.name in row and item.type in ("text", "choice")
    ]
    return ", ".join(said)


def with_row_added(raw: Raw, group: str, saved: Mapping[str, Any]) -> dict[str, list[str]]:
    """The typed form with one new empty row; its id was never used in this entry."""
    present = [{"id": name.split(".")[1]} for name in raw if name.startswith(f"{group}.")]
    row = next_row_id(present, saved.get(group, ()))
    return {name: list(values) for name, values in raw.items()} | {f"{group}.{row}": ["1"]}


def with_row_removed(raw: Raw, row: str) -> dict[str, list[str]]:
    return {
        name: list(values)
        for name, values in raw.items()
        if name != row and not name.startswith(f"{row}.")
    }


def next_page(place: reads.Place) -> str:
    """The next form of this visit that is not entered; the casebook where none is left."""
    planned = place.study.definition.visit(place.visit)
    done = place.forms_of_visit | {place.form}
    code = place.participant.code
    for name in planned.forms:
        if name not in done:
            return reverse("crf:form", args=[code, place.visit, name, 1])
    return reverse("crf:casebook", args=[code])
