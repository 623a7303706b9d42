"""A broken file of each kind is refused with file, line and reason."""

import shutil
from functools import lru_cache

import pytest

from crf.definition import DefinitionError, check, load, nodes

VITALS = "forms/vitals.yaml"
WEIGHT = "{name: weight, type: decimal, precision: 1, unit: kg"
# file, text to replace, replacement, a text on the line that is blamed, the reason
BROKEN = [
    (VITALS, WEIGHT, "{name: weight, colour: red, type: decimal", "colour", "Unknown key `colour`"),
    (VITALS, WEIGHT, "{type: decimal", "{type: decimal", "has no `name`"),
    (VITALS, WEIGHT, "{name: ps, type: decimal", "{name: ps, type: decimal", "`ps` stands twice"),
    (VITALS, WEIGHT, "{name: Weight, type: decimal", "Weight", "is not a name"),
    (VITALS, WEIGHT, "{name: today, type: decimal", "today", "has a meaning of its own"),
    (VITALS, WEIGHT, "{name: weight, type: number", "number", "it must be one of text, integer"),
    (VITALS, "precision: 1, unit: kg, hard", "precision: one, unit: kg, hard", "precision: one",
     "it must be a number"),
    (VITALS, "precision: 1, unit: kg, hard", "precision: 9, unit: kg, hard", "precision: 9",
     "precision is 0 to 6"),
    (VITALS, "hard: [20, 300]", "hard: [300, 20]", "hard: [300, 20]", "is empty: 300.0 is above"),
    (VITALS, "hard: [20, 300]", "hard: [20]", "hard: [20]", "must be [low, high]"),
    (VITALS, "hard: [20, 300]", "hard: [20, inf]", "inf]", "must be finite"),
    (VITALS, "label: {en: Weight, fr: Poids}", "label: {fr: Poids}", "label: {fr: Poids}",
     "has no English text"),
    (VITALS, "label: {en: Weight, fr: Poids}", "label: Weight", "label: Weight", "needs {en:"),
    (VITALS, "label: {en: Weight, fr: Poids}", "label: {en: Weight, de: Gewicht}", "Gewicht",
     "Unknown key `de`"),
    (VITALS, "{name: ps, type: choice, codelist: performance", "{name: ps, type: choice",
     "name: ps", "needs a `codelist`"),
    (VITALS, "codelist: performance", "codelist: performances", "performances",
     "There is no codelist `performances`"),
    (VITALS, WEIGHT, WEIGHT.replace("unit", "codelist: sex, unit"), "codelist: sex",
     "`codelist` has no meaning for item `weight`"),
    (VITALS, "hint: {en: \"35 to 150\", fr: \"35 à 150\"}", "missing: [forgotten]", "forgotten",
     "holds `forgotten`; allowed: not_done"),
    (VITALS, WEIGHT, "{name: weight, identifier: true, type: decimal", "identifier: true",
     "identifies a participant directly"),
    (VITALS, WEIGHT, "{name: initials, type: decimal", "initials", "would hold initials"),
    (VITALS, WEIGHT, "{name: hospital_id, type: decimal", "hospital_id", "would hold a hospital"),
    (VITALS, "type: date, label: {en: Date of", "type: date, birth: true, label: {en: Date of",
     "birth: true", "would keep the day of birth"),
    ("forms/demog.yaml", "finest: month, ", "", "birth_month, type", "would keep the day of birth"),
    (VITALS, "type: date, label: {en: Date of", "type: date, beyond: [<], label: {en: Date of",
     "beyond:", "`beyond` has no meaning for item `visit_date` of type date"),
    (VITALS, "must: \"dbp < sbp\"", "must: \"dbp < spb\"", "dbp < spb", "Unknown item `spb`"),
    (VITALS, "must: \"dbp < sbp\"", "must: \"dbp <\"", "dbp <", "Syntax error"),
    (VITALS, "must: \"dbp < sbp\"", "must: \"dbp + sbp\"", "dbp + sbp", "a truth is needed"),
    (VITALS, "must: \"dbp < sbp\"", "must: \"dbp < forms.LAB.hb\"", "forms.LAB.hb",
     "Unknown item `hb` in form LAB"),
    (VITALS, "must: \"dbp < sbp\"", "must: sbp\n    fires_if: dbp", "- name: pressures",
     "needs one of `must` and `fires_if`"),
    (VITALS, "severity: hard\n    item: dbp", "severity: fatal\n    item: dbp", "fatal",
     "must be one of hard, soft, query, note"),
    (VITALS, "severity: hard\n    item: dbp", "severity: hard\n    item: diastolic",
     "item: diastolic", "Unknown item `diastolic` in check `pressures`"),
    (VITALS, "Diastolic ({dbp})", "Diastolic ({dia})", "sentence:", "{dia}"),
    (VITALS, "show_if: \"known(height)\"", "show_if: \"height\"", "name: bmi", "a truth is needed"),
    (VITALS, "expr: \"ratio(weight * 10000, height * height)\"",
     "expr: \"ratio(weight * bmi, height)\"", "name: bmi", "These wait for each other: bmi"),
    (VITALS, "expr: \"ratio(weight * 10000, height * height)\"", "expr: \"'heavy'\"", "name: bmi",
     "gives a text; a number is needed"),
    (VITALS, "dated_by: visit_date", "dated_by: seen_on", "seen_on", "names `seen_on`"),
    (VITALS, "form: VITALS", "form: Vitals", "form: Vitals", "is not a form name"),
    (VITALS, "form: VITALS", "form: SIGNS", "form: SIGNS", "belongs in signs.yaml"),
    (VITALS, "form: VITALS\n", "", "title:", "has no `form`"),
    (VITALS, "version: \"1.0\"", "version: \"1.0\"\nversion: \"1.1\"", "version: \"1.1\"",
     "`version` stands twice"),
    (VITALS, "sections:", "sections: none\nother:", "sections: none", "must be a list"),
    (VITALS, "title: {en: ECG, fr: ECG}", "title: {en: ECG, fr: ECG", "items:", "Not YAML"),
    ("forms/recist.yaml", "form: RECIST_BASE, group: targets", "form: RECIST_BASE, group: lesions",
     "group: lesions", "There is no group SCR.RECIST_BASE.lesions"),
    ("forms/recist.yaml", "expr: base.organ", "expr: base.organe", "base.organe",
     "has no item `organe`"),
    ("forms/recist_base.yaml", "min_rows: 1", "min_rows: 9", "group: targets", "leave no room"),
    ("forms/elig.yaml", "{name: i1, type: yesno", "{name: i1, type: text", "name: i1",
     "its type is yesno"),
    ("forms/elig.yaml", "criterion: I1,", "criterion: I99,", "I99", "There is no criterion I99"),
    ("codelists.yaml", "{code: M, label", "{code: F, label", "Homme", "Code `F` stands twice"),
    ("codelists.yaml", "name: childbearing", "name: sex", "name: sex",
     "Codelist `sex` stands twice"),
    ("visits.yaml", "forms: [EOT]", "forms: [END]", "forms: [END]", "There is no form END"),
    ("trial.yaml", "{name: casebook", "{name: baseline", "name: baseline, title: {en: Whole",
     "Milestone `baseline` stands twice"),
    ("trial.yaml", "{name: casebook", "{name: The end", "The end", "small letters, digits and _"),
    ("trial.yaml", "visits: [SCR], asked", "visits: [SCREENING], asked", "SCREENING",
     "There is no visit SCREENING"),
    ("trial.yaml", "asked: randomisation", "asked: later", "later", "must be one of"),
    ("visits.yaml", "code: UNS", "code: ASM", "code: ASM", "Visit ASM stands twice"),
    ("visits.yaml", "anchor: previous", "anchor: yesterday", "yesterday", "it must be one of none"),
    ("visits.yaml", "window: [3, 3]", "window: [3]", "window: [3]", "[days before, days after]"),
    ("eligibility.yaml", "sources: [VITALS.ps]", "sources: [VITALS.who]", "VITALS.who",
     "Unknown item `who` in form VITALS"),
    ("eligibility.yaml", "forms.VITALS.ps in ['0'", "forms.VITALS.ps in ['zero'", "'zero'",
     "has no code 'zero'"),
    ("eligibility.yaml", "number: I2", "number: I1", "number: I1", "Criterion I1 stands twice"),
    ("randomisation.yaml", "probability: 0.80", "probability: 1.8", "1.8", "between 0.5 and 1"),
    ("randomisation.yaml", "expr: forms.TUMOUR.grade", "expr: forms.TUMOUR.ki67", "ki67",
     "gives a number; a text is needed"),
    ("randomisation.yaml", "{code: PBO, label", "{code: SAL, label", "{code: LAN",
     "none of the arms"),
    ("randomisation.yaml", "method: minimisation", "method: coin", "coin", "it must be one of"),
    ("randomisation.yaml", "block_sizes: [2, 4, 6]", "block_sizes: [2, 4, 66]", "66",
     "at most 64 places"),
    ("endpoints.yaml", "p0: 0.40", "p0: low", "p0: low", "it must be a number"),
    ("endpoints.yaml", "power: 0.90\n", "", "title:", "has no `power`"),
    ("endpoints.yaml", "assumed: [p0,", "assumed: [p9,", "p9", "holds `p9`"),
    ("trial.yaml", "opened_on: \"2015-01-30\"", "opened_on: soon", "soon", "not a date"),
    ("trial.yaml", "{form: EOT}", "{form: EOTT}", "{form: EOTT}", "There is no EOTT"),
    ("trial.yaml", "value: PD", "value: XX", "value: XX", "RECIST.response is never `XX`"),
    ("trial.yaml", "item: serious, value: \"yes\"", "item: serious, value: perhaps", "perhaps",
     "AE.serious is never `perhaps`"),
    ("trial.yaml", "item: serious, value: \"yes\"", "item: seriousness, value: death", "death",
     "AE.seriousness is never `death`"),
    ("trial.yaml", "[seriousness, grade", "[why, grade", "[why, grade", "There is no AE.why"),
    ("trial.yaml", "{form: INJ, item: kit}", "{form: INJ, item: kits}", "item: kits",
     "There is no INJ.kits"),
    ("trial.yaml", "{form: INJ, item: kit}", "{form: INJ}", "kit: {form: INJ}", "has no `item`"),
]  # fmt: skip


# A file that is not broken is the same in each of these definitions: its nodes are kept.
KEPT = lru_cache(maxsize=None)(nodes.composed)


@pytest.fixture
def copy(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(nodes, "composed", KEPT)
    return shutil.copytree(folder, tmp_path / "trial")


@pytest.mark.promise("VA-03")
@pytest.mark.parametrize(
    ("file", "old", "new", "blamed", "reason"), BROKEN, ids=[f"{b[0]} {b[4]}" for b in BROKEN]
)
def test_a_broken_file_is_refused(copy, file, old, new, blamed, reason):
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    broken = text.replace(old, new, 1)
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(copy)
    problem = next((one for one in caught.value.problems if reason in one.reason), None)
    assert problem is not None, [str(one) for one in caught.value.problems]
    assert problem.file == file
    lines = broken.splitlines()
    expected = [number for number, line in enumerate(lines, 1) if blamed in line]
    assert problem.line in expected, (problem.line, lines[problem.line - 1])


def test_each_problem_is_a_line_that_begins_with_its_place(copy):
    path = copy / VITALS
    path.write_text(path.read_text(encoding="utf-8").replace("unit: kg", "colour: red"))
    with pytest.raises(DefinitionError) as caught:
        load(copy)
    assert check(copy) == [str(problem) for problem in caught.value.problems]
    assert check(copy)[0].startswith(f"{VITALS}:")


def test_a_missing_file_is_named(copy):
    (copy / "visits.yaml").unlink()
    assert check(copy) == ["visits.yaml:1: There is no file visits.yaml in the definition."]


def test_an_empty_file_is_named(copy):
    (copy / "forms" / "ae.yaml").write_text("")
    assert check(copy) == ["forms/ae.yaml:1: The file is empty."]


def test_a_folder_without_forms(copy):
    shutil.rmtree(copy / "forms")
    assert "There is no form in forms/." in "\n".join(check(copy))


def test_text_that_is_not_utf8(copy):
    (copy / "forms" / "ae.yaml").write_bytes("é".encode("latin-1"))
    assert check(copy) == ["forms/ae.yaml:1: The file is not UTF-8 text."]


def test_every_broken_file_is_named_at_once(copy):
    for name in ("ae", "next"):
        path = copy / "forms" / f"{name}.yaml"
        path.write_text(path.read_text().replace("version:", "versione:"))
    assert [problem.partition(":")[0] for problem in check(copy)] == [
        "forms/ae.yaml",
        "forms/next.yaml",
    ]


def test_the_error_carries_file_line_and_reason(copy):
    path = copy / "visits.yaml"
    path.write_text(path.read_text().replace("forms: [EOT]", "forms: [END]"))
    with pytest.raises(DefinitionError) as caught:
        load(copy)
    error = caught.value
    assert error.file == "visits.yaml"
    assert path.read_text().splitlines()[error.line - 1].strip() == "forms: [END]"
    assert error.reason == "There is no form END."


def test_one_changed_character_changes_the_hash(copy, reminet):
    path = copy / VITALS
    path.write_text(
        path.read_text().replace(
            "soft: [50, 100], label: {en: Heart", "soft: [49, 100], label: {en: Heart"
        )
    )
    assert load(copy).sha256 != reminet.sha256


def test_comments_and_spaces_change_no_hash(copy, reminet):
    path = copy / VITALS
    path.write_text("# a comment\n" + path.read_text() + "\n\n")
    assert load(copy).sha256 == reminet.sha256


BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED_YAML = {
    "a bomb of aliases": (BOMB.encode(), "anchors and aliases"),
    "one anchor": (b"trial: &one REMINET\n", "anchors and aliases"),
    "an object": (b"trial: !!python/object/apply:os.system ['true']\n", "Tags are not read"),
    "a tag of one's own": (b"trial: !secret x\n", "Tags are not read"),
    "nesting without end": (b"trial: " + b"[" * 200_000, "inside one another"),
    "mappings without end": (b"".join(b" " * n + b"a:\n" for n in range(60)), "inside one another"),
    "a key that is a list": (b"? [a, b]\n: c\n", "must be a word"),
    "two documents": (b"a: b\n---\nc: d\n", "Not YAML"),
    "a huge file": (b"# " + b"x" * 1_000_001, "larger than 1,000,000 bytes"),
    "utf-16": ("trial: REMINET\n".encode("utf-16"), "not UTF-8"),
    "latin-1": ("trial: REMIN\u00c9T\n".encode("latin-1"), "not UTF-8"),
    "nul": (b"trial: a\0b\n", "Not YAML"),
    "nothing": (b"", "empty"),
}


@pytest.mark.promise("SE-07")
@pytest.mark.parametrize(("data", "says"), REFUSED_YAML.values(), ids=REFUSED_YAML.keys())
def test_a_file_made_to_harm_is_refused_at_once(tmp_path, data, says):
    import time

    from crf.definition.nodes import DefinitionError, read_yaml

    path = tmp_path / "trial.yaml"
    path.write_bytes(data)
    began = time.process_time()
    with pytest.raises(DefinitionError, match=says):
        read_yaml(path, "trial.yaml")
    assert time.process_time() - began < 2
