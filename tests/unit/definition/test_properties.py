"""What holds whatever is typed into whichever form of REMINET."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crf.definition import Context, compile_form
from crf.definition.codec import digest
from crf.definition.model import MISSING_REASONS
from tests.unit.definition.test_eligibility import FORMS
from tests.unit.definition.test_reminet_checks import SCR

pytestmark = pytest.mark.slow
CONTEXT = Context(
    forms=FORMS,
    previous={"VITALS": {"weight": "70.0"}, "INJ": {"visit_date": "2019-03-01"}},
    visits={"SCR": FORMS | {"RECIST_BASE": SCR["RECIST_BASE"]}},
    today=date(2019, 9, 10),
    randomised_on=date(2019, 2, 8),
)
NAMES = ["CONSENT", "DEMOG", "TUMOUR", "VITALS", "LAB", "RECIST_BASE", "ELIG", "INJ", "RECIST",
         "EOT", "SURV", "AE", "CM", "NEXT", "DEATH", "QOL"]  # fmt: skip
JUNK = st.one_of(st.text(max_size=12), st.sampled_from(["UK", "0", "-1", "99999999999999999999"]))
TYPED = {
    "integer": st.integers(-10, 400).map(str),
    "decimal": st.decimals(-10, 400, places=1).map(str),
    "yesno": st.sampled_from(["yes", "no"]),
    "date": st.dates(date(2018, 1, 1), date(2020, 1, 1)).map(str),
    "time": st.times().map(str),
    "text": st.text(max_size=20),
}


def typed_values(definition, item):
    """Posted names after the item's own -> values, mostly plausible."""
    if item.type in ("choice", "multiple"):
        good = st.sampled_from([c.code for c in definition.codelist(item.codelist).codes])
    elif item.type == "partial_date":
        good = st.just("2019")
    else:
        good = TYPED[item.type]
    value = st.lists(st.one_of(good, good, good, JUNK), min_size=1, max_size=2)
    shapes = {"": value, ".missing": st.sampled_from([[r] for r in MISSING_REASONS])}
    if item.type == "partial_date":
        part = st.sampled_from([["UK"], ["8"], ["12"], [""], ["x"]])
        shapes |= {".day": part, ".month": part, ".year": st.sampled_from([["2018"], ["2019"]])}
    return st.fixed_dictionaries({}, optional=shapes)


@st.composite
def posted(draw, definition, name):
    form = definition.form(name)
    raw = {}
    for item in form.items:
        raw |= {f"{item.name}{k}": v for k, v in draw(typed_values(definition, item)).items()}
    for group in form.groups:
        for row in draw(st.sets(st.sampled_from(["r1", "r2", "r7", "x", "r0"]), max_size=3)):
            raw[f"{group.name}.{row}"] = ["1"]
            for item in group.items:
                found = draw(typed_values(definition, item)).items()
                raw |= {f"{group.name}.{row}.{item.name}{k}": v for k, v in found}
    return raw


@pytest.mark.parametrize("name", NAMES)
def test_any_post_is_answered(reminet, name):
    form = compile_form(reminet, name)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(posted(reminet, name))
    def answered(raw):
        made = form.process(raw, CONTEXT)
        for one in made.findings:
            assert one.sentence.en
            assert one.sentence.fr
        for filled, expected in made.completeness.values():
            assert 0 <= filled <= expected
        again = form.evaluate(made.answers, CONTEXT)
        assert again.answers == made.answers
        assert again.visible == made.visible
        assert form.changed(made.answers, again.answers) == []
        kept = form.parse(form.raw(made.answers))
        assert kept.problems == []
        assert form.changed(kept.answers, made.answers) == []
        form.labels(made.answers, "fr")

    answered()


def test_the_hash_is_of_the_canonical_text(reminet):
    assert digest(reminet.to_json()) == reminet.sha256
