"""The definition of REMINET, and a way to make a small form beside it."""

from dataclasses import replace
from pathlib import Path

import pytest

from crf.definition import Check, CompiledForm, Definition, Form, Group, Item, Section, Text, load
from crf.definition.compiled import compile_form

FOLDER = Path(__file__).parents[3] / "crf" / "definitions" / "reminet"


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def reminet() -> Definition:
    return load(FOLDER)


def item(name: str, kind: str = "decimal", **more) -> Item:
    more.setdefault("label", Text(name))
    if kind == "decimal":
        more.setdefault("precision", 1)
    return Item(name=name, type=kind, **more)


def check(name: str, on: str, **more) -> Check:
    more.setdefault("severity", "soft")
    more.setdefault("sentence", Text(name))
    return Check(name=name, item=on, **more)


def rows(name: str, *items: Item, **more) -> Group:
    return Group(name=name, title=Text(name), items=items, **more)


class Maker:
    """Compiles a form of a few items inside REMINET's definition, as form TEST."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def form(self, *items: Item, groups=(), checks=(), sections=None, **more) -> Form:
        names = tuple(one.name for one in (*items, *groups))
        return Form(
            name="TEST",
            title=Text("Test"),
            version="1",
            sections=sections or (Section("all", Text("All"), names),),
            items=items,
            groups=tuple(groups),
            checks=tuple(checks),
            **more,
        )

    def definition_with(self, form: Form) -> Definition:
        return replace(self.definition, forms=(*self.definition.forms, form))

    def __call__(self, *items: Item, **more) -> CompiledForm:
        return compile_form(self.definition_with(self.form(*items, **more)), "TEST")


@pytest.fixture(scope="session")
def make(reminet) -> Maker:
    return Maker(reminet)
