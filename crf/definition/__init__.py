"""The trial as data: a folder of YAML files loaded, checked, compiled and evaluated.

Pure Python: no Django, no database, no clock.
"""

from crf.definition.compiled import CompiledForm, Parsed, compile_form, next_row_id
from crf.definition.context import Context
from crf.definition.describe import describe
from crf.definition.eligibility import CriterionResult, StratumValue
from crf.definition.evaluation import Evaluation
from crf.definition.expressions import UNKNOWN
from crf.definition.findings import Finding, field_name
from crf.definition.load import check, load
from crf.definition.model import (
    Bounds,
    Check,
    Codelist,
    Criterion,
    Definition,
    Form,
    Group,
    Item,
    Section,
    Text,
)
from crf.definition.nodes import DefinitionError, Problem
from crf.definition.plan import Plan, Randomisation, Stratum, Trial, Visit
from crf.definition.schedule import DueVisit, Facts, due_visits

__all__ = [
    "UNKNOWN",
    "Bounds",
    "Check",
    "Codelist",
    "CompiledForm",
    "Context",
    "Criterion",
    "CriterionResult",
    "Definition",
    "DefinitionError",
    "DueVisit",
    "Evaluation",
    "Facts",
    "Finding",
    "Form",
    "Group",
    "Item",
    "Parsed",
    "Plan",
    "Problem",
    "Randomisation",
    "Section",
    "Stratum",
    "StratumValue",
    "Text",
    "Trial",
    "Visit",
    "check",
    "compile_form",
    "describe",
    "due_visits",
    "field_name",
    "load",
    "next_row_id",
]
