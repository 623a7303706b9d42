"""What is wrong across files: names that point to nothing, expressions that do not compile.

Pure over a `Definition`, so that one read back from the database is checked the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crf.definition.expressions import BadExpression, Expression, compile_expression
from crf.definition.graph import Cycle, item_order, row_order
from crf.definition.identity import identifying
from crf.definition.model import Check, Definition, Form, Group, Item, Text
from crf.definition.plan import CentralReview, Landmark
from crf.definition.references import BadReference, Place
from crf.definition.values import YES_NO

BRACES = re.compile(r"\{([^{}]*)\}")
_GIVES = {
    "integer": ("number",),
    "decimal": ("number",),
    "date": ("number",),
    "partial_date": ("number", "any"),
    "time": ("number",),
    "yesno": ("truth",),
    "text": ("text",),
    "choice": ("text",),
    "multiple": ("list",),
}


@dataclass(frozen=True)
class Fault:
    """A thing wrong at a place of the definition: ("form", "VITALS", "item", "weight", "expr")."""

    at: tuple[str, ...]
    reason: str


def faults(definition: Definition) -> list[Fault]:
    """Every fault found; [] where the definition is sound."""
    found = [
        *_names(definition),
        *_dictionaries(definition),
        *_landmarks(definition),
        *_deviations(definition),
        *_identities(definition),
    ]
    if found:  # an expression over names that do not exist would only repeat them
        return found
    found = [*_criteria(definition), *_strata(definition)]
    blamed = {fault.at for fault in found}
    for form in definition.forms:
        found += [fault for fault in _form(definition, form) if fault.at not in blamed]
    return found


def _names(definition: Definition) -> Iterator[Fault]:
    """Codelists, forms, visits and row sources that are named and do not exist."""
    forms = definition.form_by_name
    for visit in definition.visits:
        for key, names in (("forms", visit.forms), ("optional_forms", visit.optional_forms)):
            for name in names:
                if name not in forms:
                    yield Fault(("visit", visit.code, key), f"There is no form {name}.")
    for milestone in definition.trial.milestones:
        for code in milestone.visits:
            if code not in definition.visit_by_code:
                yield Fault(("milestone", milestone.name), f"There is no visit {code}.")
    for form in definition.forms:
        here = ("form", form.name)
        for at, item in _items(form):
            if item.codelist and item.codelist not in definition.codelist_by_name:
                yield Fault((*here, *at, "codelist"), f"There is no codelist `{item.codelist}`.")
        for group in form.groups:
            source = group.rows_from
            if source and (
                source.visit.partition("-")[0] not in definition.visit_by_code
                or source.form not in forms
                or source.group not in forms[source.form].group_by_name
            ):
                yield Fault(
                    (*here, "group", group.name, "rows_from"),
                    f"There is no group {source.visit}.{source.form}.{source.group}.",
                )


def _dictionaries(definition: Definition) -> Iterator[Fault]:
    """Tables that are named and do not exist, or that nothing names; terms that are too long."""
    known = definition.dictionary_by_name
    asked: dict[str, int] = {}  # table -> characters of the shortest item that takes its terms
    for form in definition.forms:
        for at, item in _items(form):
            if item.dictionary and item.dictionary not in known:
                why = f"There is no file dictionaries/{item.dictionary}.csv."
                yield Fault(("form", form.name, *at, "dictionary"), why)
            elif item.dictionary:
                asked[item.dictionary] = min(item.length, asked.get(item.dictionary, item.length))
    for name, dictionary in known.items():
        if name not in asked:
            why = f"No item has `dictionary: {name}`. Name the table at an item, or remove it."
            yield Fault(("dictionary", name), why)
        for term in dictionary.terms:
            if len(term.name) > asked.get(name, len(term.name)):
                why = f"`{term.name}` is longer than the {asked[name]} characters of its item."
                yield Fault(("dictionary", name, term.name), why)


def _identities(definition: Definition) -> Iterator[Fault]:
    """Items that would say who a participant is, whatever the definition was made from."""
    for form in definition.forms:
        for at, item in _items(form):
            refused = identifying(item)
            if refused:
                yield Fault(("form", form.name, *at), refused.sentence(item.name))


def _landmarks(definition: Definition) -> Iterator[Fault]:
    """Landmarks whose form, item or value does not exist, or whose form bears no date."""
    told: dict[str, str] = {}
    for name, marks in definition.trial.landmarks.all.items():
        for mark in marks:
            yield from _landmark(definition, name, mark)
            if mark.value and told.setdefault(mark.form, mark.item) != mark.item:
                why = f"Another landmark reads {mark.form}.{told[mark.form]}: one item a form."
                yield Fault(("landmark", name), why)
    told_by = definition.trial.landmarks
    for name, one in (("registers", told_by.registers), ("from_registers", told_by.from_registers)):
        if one is not None:
            yield from _landmark(definition, name, one)
    yield from _serious(definition)
    if told_by.kit is not None:
        yield from _known(definition, "kit", told_by.kit.form, [told_by.kit.item])
    if told_by.central is not None:
        yield from _central(definition, told_by.central)


def _deviations(definition: Definition) -> Iterator[Fault]:
    """Codes that are deviations are read of single items with one answer."""
    telling = {
        one.name for one in definition.codelists if any(code.deviation.en for code in one.codes)
    }
    for form in definition.forms:
        in_rows = [item for group in form.groups for item in group.items]
        several = [item for item in form.items if item.type != "choice"]
        for item in (*in_rows, *several):
            if item.codelist in telling:
                why = (
                    f"{form.name}.{item.name} is in a row or takes several answers: a code of its "
                )
                why += f"codelist `{item.codelist}` can't be a `deviation`."
                yield Fault(("codelist", item.codelist), why)


def _central(definition: Definition, mark: CentralReview) -> Iterator[Fault]:
    """What is read centrally has a day, and answers to choose among."""
    unknown = list(_known(definition, "central", mark.form, [mark.response, *mark.shown]))
    yield from unknown
    if unknown:
        return
    form = definition.form(mark.form)
    if form.item(mark.response).type != "choice":
        why = f"{mark.form}.{mark.response} is no choice: a reader chooses among its answers."
        yield Fault(("landmark", "central"), why)
    if not form.dated_by or "." in form.dated_by:
        why = f"{mark.form} bears no date: an image is read of a day."
        yield Fault(("landmark", "central"), why)


def _serious(definition: Definition) -> Iterator[Fault]:
    mark = definition.trial.landmarks.serious
    if mark is None:
        return
    aware = mark.aware
    when = [one for one in (aware.day, aware.time) if one] if aware else []
    told = [one for one in (mark.related, mark.grave) if one]
    named = [mark.item, *mark.shown, *mark.report, *when, *(one.item for one in told)]
    unknown = list(_known(definition, "serious", mark.form, dict.fromkeys(named)))
    yield from unknown
    for one in () if unknown else told:
        for value in one.values:
            item = definition.form(mark.form).item(one.item)
            if not _takes(definition, item, value, ("choice", "multiple")):
                yield Fault(("landmark", "serious"), f"{mark.form}.{one.item} is never `{value}`.")
    if aware and not unknown:
        form = definition.form(mark.form)
        for name, kind in ((aware.day, "date"), (aware.time, "time")):
            if name and form.item(name).type != kind:
                why = f"{mark.form}.{name} is no {kind}: the clock of a report runs from it."
                yield Fault(("landmark", "serious"), why)
    if not unknown and not _takes(
        definition, definition.form(mark.form).item(mark.item), mark.value
    ):
        why = f"{mark.form}.{mark.item} is never `{mark.value}`."
        yield Fault(("landmark", "serious"), why)


def _known(definition: Definition, name: str, form: str, items: Iterable[str]) -> Iterator[Fault]:
    """A fault for each of these single items that the form does not have."""
    found = definition.form_by_name.get(form)
    for item in items:
        if found is None or item not in found.by_name:
            yield Fault(("landmark", name), f"There is no {form}.{item} to be a landmark.")


def _landmark(definition: Definition, name: str, mark: Landmark) -> Iterator[Fault]:
    at, form = ("landmark", name), definition.form_by_name.get(mark.form)
    if form is None or (mark.item and mark.item not in form.by_name):
        there = f"{mark.form}.{mark.item}" if mark.item else mark.form
        yield Fault(at, f"There is no {there} to be a landmark.")
    elif not form.dated_by:
        yield Fault(at, f"Form {mark.form} has no `dated_by`, so its entries have no day.")
    elif mark.value and not _takes(definition, form.by_name.get(mark.item), mark.value):
        yield Fault(at, f"{mark.form}.{mark.item} is never `{mark.value}`.")


def _takes(
    definition: Definition, item: Item | None, code: str, types: tuple[str, ...] = ("choice",)
) -> bool:
    """True where `code` is an answer of the item: yes or no, or of its codelist."""
    if item and item.type == "yesno":
        return code in YES_NO
    if not item or item.type not in types:
        return False
    found = definition.codelist_by_name.get(item.codelist)
    return found is not None and code in found.by_code


def _items(form: Form) -> Iterator[tuple[tuple[str, ...], Item]]:
    for item in form.items:
        yield ("item", item.name), item
    for group in form.groups:
        for item in group.items:
            yield ("group", group.name, "item", item.name), item


def _compiled(place: Place, text: str, gives: Iterable[str]) -> tuple[Expression | None, str]:
    """The expression, or why it is refused."""
    try:
        made = compile_expression(text, place)
    except BadExpression as error:
        return None, str(error)
    wanted = (*gives, "any")
    if made.gives not in wanted:
        return None, f"`{text}` gives a {made.gives}; a {wanted[0]} is needed."
    return made, ""


def _form(definition: Definition, form: Form) -> list[Fault]:
    here, found = ("form", form.name), list[Fault]()

    def expect(at: tuple[str, ...], place: Place, text: str, *gives: str) -> None:
        if text:
            _, reason = _compiled(place, text, gives)
            if reason:
                found.append(Fault((*here, *at), reason))

    whole = Place(definition, form)
    for section in form.sections:
        expect(("section", section.name, "show_if"), whole, section.show_if, "truth")
    for item in form.items:
        expect(("item", item.name, "show_if"), whole, item.show_if, "truth")
        if item.criterion and item.expr:
            found += _verdict(whole, item)
        else:
            expect(("item", item.name, "expr"), whole, item.expr, *_GIVES[item.type])
    for group in form.groups:
        inside = Place(definition, form, group)
        expect(("group", group.name, "show_if"), whole, group.show_if, "truth")
        for item in group.items:
            at = ("group", group.name, "item", item.name)
            expect((*at, "show_if"), inside, item.show_if, "truth")
            expect((*at, "expr"), inside, item.expr, *_GIVES[item.type])
    for check in form.checks:
        found += _check(definition, form, check)
    if not found:
        found += _cycles(definition, form)
    return found


def _verdict(place: Place, item: Item) -> list[Fault]:
    """An item that shows a criterion: what is wrong is the criterion's, but for the type."""
    if item.type != "yesno" and place.form:
        at = ("form", place.form.name, "item", item.name, "criterion")
        return [Fault(at, f"`{item.name}` shows a criterion: its type is yesno.")]
    _, reason = _compiled(place, item.expr, ("truth",))
    return [Fault(("criterion", item.criterion, "expr"), reason)] if reason else []


def _check(definition: Definition, form: Form, check: Check) -> list[Fault]:
    here = ("form", form.name, "check", check.name)
    group: Group | None = form.group_by_name.get(check.group)
    try:
        if check.item not in form.group_by_name:
            form.item(check.item)
    except KeyError:
        return [Fault((*here, "item"), f"Unknown item `{check.item}` in check `{check.name}`.")]
    place = Place(definition, form, group)
    found = []
    _, reason = _compiled(place, check.must or check.fires_if, ("truth",))
    if reason:
        found.append(Fault((*here, "must" if check.must else "fires_if"), reason))
    found += [Fault((*here, "sentence"), why) for why in _sentence(place, check.sentence)]
    return found


def _sentence(place: Place, sentence: Text) -> Iterator[str]:
    """Names in braces that point to nothing."""
    for name in BRACES.findall(sentence.en) + BRACES.findall(sentence.fr):
        try:
            ref = place.in_braces(name)
        except BadReference as error:
            yield f"In the sentence, {{{name}}}: {error}"
            continue
        if not ref.single:
            yield f"In the sentence, {{{name}}} is not one value."


def _cycles(definition: Definition, form: Form) -> list[Fault]:
    found = []
    try:
        item_order(definition, form)
    except Cycle as error:
        found.append(Fault(("form", form.name, *error.at), str(error)))
    for group in form.groups:
        try:
            row_order(definition, form, group)
        except Cycle as error:
            found.append(Fault(("form", form.name, "group", group.name, *error.at), str(error)))
    return found


def _criteria(definition: Definition) -> Iterator[Fault]:
    place = Place(definition)
    for criterion in definition.criteria:
        here = ("criterion", criterion.number)
        for key, text in (("expr", criterion.expr), ("warn_if", criterion.warn_if)):
            if text:
                _, reason = _compiled(place, text, ("truth",))
                if reason:
                    yield Fault((*here, key), reason)
        asked = (criterion.asked,) if criterion.asked else ()
        for key, names in (("sources", criterion.sources), ("asked", asked)):
            for name in names:
                try:
                    place.resolve(["forms", *name.split(".")])
                except BadReference as error:
                    yield Fault((*here, key), str(error))


def _strata(definition: Definition) -> Iterator[Fault]:
    place = Place(definition)
    for factor in definition.randomisation.factors:
        if factor.expr:
            _, reason = _compiled(place, factor.expr, ("text",))
            if reason:
                yield Fault(("stratum", factor.name, "expr"), reason)
