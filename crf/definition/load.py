"""A folder of YAML files into a `Definition`, or a refusal with file, line and reason.

trial.yaml  visits.yaml  codelists.yaml  eligibility.yaml  randomisation.yaml
endpoints.yaml  forms/*.yaml (one file a form)  dictionaries/*.csv (tables of terms)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from crf.definition.dictionary import Dictionary
from crf.definition.load_dictionary import read_dictionary
from crf.definition.load_form import Lines, read_form
from crf.definition.load_trial import (
    read_codelists,
    read_criteria,
    read_plan,
    read_randomisation,
    read_trial,
    read_visits,
)
from crf.definition.model import Criterion, Definition, Form
from crf.definition.nodes import DefinitionError, Mapping, Problem, read_yaml, refuse
from crf.definition.verify import Fault, faults

T = TypeVar("T")
FILES = ("trial", "visits", "codelists", "eligibility", "randomisation", "endpoints")


def load(folder: Path | str) -> Definition:
    """The definition in `folder`; `DefinitionError` with every problem found."""
    definition, lines = _read(Path(folder))
    found = faults(definition)
    if found:
        raise DefinitionError([_placed(fault, lines) for fault in found])
    return definition


def check(folder: Path | str) -> list[str]:
    """What is wrong with the definition in `folder`: "file:line: reason" each; [] where sound."""
    try:
        load(folder)
    except DefinitionError as error:
        return [str(problem) for problem in error.problems]
    return []


def _read(folder: Path) -> tuple[Definition, Lines]:
    """The definition as the files have it, not yet checked across files."""
    lines: Lines = {}
    problems: list[Problem] = []
    tops: dict[str, Mapping] = {}
    for name in FILES:
        try:
            tops[name] = _top(folder, f"{name}.yaml")
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    forms = _forms(folder, lines, problems)
    dictionaries = _dictionaries(folder, lines, problems)
    trial, randomisation, plan = (
        _each(problems, lambda: read_trial(tops["trial"], lines)),
        _each(problems, lambda: read_randomisation(tops["randomisation"], lines)),
        _each(problems, lambda: read_plan(tops["endpoints"])),
    )
    visits = _each(problems, lambda: read_visits(tops["visits"], lines))
    codelists = _each(problems, lambda: read_codelists(tops["codelists"], lines))
    criteria = _each(problems, lambda: read_criteria(tops["eligibility"], lines))
    if not (trial and randomisation and plan and visits and codelists and criteria) or problems:
        raise DefinitionError(problems)
    definition = Definition(
        trial=trial,
        codelists=codelists,
        forms=tuple(_with_criteria(form, criteria, lines) for form in forms),
        visits=visits,
        criteria=criteria,
        randomisation=randomisation,
        plan=plan,
        dictionaries=dictionaries,
    )
    return definition, lines


def _each(problems: list[Problem], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except DefinitionError as error:
        problems += error.problems
        return None


def _top(folder: Path, name: str) -> Mapping:
    path = folder / name
    if not path.is_file():
        raise refuse(name, 1, f"There is no file {name} in the definition.")
    return read_yaml(path, name)


def _forms(folder: Path, lines: Lines, problems: list[Problem]) -> list[Form]:
    """Every form, by file name."""
    forms: dict[str, Form] = {}
    paths = sorted((folder / "forms").glob("*.yaml"))
    if not paths:
        problems.append(Problem("forms", 1, "There is no form in forms/."))
    for path in paths:
        shown = f"forms/{path.name}"
        try:
            form = read_form(read_yaml(path, shown), lines)
        except DefinitionError as error:
            problems += error.problems
            continue
        if form.name in forms:
            file, line = lines[("form", form.name)]
            problems.append(Problem(file, line, f"Form {form.name} stands twice."))
        elif path.stem != form.name.lower():
            problems.append(
                Problem(shown, 1, f"Form {form.name} belongs in {form.name.lower()}.yaml.")
            )
        forms[form.name] = form
    return list(forms.values())


def _dictionaries(folder: Path, lines: Lines, problems: list[Problem]) -> tuple[Dictionary, ...]:
    """Every table of terms, by file name."""
    found = []
    for path in sorted((folder / "dictionaries").glob("*.csv")):
        try:
            found.append(read_dictionary(path, f"dictionaries/{path.name}", lines))
        except DefinitionError as error:
            problems += error.problems
    return tuple(found)


def _with_criteria(form: Form, criteria: tuple[Criterion, ...], lines: Lines) -> Form:
    """The form whose items marked `criterion: I1` take over that criterion's expression."""
    known = {criterion.number: criterion for criterion in criteria}
    items = []
    for item in form.items:
        if item.criterion and not item.expr:
            criterion = known.get(item.criterion)
            if criterion is None:
                file, line = lines[("form", form.name, "item", item.name)]
                raise refuse(file, line, f"There is no criterion {item.criterion}.")
            item = replace(
                item,
                expr=criterion.expr.replace(f"forms.{form.name}.", ""),
                tag=item.tag or criterion.tag,
            )
        items.append(item)
    return replace(form, items=tuple(items))


def _placed(fault: Fault, lines: Lines) -> Problem:
    """The fault at its line, or at the line of the nearest thing around it."""
    at = fault.at
    while at and at not in lines:
        at = at[:-1]
    file, line = lines.get(at, ("trial.yaml", 1))
    return Problem(file, line, fault.reason)
