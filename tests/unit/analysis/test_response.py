"""Best overall response: what counts, and what it names."""

import pytest

from analysis.derivation.response import best_of, best_response
from analysis.derivation.sources import Response
from tests.unit.analysis.records import record, source

pytestmark = pytest.mark.promise("IA-05")


def test_the_best_and_the_first_that_gives_it() -> None:
    found = best_response(record([(91, "SD"), (182, "PR"), (273, "PR"), (364, "PD")]))
    assert (found.value, found.sources) == (Response.PR, (source("RECIST", 182),))


def test_nothing_after_progression_or_from_a_new_treatment_on() -> None:
    assert best_response(record([(91, "PD"), (182, "CR")])).value is Response.PD
    assert best_response(record([(91, "SD"), (182, "CR")], [182])).value is Response.SD


def test_stable_disease_too_early_is_not_evaluable() -> None:
    assert best_response(record([(20, "SD")])).value is Response.NE
    assert best_response(record([(20, "SD"), (91, "PD")])).value is Response.PD


def test_no_assessment_after_baseline() -> None:
    assert best_response(record()).value is None
    assert best_response(record([(0, "SD")])).value is None


def test_confirmation_tolerates_one_missing_assessment() -> None:
    cr, ne = Response.CR, Response.NE
    assert best_of([(91, cr), (120, ne), (150, cr)], confirmed=True) == (cr, 0)
    assert best_of([(91, cr), (120, ne), (130, ne), (150, cr)], confirmed=True) == (Response.SD, 0)


def test_confirmation_takes_28_days() -> None:
    pr = Response.PR
    assert best_of([(91, pr), (118, pr)], confirmed=True) == (Response.SD, 0)
    assert best_of([(91, pr), (119, pr)], confirmed=True) == (pr, 0)
