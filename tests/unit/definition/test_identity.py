"""No item may say who a participant is: by what it declares, by its name, by its labels."""

import shutil

import pytest

from crf.definition import DefinitionError, Text, load
from crf.definition.identity import KINDS, identifying
from crf.definition.values import BadValue, parse
from crf.definition.verify import faults
from tests.unit.definition.conftest import item

pytestmark = pytest.mark.promise("PR-01")

LABELS = """
name: Name | Last name | Patient's name | Nom | Prénom | Nom de naissance | Nom du patient | Vorname
name: Familienname | Geburtsname | Achternaam | Voornaam | Name of the patient | Surname
initials: Initials | Patient initials | Initiales du patient | Initialen | Voorletters
record_number: Hospital number | Medical record number | Numéro de dossier | IPP | MRN
record_number: Patientennummer | Ziekenhuisnummer | Patient ID | Fallnummer
national_number: NHS number | Social security number | Numéro de sécurité sociale | NIR | BSN
national_number: Rijksregisternummer | Sozialversicherungsnummer | Steuer-ID | PPS | National ID
address: Address | Home address | Adresse | Code postal | Anschrift | Postleitzahl | Woonplaats
phone: Telephone | Téléphone | Telefon | Telefoonnummer | Mobile number | GSM
email: E-mail | Email address | Courriel | Adresse électronique
birth_date: Date of birth | Date de naissance | Geburtsdatum | Geboortedatum
"""
HARMLESS = """
Drug or treatment | Name of the drug | Nom du médicament | Initial dose | Dose initiale | Kit number
Event, CTCAE term | Number of lesions | Numéro de kit | Grade | In a few words | Site
Version of the information sheet | National guideline followed | Weight at birth | Contact
Tumeur primitive | Nombre de cures | Name des Medikaments | Which other reason | Country of birth
"""


def cases():
    for line in LABELS.strip().splitlines():
        kind, _, labels = line.partition(": ")
        for label in labels.split(" | "):
            yield pytest.param(kind, label, id=label)


@pytest.mark.parametrize(("kind", "label"), list(cases()))
def test_a_label_that_asks_for_an_identity_is_refused(kind, label):
    assert identifying(item("q1", "text", label=Text(label))).kind == kind
    assert identifying(item("q1", "text", label=Text("Question", label))).kind == kind


@pytest.mark.parametrize(
    "name",
    ["last_name", "patient_initials", "nhs_number", "prenom", "hospital_id", "e_mail", "telefoon"],
)
def test_a_name_that_asks_for_an_identity_is_refused(name):
    found = identifying(item(name, "text", label=Text("Question")))
    assert found is not None
    assert found.key == "name"


@pytest.mark.parametrize("label", " | ".join(HARMLESS.strip().splitlines()).split(" | "))
def test_a_label_that_means_something_else_passes(label):
    assert identifying(item("q1", "text", label=Text(label))) is None


def test_one_of_a_list_holds_no_identity():
    assert identifying(item("contact", "choice", label=Text("By telephone"))) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_kind_is_refused_with_file_line_and_reason(folder, tmp_path, kind):
    problem = refused(folder, tmp_path, f"{{name: q1, type: text, identifying: {kind}, label: ")
    assert str(problem).startswith("forms/vitals.yaml:")
    assert KINDS[kind] in problem.reason


def test_a_label_is_refused_at_its_line(folder, tmp_path):
    problem = refused(
        folder, tmp_path, "{name: q1,\n         type: text,\n         label: ", en="Patient's name"
    )
    lines = (tmp_path / "reminet" / problem.file).read_text(encoding="utf-8").splitlines()
    assert "Patient's name" in lines[problem.line - 1]


def test_an_override_gives_its_reason_and_stays_in_the_definition(folder, tmp_path):
    start = '{name: q1, type: text, identifying: "no, because the firm is meant", label: '
    made = load(with_item(folder, tmp_path, start, en="Address"))
    kept = made.form("VITALS").by_name["q1"]
    assert kept.identifying == "no, because the firm is meant"
    assert "the firm is meant" in made.to_json()


@pytest.mark.parametrize("text", ["no", "no, because", "nothing", "yes"])
def test_an_override_without_a_reason_is_refused(folder, tmp_path, text):
    problem = refused(folder, tmp_path, f'{{name: q1, type: text, identifying: "{text}", label: ')
    assert "with the reason" in problem.reason


def test_a_definition_that_no_file_holds_is_refused_too(reminet, make):
    made = make.definition_with(make.form(item("q1", "text", label=Text("Surname"))))
    assert ["would hold a name" in fault.reason for fault in faults(made)] == [True]


def test_reminet_asks_for_no_identity(reminet):
    assert faults(reminet) == []


# Fields with `Identifier?` = y in two public REDCap dictionaries: name, label, validation.
MARKED = """
name_last, name_last, | name_first, name_first, | address, address, | phone, phone, phone
dob, dob, date_ymd | first_name, First Name, | last_name, Last Name,
telephone_1, Phone number, phone | email, E-mail, email | dob, Date of birth, date_ymd
"""


@pytest.mark.parametrize("row", " | ".join(MARKED.strip().splitlines()).split(" | "))
def test_what_redcap_dictionaries_mark_as_identifier_is_refused_by_its_words(row):
    """Nothing imports such a dictionary: a definition written after one falls by its words."""
    name, label, validation = (part.strip() for part in row.split(","))
    kind = "date" if validation.startswith("date") else "text"
    assert identifying(item(name, kind, label=Text(label))) is not None
    assert identifying(item("q1", kind, label=Text(label.replace("_", " ")))) is not None


@pytest.mark.promise("PR-02")
@pytest.mark.parametrize(
    "name", ["birth", "dob", "date_naissance", "geburtsdatum", "geboortedatum"]
)
@pytest.mark.parametrize("kind", [("date", {}), ("partial_date", {"finest": "day"})])
def test_a_date_of_birth_keeps_no_day(name, kind):
    type_, more = kind
    assert identifying(item(name, type_, label=Text("Q"), **more)).kind == "birth_date"
    override = more | {"identifying": "no, because it is needed"}
    assert identifying(item(name, type_, label=Text("Q"), **override)).kind == "birth_date"
    assert identifying(item(name, "partial_date", label=Text("Q"), finest="month")) is None


@pytest.mark.promise("PR-02")
def test_a_day_typed_for_a_month_of_birth_is_refused_with_a_sentence(reminet):
    birth = reminet.form("DEMOG").by_name["birth_month"]
    boxes = {"b.day": ["12"], "b.month": ["03"], "b.year": ["1957"]}
    with pytest.raises(BadValue) as said:
        parse(birth, None, boxes, "b")
    assert "day" in said.value.sentence.en


def with_item(folder, tmp_path, start, en="Question"):
    copy = tmp_path / "reminet"
    shutil.copytree(folder, copy)
    path = copy / "forms" / "vitals.yaml"
    text = path.read_text(encoding="utf-8")
    first = "      - {name: visit_date"
    assert first in text
    added = f'      - {start}{{en: "{en}"}}}}\n{first}'
    path.write_text(text.replace(first, added, 1), encoding="utf-8")
    return copy


def refused(folder, tmp_path, start, en="Question"):
    with pytest.raises(DefinitionError) as caught:
        load(with_item(folder, tmp_path, start, en))
    return caught.value.problems[0]
