"""Every item type: what is typed, what is kept, what is said, and back again."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crf.definition import values
from crf.definition.model import MISSING_REASONS, Code, Codelist, Text
from crf.definition.values import BadValue, label, parse, raw_of
from tests.unit.definition.conftest import item

ORGANS = Codelist("organ", tuple(Code(c, Text(c.title(), c.upper())) for c in ("liver", "lung")))


def typed(one, text, **more):
    return parse(one, ORGANS, {"x": [text], **{f"x.{k}": [v] for k, v in more.items()}}, "x")


def refused(one, text, **more) -> str:
    with pytest.raises(BadValue) as caught:
        typed(one, text, **more)
    assert caught.value.sentence.fr
    return caught.value.sentence.en


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("61.5", "61.5"),
        ("61,5", "61.5"),
        ("61.50", "61.50"),
        ("061.5", "61.5"),
        (" 61.5 ", "61.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("−2.5", "-2.5"),
        ("-0", "0"),
        ("1 234,5", "1234.5"),
        ("", None),
    ],
)
def test_decimal_is_kept_as_typed(text, kept):
    assert typed(item("w", precision=2), text) == kept


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("61.555", "61.555 has 3 decimals; 2 decimals can be kept. Round it as the source does."),
        ("6l.5", "“6l.5” is not a number. Type digits only, as 61.5."),
        ("1,234.5", "“1,234.5” is not a number. Type digits only, as 61.5."),
        ("1e3", "“1e3” is not a number. Type digits only, as 61.5."),
        ("nan", "“nan” is not a number. Type digits only, as 61.5."),
        ("٣", "“٣” is not a number. Type digits only, as 61.5."),
        (".", "“.” is not a number. Type digits only, as 61.5."),
        (
            "<5",
            "“<5” is no measured value. This item takes none beyond a limit so: type digits only.",
        ),
        ("9" * 40, f"“{'9' * 40}” has too many digits. Type the number again."),
    ],
)
def test_decimal_refusals(text, sentence):
    assert refused(item("w", precision=2), text) == sentence


@pytest.mark.parametrize(
    ("text", "kept"),
    [("<5", "<5"), ("< 5,5", "<5.5"), (">1 000", ">1000"), ("<0.50", "<0.50"), ("5", "5")],
)
def test_a_result_beyond_what_is_measured_is_kept_as_given(text, kept):
    one = item("w", precision=2, beyond=("<", ">"))
    assert typed(one, text) == kept
    assert typed(one, raw_of(one, kept, "x")["x"][0]) == kept


def test_a_sign_that_the_item_does_not_take_is_refused():
    one = item("w", precision=2, beyond=("<",))
    assert typed(one, "<5") == "<5"
    assert "none beyond a limit so" in refused(one, ">5")


@pytest.mark.parametrize("text", ["<", ">", "<<5", "<abc", "5<", "<5>"])
def test_a_limit_is_a_number(text):
    assert "is not a number" in refused(item("w", precision=2, beyond=("<", ">")), text)


def test_beyond_in_whole_numbers():
    one = item("n", "integer", beyond=("<", ">"))
    assert typed(one, "> 1000") == ">1000"
    assert typed(one, "12") == 12
    assert refused(one, "<12.5") == "12.5 has decimals. Type a whole number."


def test_a_result_beyond_counts_as_its_limit_and_reads_as_given():
    one = item("n", "integer", unit="U/L", beyond=("<", ">"))
    assert 4.999999 < values.to_cel(one, "<5") < 5
    assert 1000 < values.to_cel(one, ">1000") < 1000.000001
    assert label(one, None, "<5").en == "<5 U/L"
    assert label(item("w", unit="µmol/L", beyond=("<", ">")), None, "<5.5").fr == "<5,5 µmol/L"


def test_integer():
    one = item("n", "integer")
    assert typed(one, "12") == 12
    assert typed(one, "12.0") == 12
    assert refused(one, "12.5") == "12.5 has decimals. Type a whole number."


def test_text_is_normalised_and_bounded():
    one = item("t", "text", length=5)
    assert typed(one, " e\u0301te\u0301 ") == "été"
    assert typed(item("t", "text"), "a\r\nb") == "a\nb"
    assert refused(one, "abcdef") == "This text has 6 characters; 5 fit. Shorten it."
    for odd in ("a\x00b", "a\x1bb", "a\ud800b"):
        assert refused(item("t", "text"), odd).startswith("This text holds a character")


def test_choice_and_multiple():
    assert typed(item("o", "choice", codelist="organ"), "liver") == "liver"
    assert refused(item("o", "choice", codelist="organ"), "spleen") == (
        "“spleen” is not one of the answers. Choose again."
    )
    several = item("o", "multiple", codelist="organ")
    assert parse(several, ORGANS, {"x": ["lung", "liver", "lung", ""]}, "x") == ["liver", "lung"]
    assert parse(several, ORGANS, {"x": [""]}, "x") is None
    assert refused(several, "spleen").startswith("“spleen” is not one of")


def test_yes_no():
    assert typed(item("y", "yesno"), "yes") == "yes"
    assert refused(item("y", "yesno"), "maybe").startswith("“maybe” is not one of the answers")


@pytest.mark.parametrize("text", ["09/08/2019", "9.8.2019", "9-8-2019", "2019-08-09", "9 Aug 2019",
                                  "9 août 2019", "9 August 2019", "9th aug. 2019"])  # fmt: skip
def test_date_in_every_hand(text):
    assert typed(item("d", "date"), text) == "2019-08-09"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31/09/2019", "September has 30 days. Type the day again."),
        ("29/02/2019", "February 2019 has 28 days. Type the day again."),
        ("09/13/2019", "There is no month 13. Type the month again, 1 to 12."),
        ("00/08/2019", "There is no day 0. Type the day again, 1 to 31."),
        ("45/08/2019", "There is no day 45. Type the day again, 1 to 31."),
        ("09/08/19", "The year 19 has two digits. Type all four, as 2019."),
        ("09/08/1890", "The year 1890 lies outside 1900 to 2100. Type the year again."),
        ("09/08/2199", "The year 2199 lies outside 1900 to 2100. Type the year again."),
        ("yesterday", "“yesterday” does not read as a date. Type it as 09/08/2019 or 9 Aug 2019."),
        ("09/08/20199", "“09/08/20199” does not read as a date. Type it as 09/08/2019 "
                        "or 9 Aug 2019."),
    ],
)  # fmt: skip
def test_date_refusals(text, sentence):
    assert refused(item("d", "date"), text) == sentence


def partial(day, month, year, finest="day"):
    return typed(item("p", "partial_date", finest=finest), "", day=day, month=month, year=year)


def test_partial_date():
    assert partial("09", "08", "2019") == "2019-08-09"
    assert partial("UK", "08", "2019") == "2019-08"
    assert partial("uk", "UK", "2019") == "2019"
    assert partial("", "aug", "2019") == "2019-08"
    assert partial("", "", "") is None


@pytest.mark.promise("DI-03")
@pytest.mark.parametrize(
    ("boxes", "sentence"),
    [
        (("09", "UK", "2019"), "The day is given without its month. Type the month, or UK for the "
                               "day too."),
        (("09", "08", ""), "The year is missing. Type it with four digits; where it is not known, "
                           "choose Unknown as the reason."),
        (("UK", "UK", "UK"), "The year is missing. Type it with four digits; where it is not "
                             "known, choose Unknown as the reason."),
        (("31", "09", "2019"), "September has 30 days. Type the day again."),
        (("", "13", "2019"), "There is no month 13. Type the month again, 1 to 12."),
        (("x", "08", "2019"), "“x” is neither a number nor UK. Type digits, or UK where unknown."),
        (("", "08", "19"), "The year 19 has two digits. Type all four, as 2019."),
    ],
)  # fmt: skip
def test_partial_date_refusals(boxes, sentence):
    day, month, year = boxes
    one = item("p", "partial_date")
    assert refused(one, "", day=day, month=month, year=year) == sentence


def test_a_birth_keeps_no_day():
    born = item("born", "partial_date", finest="month")
    said = refused(born, "", day="09", month="08", year="1956")
    assert said == "Only the month and the year are kept here. Clear the day."
    assert partial("", "08", "1956", finest="month") == "1956-08"


def test_time():
    one = item("t", "time")
    assert typed(one, "14:30") == typed(one, "14h30") == "14:30"
    assert typed(one, "9.05") == "09:05"
    for wrong in ("25:10", "12:75", "noon", "1230"):
        assert refused(one, wrong) == f"“{wrong}” is not a time of day. Type it as 14:30."


def test_reasons_for_no_value():
    one = item("w", missing=("not_done", "unknown"))
    assert typed(one, "", missing="not_done") == {"missing": "not_done"}
    assert refused(one, "", missing="not_applicable") == (
        "“Not applicable” cannot stand here. Type the value, or leave it blank for now."
    )
    assert refused(one, "61", missing="not_done") == (
        "Both a value (61) and “Not done” are given. Keep one of the two."
    )
    assert refused(one, "", missing="lost").startswith("“lost” is not one of the answers")


def test_labels_have_units_and_french_commas():
    assert label(item("w", unit="kg"), None, "61.50") == Text("61.50 kg", "61,50 kg")
    assert label(item("d", "date"), None, "2019-08-09") == Text("9 Aug 2019", "9 août 2019")
    assert label(item("d", "partial_date"), None, "2019-08").en == "Aug 2019"
    assert label(item("y", "yesno"), None, "yes").fr == "Oui"
    assert label(item("o", "multiple"), ORGANS, ["liver", "lung"]).en == "Liver, Lung"
    assert label(item("w"), None, {"missing": "not_done"}) == Text("Not done", "Non fait")
    assert label(item("w"), None, None).en == ""


KEPT = {
    "integer": st.integers(-(10**9), 10**9),
    "decimal": st.decimals(-9999, 9999, places=2).map(lambda d: str(d if d else abs(d))),
    "yesno": st.sampled_from(["yes", "no"]),
    "choice": st.sampled_from(["liver", "lung"]),
    "multiple": st.sampled_from([["liver"], ["lung"], ["liver", "lung"]]),
    "date": st.dates(values.dates.date(1900, 1, 1), values.dates.date(2100, 12, 31)).map(str),
    "time": st.times().map(lambda t: f"{t:%H:%M}"),
    "text": st.text(
        st.characters(blacklist_categories=["C", "Z"], max_codepoint=0x2FFF), min_size=1, max_size=9
    ).map(lambda t: normalize("NFC", t)),
}
KEPT["partial_date"] = st.one_of(
    KEPT["date"], KEPT["date"].map(lambda d: d[:7]), KEPT["date"].map(lambda d: d[:4])
)
MISSING = st.sampled_from(MISSING_REASONS).map(lambda reason: {"missing": reason})


@pytest.mark.promise("DI-03")
@pytest.mark.promise("DI-04")
@pytest.mark.parametrize("kind", sorted(KEPT))
def test_what_is_kept_comes_back_from_the_page(kind):
    more = {"precision": 2} if kind == "decimal" else {}
    one = item("x", kind, codelist="organ", **more)

    @given(st.one_of(KEPT[kind], MISSING))
    def comes_back(kept):
        assert parse(one, ORGANS, raw_of(one, kept, "x"), "x") == kept

    comes_back()


@pytest.mark.parametrize("kind", [k for k in sorted(KEPT) if k != "partial_date"])
def test_what_is_computed_is_kept_in_the_same_form(kind):
    more = {"precision": 2} if kind == "decimal" else {}
    one = item("x", kind, codelist="organ", **more)

    @given(KEPT[kind])
    def comes_back(kept):
        assert values.from_cel(one, values.to_cel(one, kept)) == kept

    comes_back()


@given(st.text(max_size=30))
def test_whatever_is_typed_gives_a_value_or_a_sentence(text):
    for kind in KEPT:
        one = item("x", kind, codelist="organ")
        raw = {"x": [text], "x.day": [text], "x.month": [text], "x.year": [text]}
        sentence = None
        try:
            parse(one, ORGANS, raw, "x")
        except BadValue as error:
            sentence = error.sentence
        if sentence is not None:
            assert sentence.en.endswith(".")
            assert sentence.fr.endswith(".")
