"""Reading a file of entries: its shape, its cells, and what is said of a bad one."""

from functools import cache
from pathlib import Path

import pytest

import crf
from crf.definition import compile_form, load
from crf.import_file import MOST_BYTES, MOST_LINES, Unreadable, header, importable, read

FORM = "VITALS"
GOOD = "participant,visit,visit_date,weight,ecg_missing\nFR-05-001,SCR,2016-01-12,61.5,not_done\n"


@cache
def reminet():
    return load(Path(crf.__file__).parent / "definitions" / "reminet")


@pytest.fixture(scope="module")
def compiled():
    return compile_form(reminet(), FORM)


def reading(text, compiled, name="visits.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return read(name, content, compiled.form)


def refused(text, compiled):
    with pytest.raises(Unreadable) as found:
        reading(text, compiled)
    return [(one.line, one.column, one.sentence) for one in found.value.faults]


def test_a_line_is_an_entry(compiled):
    file = reading(GOOD, compiled)
    [line] = file.lines
    assert (line.line, *line.place, line.version) == (2, "FR-05-001", "SCR", 1, None)
    raw = {}
    for name, cell in line.cells.items():
        raw |= cell.raw(compiled.form.by_name[name])
    assert compiled.parse(raw).answers == {
        "visit_date": "2016-01-12",
        "weight": "61.5",
        "ecg": {"missing": "not_done"},
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spreadsheets_write_it_in_several_ways(compiled, separator, mark, end):
    text = mark + GOOD.replace(",", separator).replace("\n", end)
    assert reading(text, compiled).lines == reading(GOOD, compiled).lines


def test_names_of_columns_in_capitals_and_any_order(compiled):
    text = "WEIGHT,Visit,PARTICIPANT\n61.5,scr,fr-05-001\n"
    assert reading(text, compiled).lines[0].place == ("FR-05-001", "SCR", 1)


def test_what_a_release_has_beside_is_left_out_and_named(compiled):
    header = "participant,centre,visit,entry,entry_version,weight,ecg_label,bmi"
    text = f"{header}\nFR-05-001,X,SCR,9,3,60,,\n"
    file = reading(text, compiled)
    assert file.lines[0].version == 3
    assert file.left_out == ("centre", "entry", "ecg_label", "bmi")


def test_a_formula_made_harmless_is_itself_again(compiled):
    form = compile_form(reminet(), "CM")
    item = next(one.name for one in form.form.items if one.type == "text")
    file = reading(f"participant,visit,number,{item}\nFR-05-001,LOG,1,'=1+1\n", form)
    assert file.lines[0].cells[item].value == "=1+1"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2016-01-12", "2016-01-12"),
        ("2016-01", "2016-01"),
        ("2016", "2016"),
        ("12/01/2016", "2016-01-12"),
        ("UK/01/2016", "2016-01"),
        ("UK/UK/2016", "2016"),
    ],
)
def test_partial_dates_stay_partial(typed, kept):
    event = compile_form(reminet(), "AE")
    file = reading(f"participant,visit,number,start\nFR-05-001,LOG,1,{typed}\n", event)
    cell = file.lines[0].cells["start"]
    assert event.parse(cell.raw(event.form.by_name["start"])).answers == {"start": kept}


def test_several_answers_and_results_beyond_what_is_measured():
    event, lab = (compile_form(reminet(), name) for name in ("AE", "LAB"))
    file = reading("participant,visit,number,seriousness\nFR-05-001,LOG,1,death|life\n", event)
    cell = file.lines[0].cells["seriousness"]
    assert cell.raw(event.form.by_name["seriousness"]) == {"seriousness": ["death", "life"]}
    file = reading("participant,visit,ast,ast_beyond,tsh\nFR-05-001,SCR,5,<,>100\n", lab)
    assert {name: cell.value for name, cell in file.lines[0].cells.items()} == {
        "ast": "<5",
        "tsh": ">100",
    }


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, "", "is empty"),
        ("participant,visit,weight\n", 1, "", "no line below its header"),
        ("visit,weight\nSCR,60\n", 1, "participant", "no column participant"),
        ("participant,visit,wieght\nA,SCR,60\n", 1, "wieght", "no item wieght"),
        ("participant,visit,weight,weight\nA,SCR,60,60\n", 1, "weight", "twice"),
        ("participant,visit,bmi\nA,SCR,60\n", 1, "", "names no item"),
        ("participant,visit,weight\nA,SCR\n", 2, "", "2 in this line, 3 in the header"),
        ("participant,visit,,weight\nA,SCR,,60\n", 1, "", "Column 3 has no name"),
        ("participant,visit,weight\nA,SCR,<\n", 2, "weight", "< stands without the value"),
        ("sep=;\nparticipant;visit;weight\nA;SCR\n", 3, "", "2 in this line"),
        (f"participant,visit,weight{',x' * 400}\nA,SCR,60\n", 1, "", "403 columns"),
        ("participant,visit,weight\nA,,60\n", 2, "", "no participant or no visit"),
        ("participant,visit,number,weight\nA,SCR,one,60\n", 2, "number", "whole number"),
        ("participant,visit,entry_version,weight\nA,SCR,x,60\n", 2, "entry_version", "whole"),
        ("participant,visit,weight\nA,SCR,60\n\na,scr,61\n", 4, "", "Line 2 is of the same entry"),
        ('participant,visit,weight\nA,SCR,"60\n', 2, "", "quotation mark"),
        (f"participant,visit,weight\nA,SCR,{'6' * 200_000}\n", 2, "", "a cell that is too long"),
        (b"PK\x03\x04 a workbook", 1, "", "workbook"),
        ("participant,visit,weight\nÉ,SCR,60\n".encode("latin-1"), 1, "", "UTF-8"),
        ("participant,visit,weight\nA,SCR,60\n".encode("utf-16"), 1, "", "UTF-8"),
        (b"x" * (MOST_BYTES + 1), 1, "", "larger than"),
    ],
)
def test_a_bad_file_gets_a_sentence_with_its_line(compiled, text, line, column, words):
    [(at, where, sentence)] = refused(text, compiled)
    assert (at, where) == (line, column)
    assert words in sentence


def test_a_file_that_is_too_long_is_not_read(compiled):
    lines = "".join(f"FR-05-{n:03d},SCR,60\n" for n in range(1, MOST_LINES + 2))
    [(_line, _column, sentence)] = refused(f"participant,visit,weight\n{lines}", compiled)
    assert "divide it" in sentence


def test_every_fault_is_told_at_once(compiled):
    found = refused("participant,visit,wieght,hight\nA,SCR,1,2\n", compiled)
    assert [column for _line, column, _sentence in found if column] == ["wieght", "hight"]


def test_the_header_of_a_file_to_fill_in_is_read(compiled):
    names = header(compiled.form)
    cells = ["FR-05-001", "SCR", *["" for _ in names[2:]]]
    file = reading(f"{','.join(names)}\n{','.join(cells)}\n", compiled)
    assert (file.lines[0].cells, file.left_out) == ({}, ())


def test_forms_with_rows_are_typed_on_their_page():
    names = {form.name for form in reminet().forms if not importable(form)}
    assert {"RECIST", "RECIST_BASE", "TUMOUR"} >= names > {"RECIST"}
