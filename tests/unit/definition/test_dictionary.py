"""Tables of terms: what a definition brings, what is refused, and the grades that CTCAE defines."""

import csv
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from crf.definition import Context, Definition, check, compile_form, describe, load
from crf.definition.dictionary import Dictionary, Term
from crf.definition.expressions import BadExpression, compile_expression
from crf.definition.load_dictionary import read_dictionary
from crf.definition.model import Text
from crf.definition.references import Place
from crf.definition.verify import faults
from tests.unit.definition.conftest import check as rule
from tests.unit.definition.conftest import item, rows

TABLE = "dictionaries/ctcae.csv"
HEADER = "soc,term,grade1_defined,grade2_defined,grade3_defined,grade4_defined,grade5_defined\n"
SKIN = "Skin and subcutaneous tissue disorders"
# The whole of CTCAE 5.0, where somebody has put it beside this folder or says where it is.
REFERENCE = Path(
    os.environ.get("CTCAE_TABLE")
    or Path(__file__).parents[4] / "shared" / "reference" / "ctcae5" / "ctcae_v5_terms.csv"
)
with_reference = pytest.mark.skipif(
    not REFERENCE.is_file(), reason="the whole table of CTCAE 5.0 is not here (CTCAE_TABLE=path)"
)


def found(form, answers, name):
    """The finding of one check, or None."""
    evaluation = compile_form(form.definition, form.form.name).evaluate(answers, Context())
    return next((one for one in evaluation.findings if one.check == name), None)


@pytest.fixture(scope="module")
def event(reminet):
    return compile_form(reminet, "AE")


@pytest.mark.promise("SF-05")
@pytest.mark.parametrize(
    ("term", "grade", "names"),
    [
        ("Alopecia", "3", "1, 2"),
        ("Febrile neutropenia", "2", "3, 4, 5"),
        ("Syncope", "5", "3"),
        ("Death NOS", "4", "5"),
    ],
)
def test_a_grade_that_ctcae_does_not_define_is_refused(event, term, grade, names):
    refused = found(event, {"term": term, "grade": grade}, "graded")
    assert (refused.severity, refused.item) == ("hard", "grade")
    assert f"of {term}: {names}." in refused.sentence.en
    assert f"pour {term} : {names}." in refused.sentence.fr


@pytest.mark.promise("SF-05")
@pytest.mark.parametrize(("term", "grade"), [("Alopecia", "2"), ("Febrile neutropenia", "3")])
def test_a_grade_that_is_defined_passes(event, term, grade):
    assert found(event, {"term": term, "grade": grade}, "graded") is None


def test_a_term_that_is_in_no_table_may_be_right(event):
    odd = {"term": "Hair went grey", "grade": "3"}
    asked = found(event, odd, "listed")
    assert (asked.severity, asked.item) == ("soft", "term")
    assert "Hair went grey" in asked.sentence.en
    assert "aucun terme de la table" in asked.sentence.fr
    assert found(event, odd, "graded") is None


def test_other_asks_what_it_is(event):
    other = {"term": f"{SKIN} - Other, specify", "grade": "3"}
    assert found(event, other, "specify").severity == "soft"
    assert found(event, other | {"comment": "Hair went grey"}, "specify") is None
    assert found(event, other, "graded") is None


@pytest.mark.parametrize("typed", ["alopecia", "  ALOPECIA ", "Alopecia"])
def test_a_term_is_kept_as_the_table_spells_it(event, typed):
    made = event.process({"term": [typed], "grade": ["3"]}, Context())
    assert made.answers["term"] == "Alopecia"
    assert made.answers["soc"] == SKIN
    assert "graded" in {one.check for one in made.of("hard")}


def test_what_is_no_term_is_kept_as_typed(event):
    made = event.process({"term": ["Hair  went grey"]}, Context())
    assert made.answers["term"] == "Hair  went grey"
    assert "soc" not in made.answers


def test_spaces_between_words_are_no_difference():
    table = Dictionary("d", (Term("Back pain", "s", ("1",)),))
    assert table.spelt("back \u00a0PAIN") == "Back pain"
    assert table.spelt({"missing": "unknown"}) == {"missing": "unknown"}
    assert table.told("grades", "Backpain") is None


def test_a_form_in_rows_has_its_grades(make):
    """A group may hold the events: each row asks the table for itself."""
    group = rows(
        "events",
        item("what", "text", dictionary="ctcae"),
        item("grade", "choice", codelist="ctcae_grade"),
    )
    form = make(
        groups=[group],
        checks=[
            rule("graded", "events.grade", severity="hard", must="row.grade in grades(row.what)",
                 sentence=Text("{grades(row.what)}, {soc(row.what)}")),
        ],
    )  # fmt: skip
    events = [
        {"id": "r1", "what": "Alopecia", "grade": "3"},
        {"id": "r2", "what": "Nausea", "grade": "3"},
    ]
    (refused,) = form.evaluate({"events": events}).of("hard")
    assert (refused.row, refused.sentence.en) == ("r1", f"1, 2, {SKIN}")


@pytest.mark.parametrize(
    "text",
    [
        "grade in grades(grade)",
        "listed(comment)",
        "listed(visits.SCR.RECIST_BASE.targets.site)",
        "grades(entries.AE)",
    ],
)
def test_only_one_item_with_a_dictionary_is_asked_so(reminet, text):
    with pytest.raises(BadExpression):
        compile_expression(text, Place(reminet, reminet.form("AE")))


def test_entries_are_those_of_a_form_that_repeats(reminet):
    place = Place(reminet, reminet.form("DEATH"))
    for text, why in (
        ("entries.DEATH.exists(e, has(e.cause))", "Form DEATH does not repeat"),
        ("entries.AE.exists(e, e.colour == '5')", "Unknown item `colour`"),
        ("entries.AE.grade == '5'", "needs a form alone"),
        ("entries.EVENT.exists(e, true)", "There is no form EVENT"),
    ):
        with pytest.raises(BadExpression, match=why):
            compile_expression(text, place)


# -- the file ----------------------------------------------------------------------------------


@pytest.fixture
def broken(folder, tmp_path):
    """Writes a table into a copy of the definition and tells what is wrong with it."""
    copy = tmp_path / "reminet"
    shutil.copytree(folder, copy)

    def told(text, name=TABLE):
        (copy / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return check(copy)

    return told


A, B = f"{SKIN},Alopecia,1,1,0,0,0\n", "Nervous system disorders,Headache,1,1,1,0,0\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (HEADER.replace("soc,", "class,") + A, 1, "What differs: class."),
        (HEADER.replace(",", ";") + A, 1, "The columns are soc,term,grade1_defined"),
        ("term,soc" + HEADER[8:] + A, 1, "What differs: their order or number."),
        (HEADER + A + B + A.lower(), 4, "`alopecia` stands twice, in line 2 too."),
        (HEADER + A + B.replace("1,1,1", "1,x,1"), 3, "`grade2_defined` of `Headache` is `x`"),
        (HEADER + A + B.replace("1,1,1", "0,0,0"), 3, "`Headache` has no grade"),
        (HEADER + A + ",Headache,1,1,1,0,0\n", 3, "`soc` is empty."),
        (HEADER + A + "Investigations,,1,1,1,0,0\n", 3, "`term` is empty."),
        (HEADER + A + "a,b,c,1,1,1,0,0\n", 3, "8 cells, where the columns are 7."),
        (HEADER + A + f"s,{'x' * 121},1,0,0,0,0\n", 3, "longer than the 120 characters"),
        (HEADER + A + 's,"Head"ache,1,0,0,0,0\n', 3, "Not CSV"),
        (HEADER, 1, "The table holds no term."),
        ("", 1, "The columns are"),
        (HEADER.encode() + b"caf\xe9,x,1,0,0,0,0\n", 1, "The file is not UTF-8 text."),
        (b" " * 1_000_001, 1, "larger than 1,000,000 bytes"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(broken, text, line, reason):
    assert any(one.startswith(f"{TABLE}:{line}: ") and reason in one for one in broken(text)), (
        broken(text)
    )


def test_a_table_that_nothing_asks_for_is_refused(broken):
    assert broken(HEADER + A, "dictionaries/meddra.csv") == [
        "dictionaries/meddra.csv:1: No item has `dictionary: meddra`. Name the table at an item, "
        "or remove it."
    ]
    (bad,) = broken(HEADER + A, "dictionaries/Drug list.csv")[:1]
    assert "the name of a dictionary is small letters" in bad


def test_a_table_that_is_not_there_is_asked_for(reminet):
    told = faults(replace(reminet, dictionaries=()))
    assert [one.reason for one in told] == ["There is no file dictionaries/ctcae.csv."]


def test_the_order_of_the_rows_and_a_mark_before_them_say_nothing(tmp_path):
    tables = []
    for place, text in enumerate((HEADER + A + B, "\ufeff" + HEADER + B + "\n" + A)):
        path = tmp_path / str(place) / "d.csv"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        tables.append(read_dictionary(path, "d.csv", {}))
    assert tables[0] == tables[1]


def test_the_table_is_part_of_what_is_published(reminet):
    again = Definition.from_json(reminet.to_json())
    assert again.dictionaries == reminet.dictionaries
    (table,) = reminet.dictionaries
    fewer = replace(reminet, dictionaries=(replace(table, terms=table.terms[1:]),))
    assert fewer.sha256 != reminet.sha256


def test_show_and_compare_tell_of_every_term(reminet):
    text = describe(reminet)
    assert "term: Event, CTCAE term [text of dictionary ctcae, " in text
    assert f"\n  Alopecia [1 2] {SKIN}\n" in text


def test_what_was_published_before_there_were_tables_still_reads(reminet):
    """Neither `dictionaries` nor the item's key stood in the text then."""
    old = json.loads(reminet.to_json())
    del old["dictionaries"]
    for form in old["forms"]:
        for one in form["items"]:
            del one["dictionary"]
    again = Definition.from_json(json.dumps(old))
    assert (again.dictionaries, again.form("AE").item("term").dictionary) == ((), "")


# -- against the whole of CTCAE ----------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grades(row):
    return tuple(grade for grade in "12345" if row[f"grade{grade}_defined"] == "1")


@pytest.mark.promise("SF-05")
@with_reference
def test_every_term_of_ours_is_one_of_ctcae_with_the_same_grades(reminet, whole):
    known = {row["term"]: (row["soc"], grades(row)) for row in whole}
    ours = reminet.dictionary_by_name["ctcae"].terms
    assert len(ours) > 80
    assert {one.name: (one.soc, one.grades) for one in ours}.items() <= known.items()


@pytest.mark.promise("SF-05")
@with_reference
def test_the_whole_of_ctcae_in_its_place_refuses_what_is_not_defined(folder, tmp_path, whole):
    """The file as it is, put in place of ours: 837 terms, five grades each."""
    copy = tmp_path / "reminet"
    shutil.copytree(folder, copy)
    shutil.copy(REFERENCE, copy / TABLE)
    form = compile_form(load(copy), "AE")
    assert len(whole) == 837
    for row in whole:
        for grade in "12345":
            typed = {"term": [row["term"].upper()], "grade": [grade]}
            hard = {one.check for one in form.process(typed, Context()).of("hard")}
            refused = "graded" in hard
            assert refused == (grade not in grades(row)), (row["term"], grade)
