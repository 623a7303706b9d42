"""The baseline by arm of a report: counted here by hand, and again by the database."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import translation

from analysis import actions, blinded, extraction, tasks_unblinded
from analysis.baseline import LINES, MEASURES
from analysis.presenters.baseline import baseline_view
from crf import study
from crf.models import Entry, Participant
from reminet_site.context import acting
from reminet_site.roles import Role, Verb
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor
from tests.integration.analysis.reports import looked_at

pytestmark = [pytest.mark.django_db, pytest.mark.promise("IA-10")]
NOT_DONE = {"missing": "not_done"}

# participant -> (age, sex, performance status at screening, primary site, Ki-67, analogue): the
# first three are of LAN, the site of the fifth is one of an earlier definition, and the last has no
# form of demography
PEOPLE = {
    1: ("70", "F", "0", "pancreas", "4.5", "yes"),
    2: ("61", "M", "1", "pancreas", "10.0", "no"),
    3: ("52", "M", NOT_DONE, "duodenum", NOT_DONE, "no"),
    4: ("44", "F", "1", "pancreas", "2.0", "no"),
    5: ("67", "F", "0", "ileum", "1.5", {"missing": "unknown"}),
    6: (None, None, "2", "pancreas", "18.0", "yes"),
}


@pytest.fixture
def described(arms, sent):
    """What the forms of the screening visit say; later examinations say something else."""
    with acting(trial.TESTS):
        found = {one.number: one for one in Participant.objects.all()}
        for number, (age, sex, ps, site, ki67, analogue) in PEOPLE.items():
            person = found[number]
            if age:
                trial.entry(person, "DEMOG", "SCR", {"age": age, "sex": sex}, None)
            trial.entry(person, "VITALS", "SCR", {"ps": ps}, -5)
            trial.entry(person, "VITALS", "ASM-03", {"ps": "3"}, 91)
            tumour = Entry.objects.get(participant=person, form="TUMOUR")
            trial.change(tumour, primary_site=site, ki67=ki67, analogue_before=analogue)
    return sent


def lines(result: dict, group: str) -> dict:
    return result["characteristics"][group]["lines"]


def test_by_hand(described):
    result = looked_at(described)
    lan, pbo, everyone = (lines(result, group) for group in ("LAN", "PBO", "all"))
    assert [one["n"] for one in result["characteristics"].values()] == [3, 3, 6]
    assert lan["age"] == {"n": 3, "median": 61, "least": 52, "greatest": 70, "mean": 61, "sd": 9}
    assert (pbo["age"]["n"], pbo["age"]["median"]) == (2, 55.5)
    assert (everyone["age"]["n"], everyone["age"]["median"]) == (5, 61)
    assert (lan["ki67"]["n"], lan["ki67"]["median"]) == (2, 7.25)
    assert lan["ps"] == {"0": 1, "1": 1, "": 1}
    assert everyone["ps"] == {"0": 2, "1": 2, "2": 1, "": 1}
    assert pbo["sex"] == {"F": 2, "": 1}
    assert everyone["primary_site"] == {"pancreas": 4, "duodenum": 1, "ileum": 1}
    assert lan["analogue_before"] == {"yes": 1, "no": 2}
    assert pbo["analogue_before"] == {"yes": 1, "no": 1, "": 1}
    assert everyone["l1_months"]["median"] == 4.6


NUMBERS = """
SELECT count(v), percentile_cont(0.5) WITHIN GROUP (ORDER BY v), min(v), max(v), avg(v),
       stddev_samp(v)
  FROM (SELECT CASE WHEN jsonb_typeof(e.data->%(item)s) <> 'object'
                    THEN (e.data->>%(item)s)::numeric END AS v
          FROM crf_entry e JOIN crf_participant p ON p.id = e.participant_id
         WHERE e.form = %(form)s AND e.visit = 'SCR'
           AND p.randomisation_number = ANY (%(numbers)s)) found
"""
ANSWERS = """
SELECT e.data->>%(item)s, count(*)
  FROM crf_entry e JOIN crf_participant p ON p.id = e.participant_id
 WHERE e.form = %(form)s AND e.visit = 'SCR' AND p.randomisation_number = ANY (%(numbers)s)
   AND jsonb_typeof(e.data->%(item)s) = 'string'
 GROUP BY 1
"""


def asked(sql: str, item: str, numbers: list[str]) -> list[tuple]:
    with acting(trial.TESTS), connection.cursor() as cursor:
        cursor.execute(sql, {"item": item, "form": LINES[item], "numbers": numbers})
        return cursor.fetchall()


def test_the_database_counts_the_same(described, arms):
    result = looked_at(described)
    groups = {arm: [number for number, of in arms.items() if of == arm] for arm in ("LAN", "PBO")}
    for group, numbers in (groups | {"all": list(arms)}).items():
        for item, found in lines(result, group).items():
            if item in MEASURES:
                ((n, *others),) = asked(NUMBERS, item, numbers)
                keys = ("median", "least", "greatest", "mean", "sd")
                assert found["n"] == n
                assert [found[key] for key in keys] == pytest.approx(list(map(float, others)))
            else:
                counted = dict(asked(ANSWERS, item, numbers))
                assert {code: n for code, n in found.items() if code} == counted
                assert found.get("", 0) == len(numbers) - sum(counted.values())


def test_the_words_are_those_of_the_definition(described):
    result, definition = looked_at(described), study.current().definition
    with translation.override("fr"):
        view = baseline_view(result, definition)
    assert [n for _, n in view.groups] == [3, 3, 6]
    of = {one.name: one for one in view.lines}
    assert list(of) == [
        "Âge au consentement, ans",
        "Sexe",
        "Indice OMS",
        "Siège primitif",
        "Grade",
        "Ki-67, %",
        "Extension",
        "Traitement de première ligne, médicament principal",
        "Traitement de première ligne, durée, mois",
        "Réponse après la première ligne",
        "Analogue de la somatostatine antérieur",
    ]
    assert of["Âge au consentement, ans"].cells[0] == ("61,0 (52 à 70)", "61,0 (9,0), n 3")
    rows = {row.name: row.cells for row in of["Indice OMS"].rows}
    assert list(rows) == ["0", "1", "2", "Non connu"]  # nobody has 3 at screening
    assert rows["1"] == ("1 (50,0 %)", "1 (33,3 %)", "2 (40,0 %)")  # of those known
    assert rows["Non connu"] == ("1", "0", "1")
    assert [row.name for row in of["Siège primitif"].rows] == ["Pancréas", "Duodénum", "ileum"]
    analogue = of["Analogue de la somatostatine antérieur"]
    assert [row.name for row in analogue.rows] == ["Oui", "Non", "Non connu"]
    assert baseline_view({"arms": {}}, definition) is None  # a run from before these figures


def test_a_blinded_interim_reads_and_shows_none_of_it(described, signed):
    with acting(trial.TESTS):
        result = blinded.run("test").result
        live = extraction.live().cases
    assert "characteristics" not in result
    assert not {"age", "sex", "ps", "primary_site", "ki67"} & set(live[0].baseline)
    page = signed(Role.TRIAL_STATISTICIAN).get(reverse("analysis:interim")).content.decode()
    assert "Primary site" not in page


def panel(page: str) -> str:
    inside = page.partition('<section class="panel" aria-labelledby="bl">')[2]
    return " ".join(inside.partition("</section>")[0].split())


def test_the_committee_sees_it(described, signed):
    looked_at(described)
    found = panel(signed(Role.DMC_MEMBER).get(reverse("analysis:dmc")).content.decode())
    assert "Age at consent, years" in found
    assert "61.0 (52 to 70)" in found
    assert "2 (66.7 %)" in found  # men of LAN
    assert "Not known" in found
    assert 'class="table-scroll" tabindex="0" role="region"' in found
    assert "Without p-values" in found


def test_the_final_analysis_shows_it(described, opened, signed):
    by = actor(Role.TRIAL_STATISTICIAN, Verb.READ_FINAL)
    with acting(by):
        run = actions.ask_final(by=by)
    tasks_unblinded.final_analysis(run.pk)
    page = signed(Role.TRIAL_STATISTICIAN).get(reverse("analysis:final")).content.decode()
    assert "61.0 (52 to 70)" in panel(page)
