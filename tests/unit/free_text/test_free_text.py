"""What free text is stopped for, and the words of the trial that must pass."""

from pathlib import Path

import pytest
import yaml

from reminet_site.free_text import KINDS, found, in_words

pytestmark = pytest.mark.promise("PR-04")
REMINET = Path(__file__).parents[3] / "crf" / "definitions" / "reminet"

# French, English, German, Dutch. Numbers have right check digits; nobody has them.
HELD = {
    "name": """
        Mme Dupont a appelé | patient Dupont vu ce jour | M. Martin, douleurs | Dr Lefèvre prévenu
        Jean-Pierre Lefebvre est sorti | DUPONT Marie | Vu par le Pr. Durand | la patiente Nguyen
        Mrs Smith called | The patient John Smith fell | Dr. O'Brien was told | Miss Jones is well
        Frau Schmidt klagt über Übelkeit | Herr Weber, telefonisch | Patient Müller | Anna Müller
        mevr. de Vries belde | de heer Jansen | patiënt Jansen | Dhr. van den Berg | Pieter de Jong
    """,
    "phone": """
        appeler au 06 12 34 56 78 | tél. 03.80.29.30.31 | +33 6 12 34 56 78 | 0033612345678
        call 0161 496 0000 | phone 01 234 5678 | +353 1 234 5678 | +44 (0)20 7946 0000
        Tel. 030/1234567 | +49 30 1234567 | Handy 0151 23456789 | erreichbar unter 0221-4567890
        bel 06-12345678 | gsm 0475 12 34 56 | +32 475 12 34 56 | telefoon 020 1234567
    """,
    "email": """
        marie.dupont@orange.fr | j.smith@nhs.example | anna_mueller@web.de | jan+1@ziekenhuis.nl
    """,
    "national": """
        NIR 2 95 10 99 126 111 93 | 295109912611193 | Steuer-ID 36574261809 | BSN 111222333
        NISS 85.07.30-033 28 | NHS 943 476 5870 | PPS 6433435F | RVNR 15070649C103
        KVNR A123456780
    """,
    "birth": """
        né le 12/03/1957 | née le 3 mars 1957 | DOB 1957-03-12 | born on 12 March 1957
        geb. 12.03.1957 | geboren am 12.3.1957 | geboortedatum: 12-03-1957
    """,
}
PASSES = """
    Nausea, grade 2 | Asthénie grade 1 | Starke Übelkeit nach Injektion
    Buikpijn na de injectie | Max Dosis erreicht | M. Crohn bekannt | PR confirmed | MR Abdomen
    Child Pugh A | Patient OMS 1 | Scanner du 12/03/2019, RECIST Non CR | Hôpital Claude Bernard
    CHU Jean Minjoz | Merkel Cell | Institut Gustave Roussy | Victor Hugo Hospital | Kit 10482
    R-0038 | FR-05-003 | Zollinger Ellison | Lot 2019031245 | 120 mg s.c.
    01/02/2019 - 03/04/2019 | CgA 1234 ng/mL, 0.45 0.67 0.89 0.91 | Charcot Marie Tooth
    syndrome de Claude Bernard-Horner | Patient Schmerzen | Ki-67 5 %, G2
    Patientin Kopfschmerzen | patient Karnofsky 90 | HTA 160/90 | Tension 120/80 pouls 72 sat 98
    Somatuline Autogel 120 | Rose Bengal | 1234567 UI | 12 345 678 plaquettes
    lesion S4 Segment VIII | Neutrophils 2 345 000 000 | Patient Reported Outcome
    participant Refused | Le patient Refuse | T4N1M1 Stade IV | Will Stop
    Hémoglobine 9,8 le 03/02/2016 puis 10,2 le 09/02/2016 | Grade 3 | Creon 25 000 U
    Lanreotide LP 120 | Doliprane 1 g x 3/j | Pantoprazole 40 | Oxaliplatin Cycle 4
    Small bowel obstruction | Spinal Cord Compression | Febrile Neutropenia | Paget Disease
    Patient Fatigue | patient Refused | the patient died on 12/03/2019
    vu en consultation le 3 mars | GMS-SN 1234567890 | 0,5 mg/j puis 1 mg/j
    2016-2017-2018-2019 | 123456789 | 3 x 28 days, 84 days
"""


def lines(text):
    return [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in HELD.items() for text in lines(texts)]
)
def test_a_text_that_says_who_somebody_is_is_stopped(kind, text):
    assert kind in found(text)
    assert kind in found(f"Contact ce jour: {text}, suite le 12/04/2019.")


@pytest.mark.parametrize("text", lines(PASSES))
def test_a_text_of_the_clinic_passes(text):
    assert found(text) == ()


def texts_of(node):
    if isinstance(node, dict):
        node = node.values()
    if isinstance(node, str):
        yield node
    else:
        for one in node or ():
            yield from texts_of(one)


@pytest.mark.parametrize("path", sorted(REMINET.rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_word_of_the_trial_is_taken_for_an_identity(path):
    """Every label, hint, answer and sentence, in both languages, as if it were typed."""
    for text in texts_of(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)):
        assert found(text) == (), text


@pytest.mark.parametrize(
    "number", ["295109912611194", "36574261808", "85.07.30-033 29", "943 476 5871", "6433435G"]
)
def test_a_number_with_a_wrong_check_digit_is_no_national_number(number):
    assert "national" not in found(f"No {number}")


def test_an_empty_or_short_text_holds_nothing():
    assert [found(text) for text in ("", "PS 1", "UK")] == [(), (), ()]


def test_kinds_are_said_in_both_languages():
    assert in_words(("name",)) == "a name"
    assert in_words(tuple(KINDS)[:3]) == "a name, a date of birth and a telephone number"
    assert in_words(("name", "phone"), "fr") == "un nom et un numéro de téléphone"


def test_the_longest_text_is_looked_at_in_linear_time():
    """Patterns that could blow up are shown a page of each sign they repeat."""
    from time import process_time

    began = process_time()
    for sign in ("0", "0 ", "a", "A", "Aa ", "@", ".", "(", "+3 ", "Mme ", "né le 1", "1/1/", "-"):
        found((sign * 4000)[:4000])
    assert process_time() - began < 5
