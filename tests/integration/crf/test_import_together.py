"""Two files at once, in opposite order, and a page beside them: all are through, none in part."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crf import actions, actions_import, import_file, study
from crf.models import Entry, ImportedFile
from reminet_site.context import Actor, acting
from reminet_site.roles import Verb
from tests import world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.test_form import CONSENT

pytestmark = pytest.mark.clones
EXAMINATION = "SCR,2016-01-12,0,61.5,172,120,80,70"
HEADERS = {
    "VITALS": "participant,visit,visit_date,ps,weight,height,sbp,dbp,heart_rate",
    "CM": "participant,visit,number,treatment,indication,start,ongoing",
}
LINES = {"VITALS": EXAMINATION, "CM": "LOG,1,Paracetamol,Headache,2016-01-12,yes"}
PEOPLE = 12


@pytest.fixture
def here(clone):
    made = world.small()
    made.everybody = [made.participant]
    made.everybody += [world.screened(made.centre, made.investigator) for _ in range(PEOPLE - 1)]
    for one in made.everybody:
        save(one, "SCR", "CONSENT", CONSENT)
    return made


def file_of(form, people):
    lines = [f"{one.code},{LINES[form]}" for one in people]
    text = "\n".join([HEADERS[form], *lines, ""])
    return import_file.read(f"{form}.csv", text.encode(), study.current().definition.form(form))


def taken_in(here, file):
    by = Actor.of(here.investigator, Verb.ENTER_DATA)
    with acting(by):
        seen = actions_import.try_out(centre=here.centre, file=file, by=by).seen
    with acting(by):
        return actions_import.import_file(
            centre=here.centre, file=file, seen=seen, reason="", comment="", by=by
        )


def typed(here):
    for one in here.everybody:
        with acting(SYSTEM):
            actions.save_entry(
                participant=one,
                visit="SCR",
                form="DEMOG",
                raw={"sex": ["F"], "birth_month.month": ["5"], "birth_month.year": ["1961"]},
                version=0,
                by=SYSTEM,
            )


def together(*acts):
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(run, acts))


@pytest.mark.promise("DI-05")
def test_two_files_in_opposite_order_and_a_page_beside_them(here):
    examined = file_of("VITALS", here.everybody)
    treated = file_of("CM", here.everybody[::-1])
    together(lambda: taken_in(here, examined), lambda: taken_in(here, treated), lambda: typed(here))
    with acting(SYSTEM):
        assert ImportedFile.objects.count() == 2
        for form in ("VITALS", "CM", "DEMOG"):
            assert Entry.objects.filter(form=form).count() == PEOPLE
