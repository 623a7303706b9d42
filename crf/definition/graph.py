"""The order in which a form is computed: what a name depends on comes first.

A group is one node; inside a group its items have an order of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crf.definition.expressions import references
from crf.definition.model import Definition, Form, Group, Item
from crf.definition.references import Place


class Cycle(Exception):
    """Derivations or show_if that wait for each other; `at` is one of them."""

    def __init__(self, names: Iterable[str], at: tuple[str, ...]) -> None:
        self.at = at
        super().__init__(f"These wait for each other: {', '.join(names)}.")


def item_order(definition: Definition, form: Form) -> tuple[str, ...]:
    """Names of single items and groups, each after what it depends on; `Cycle` otherwise."""
    place = Place(definition, form)
    waits: dict[str, set[str]] = {}
    for section in form.sections:
        outer = _needs(place, section.show_if)
        for name in section.contents:
            group = form.group_by_name.get(name)
            waits[name] = outer | (
                _group_needs(definition, form, group)
                if group
                else _item_needs(place, form.by_name[name])
            )
    return _sorted(waits, {name: ("group", name) for name in form.group_by_name})


def row_order(definition: Definition, form: Form, group: Group) -> tuple[str, ...]:
    """Names of a group's items, each after the items of the same row that it depends on."""
    place = Place(definition, form, group)
    waits = {}
    for item in group.items:
        refs = [
            ref
            for text in (item.show_if, item.expr)
            if text
            for ref in references(definition, place, text)
        ]
        waits[item.name] = {ref.item for ref in refs if ref.scope == "row"}
    return _sorted(waits, {})


def _needs(place: Place, *texts: str) -> set[str]:
    """Names of this form that expressions read."""
    return {
        ref.group or ref.item
        for text in texts
        if text
        for ref in references(place.definition, place, text)
        if ref.scope == "this"
    }


def _item_needs(place: Place, item: Item) -> set[str]:
    return _needs(place, item.show_if, item.expr)


def _group_needs(definition: Definition, form: Form, group: Group) -> set[str]:
    inside = Place(definition, form, group)
    found = _needs(Place(definition, form), group.show_if)
    for item in group.items:
        found |= _item_needs(inside, item)
    return found


def _sorted(
    waits: Mapping[str, set[str]], places: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Stable topological order."""
    done: dict[str, None] = {}
    left = dict(waits)
    while left:
        ready = [name for name, needs in left.items() if needs <= done.keys()]
        if not ready:
            stuck = _circle(left)
            raise Cycle(stuck, places.get(stuck[0], ("item", stuck[0])))
        for name in ready:
            done[name] = None
            del left[name]
    return tuple(done)


def _circle(left: Mapping[str, set[str]]) -> list[str]:
    """The names of one circle, in order, without those that only hang on it."""
    path: list[str] = []
    name = next(iter(left))
    while name not in path:
        path.append(name)
        name = next(need for need in sorted(left[name]) if need in left)
    return path[path.index(name) :]
