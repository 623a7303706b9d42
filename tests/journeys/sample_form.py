"""A form with every kind of item, for the gallery and for the bench of rendering."""

from types import SimpleNamespace

from crf.definition.evaluation import Evaluation
from crf.definition.findings import Finding
from crf.definition.model import (
    Bounds,
    Code,
    Codelist,
    Form,
    Group,
    Item,
    RowSource,
    Section,
    Text,
)
from crf.presenters.draft import draft_answer
from crf.presenters.form_data import Around, EntryFacts
from crf.presenters.form_page import form_page

ALL = ("not_done", "not_available", "unknown", "not_applicable")


def codelist(name: str, *labels: str) -> Codelist:
    codes = tuple(Code(label.split(" ")[0].lower(), Text(label)) for label in labels)
    return Codelist(name, codes)


def number(name: str, label: str, unit: str, low: float, high: float, **more) -> Item:
    return Item(
        name, Text(label), "decimal", unit=unit, precision=1, soft=Bounds(low, high), **more
    )


ITEMS = (
    Item("visit_date", Text("Date of visit"), "date", missing=()),
    Item("ps", Text("WHO performance status"), "choice", codelist="ps", missing=()),
    Item("symptoms", Text("Symptoms of the disease"), "yesno", missing=()),
    Item("diarrhoea", Text("Start of diarrhoea"), "partial_date", required=False),
    number("weight", "Weight", "kg", 30, 200),
    Item("wchange", Text("Change from baseline"), "decimal", unit="%", precision=1, expr="1.0"),
    number("hr", "Heart rate", "beats/min", 50, 100),
    number("hb", "Haemoglobin", "g/dL", 5, 20),
    number("cga", "Chromogranin A", "ng/mL", 0, 20000),
    number("tsh", "TSH", "mU/L", 0.4, 4.0, tag="A", note="The set of tests is not public."),
    Item("ecg_time", Text("Time of the ECG"), "time"),
    Item("country", Text("Reason for delay"), "choice", codelist="delay"),
    Item("sites", Text("Sites of metastases"), "multiple", codelist="sites", missing=("unknown",)),
    Item("remarks", Text("Remarks"), "text", length=1000, required=False, missing=()),
    Item("img_date", Text("Date of imaging"), "date"),
    Item("modality", Text("Modality"), "choice", codelist="modality", missing=()),
    Item("resp", Text("Your response"), "choice", codelist="resp", missing=()),
)
TARGETS = Group(
    "targets",
    Text("Target lesions"),
    (
        Item("baseline", Text("Baseline"), "integer", unit="mm", expr="1.0"),
        Item("mm", Text("This visit, mm"), "integer", missing=("not_done", "not_available")),
        Item("change", Text("From smallest"), "decimal", unit="%", precision=0, expr="1.0"),
    ),
    row_label=Text("Lesion"),
    rows_from=RowSource("SCR", "RECIST_BASE", "targets"),
)
NEW = Group(
    "new_lesions",
    Text("New lesions"),
    (
        Item("organ", Text("Organ"), "choice", codelist="delay", missing=()),
        Item("site", Text("Where"), "text", length=80, missing=()),
        Item("mm", Text("Size, mm"), "integer"),
    ),
    row_label=Text("New lesion"),
    hint=Text("Each lesion that was not seen at baseline."),
)
MEASURES = ("weight", "wchange", "hr", "hb", "cga", "tsh", "ecg_time", "country", "sites")
FORM = Form(
    "RECIST",
    Text("Tumour assessment"),
    "1.3",
    (
        Section("visit", Text("Visit"), ("visit_date", "ps", "symptoms", "diarrhoea")),
        Section("exam", Text("Examination and laboratory"), (*MEASURES, "remarks")),
        Section("imaging", Text("Imaging"), ("img_date", "modality")),
        Section(
            "lesions",
            Text("Target lesions, RECIST 1.1"),
            ("targets", "new_lesions"),
            hint=Text("Longest diameter; short axis for lymph nodes."),
        ),
        Section("response", Text("Response at this time point"), ("resp",)),
    ),
    ITEMS,
    (TARGETS, NEW),
    dated_by="visit_date",
)
DEFINITION = SimpleNamespace(
    sha256="sample",
    form=lambda name: FORM,
    dictionary_by_name={},
    codelist_by_name={
        c.name: c
        for c in (
            codelist("ps", "0", "1", "2", "3", "4"),
            codelist("modality", "CT", "MRI"),
            codelist("resp", "CR", "PR", "SD", "PD", "NE"),
            codelist(
                "delay",
                "Toxicity",
                "Wish of the participant",
                "Logistics",
                "Other",
                "Holiday",
                "No",
            ),
            codelist("sites", "Liver", "Bone", "Lymph nodes", "Lung", "Peritoneum", "Other"),
        )
    },
)
DEFINITION.codelist = DEFINITION.codelist_by_name.__getitem__

RAW = {
    "visit_date": ["09/08/2019"],
    "ps": ["1"],
    "symptoms": ["yes"],
    "diarrhoea.day": ["UK"],
    "diarrhoea.month": ["06"],
    "diarrhoea.year": ["2019"],
    "weight": ["61.5"],
    "hr": ["46"],
    "hb": ["11.4"],
    "cga.missing": ["not_done"],
    "sites": ["liver", "bone"],
    "img_date": ["12/09/2019"],
    "modality": ["ct"],
    "targets.r1": ["1"],
    "targets.r1.mm": ["40"],
    "targets.r2": ["1"],
    "targets.r2.mm": ["30"],
    "new_lesions.r1": ["1"],
    "new_lesions.r1.site": ["segment IV"],
    "resp": ["sd"],
}
FINDINGS = (
    Finding(
        "hard",
        "img_date",
        "",
        "imaging_before_visit",
        Text(
            "Imaging on 12 Sep 2019 is after the visit on 9 Aug 2019. Correct one of the dates; "
            "if the imaging belongs to another visit, enter it there."
        ),
    ),
    Finding(
        "soft",
        "hr",
        "",
        "range",
        Text(
            "46 beats/min is below 50, and was 68 at injection 6. "
            "Correct it, or say why it is right."
        ),
    ),
    Finding("soft", "targets.mm", "r1", "jump", Text("40 mm was 31 mm. Correct it, or say why.")),
    Finding("note", "hb", "", "normal_range", Text("11.4 g/dL is below the centre's limit, 12.0.")),
)
AROUND = Around(
    history={"ps": 1, "hr": 2, "weight": 1},
    queries={"hr": 1},
    comments={"confirm.range.hr": "Checked twice, no symptoms, ECG planned"},
    hints={"hb": "centre normal 12.0 to 16.0", "visit_date": "Window 26 Jul to 23 Aug"},
    rows={
        "targets": (("r1", "T1 · Liver", "segment VI, dome"), ("r2", "T2 · Liver", "segment II"))
    },
)
DERIVED = {
    "wchange": "-6.8",
    "targets.r1.baseline": 42,
    "targets.r1.change": "29",
    "targets.r2.baseline": 27,
    "targets.r2.change": "25",
}
ENTRY = EntryFacts(
    code="FR-05-003",
    centre="CHU Dijon",
    centre_code="FR-05",
    visit="ASM-06",
    visit_title="Month 6",
    title="Tumour assessment, month 6",
    version=2,
    state="draft",
    state_words="Draft, not yet data",
    notes=("saved version 2, 26 Aug 2019",),
    kept_at="10:42:08",
    randomisation_number="R-0038",
)


def everything(form: Form, raw: dict) -> frozenset[str]:
    """The names of all fields, as if no skip logic hid one."""
    names = {item.name for item in form.items} | {group.name for group in form.groups}
    rows = {".".join(name.split(".")[:2]) for name in raw if name.count(".") >= 1}
    for group in form.groups:
        mine = [row for row in rows if row.startswith(f"{group.name}.")]
        names |= {f"{row}.{item.name}" for row in mine for item in group.items}
    return frozenset(names)


def sample_page(form: Form = FORM, raw: dict = RAW, findings=FINDINGS, derived=DERIVED, **changes):
    """The page after a refused save, as the reference screen shows it."""
    return form_page(**(given(form, raw, findings, derived) | {"refused": True} | changes))


def sample_draft():
    """What the same, as typed, is answered."""
    return draft_answer(**given(FORM, RAW, FINDINGS, DERIVED))


def given(form: Form, raw: dict, findings, derived) -> dict:
    visible = everything(form, raw)
    return {
        "definition": DEFINITION,
        "form_name": form.name,
        "language": "en",
        "entry": ENTRY,
        "raw": raw,
        "evaluation": Evaluation(visible, frozenset(), dict(derived), tuple(findings), {}, {}),
        "changed": [("hr", "", "64", "46")],
        "around": AROUND,
    }
