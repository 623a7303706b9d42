"""A definition as text for people who check it: every form, item, rule and number."""

from __future__ import annotations

from collections.abc import Iterator

from crf.definition.dictionary import Dictionary
from crf.definition.load import check
from crf.definition.model import Bounds, Definition, Form, Item

__all__ = ["check", "describe"]


def describe(definition: Definition, language: str = "en") -> str:
    """The whole definition as text, in "en" or "fr"."""
    return "\n".join(
        (
            *_head(definition, language),
            *_visits(definition, language),
            *_criteria(definition, language),
            *(line for form in definition.forms for line in _form(form, language)),
            *(line for table in definition.dictionaries for line in _dictionary(table)),
        )
    )


def _head(definition: Definition, language: str) -> Iterator[str]:
    trial = definition.trial
    yield f"{trial.acronym} ({trial.code}), definition {trial.version}"
    yield f"sha256 {definition.sha256}"
    yield trial.title_fr if language == "fr" else trial.title_en
    yield (
        f"{trial.planned_participants} participants and {trial.planned_centres} centres planned; "
        f"{len(definition.forms)} forms, {sum(map(_size, definition.forms))} items, "
        f"{sum(len(form.checks) for form in definition.forms)} checks"
    )
    plan, rule = definition.randomisation, definition.plan
    factors = ", ".join(factor.name for factor in plan.factors)
    yield f"Allocation: {plan.method}, probability {plan.probability:g}, factors {factors}"
    yield f"Primary: {rule.primary_en} (p0 {rule.p0:g}, p1 {rule.p1:g})"
    for name, names in (
        ("trial", trial.assumed),
        ("randomisation", plan.assumed),
        ("plan", rule.assumed),
    ):
        if names:
            yield f"Assumed, {name}: {', '.join(names)}"


def _size(form: Form) -> int:
    return len(form.items) + sum(len(group.items) for group in form.groups)


def _visits(definition: Definition, language: str) -> Iterator[str]:
    yield "\nVISITS"
    for visit in definition.visits:
        when = f"every {visit.every_days:g} days from {visit.anchor}" if visit.every_days else ""
        window = (
            f"-{visit.window_before}/+{visit.window_after} days"
            if visit.window_before or visit.window_after
            else ""
        )
        forms = " ".join((*visit.forms, *(f"({name})" for name in visit.optional_forms)))
        parts = (visit.title(language), when, window, forms)
        yield f"  {visit.code:<5} " + " | ".join(part for part in parts if part)


def _criteria(definition: Definition, language: str) -> Iterator[str]:
    yield "\nELIGIBILITY"
    for one in definition.criteria:
        yield f"  {one.number:<4} [{one.tag}] {one.text.get(language)}"
        yield f"       {one.expr}"


def _dictionary(table: Dictionary) -> Iterator[str]:
    yield f"\nDICTIONARY {table.name}: {len(table.terms)} terms with their grades"
    for term in table.terms:
        yield f"  {term.name} [{' '.join(term.grades)}] {term.soc}"


def _form(form: Form, language: str) -> Iterator[str]:
    yield f"\n{form.name} {form.version}: {form.title.get(language)}"
    for section in form.sections:
        yield f"  {section.title.get(language)}" + _rule("shown if", section.show_if)
        for name in section.contents:
            group = form.group_by_name.get(name)
            if group is None:
                yield "    " + _item(form.by_name[name], language)
                continue
            yield f"    {name}: {group.title.get(language)}, rows {group.min_rows}-{group.max_rows}"
            for item in group.items:
                yield "      " + _item(item, language)
    for one in form.checks:
        rule = one.must or f"fires if {one.fires_if}"
        yield f"  check {one.name} [{one.severity}] on {one.item}: {rule}"
        yield f"    {one.sentence.get(language)}"


def _rule(word: str, text: str) -> str:
    return f" ({word} {text})" if text else ""


def _item(item: Item, language: str) -> str:
    kind = item.type + (f" {item.codelist}" if item.codelist else "")
    kind += f" of dictionary {item.dictionary}" if item.dictionary else ""
    facts = [kind, item.unit, _bounds("hard", item.hard), _bounds("soft", item.soft)]
    facts.append(_bounds("normal", item.normal))
    if not item.required and not item.derived:
        facts.append("optional")
    if item.tag:
        facts.append(f"tag {item.tag}")
    line = f"{item.name}: {item.label.get(language)} [{', '.join(one for one in facts if one)}]"
    return line + _rule("=", item.expr) + _rule("shown if", item.show_if)


def _bounds(word: str, bounds: Bounds | None) -> str:
    if bounds is None:
        return ""
    low = "" if bounds.low is None else f"{bounds.low:g}"
    high = "" if bounds.high is None else f"{bounds.high:g}"
    return f"{word} {low}..{high}"
