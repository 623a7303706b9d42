"""A centre that is given files of entries, and what the tests of imports do with it."""

import base64
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from crf.models import Entry, Participant
from reminet_site.context import acting
from tests import world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.test_form import CONSENT

HEADER = "participant,visit,visit_date,ps,weight,height,sbp,dbp,heart_rate"


def line(code, *values):
    return ",".join(
        [code, "SCR", "2016-01-12", *(values or ("0", "61.5", "172", "120", "80", "70"))]
    )


def text(*lines, header=HEADER):
    return "\n".join([header, *lines]) + "\n"


def consented() -> world.Small:
    """A centre with two participants who have consented."""
    made = world.small()
    made.second = world.screened(made.centre, made.investigator)
    for one in (made.participant, made.second):
        save(one, "SCR", "CONSENT", CONSENT)
    made.codes = (made.participant.code, made.second.code)
    return made


def randomised(participant):
    with acting(SYSTEM):
        Participant.objects.filter(pk=participant.pk).update(
            randomised_on="2016-02-01", randomised_at="2016-02-01T09:00Z", randomisation_number="R1"
        )


def address(here, form="VITALS"):
    return f"/centres/{here.centre.code}/imports/{form}/"


def check(client, here, content, name="visits.csv", form="VITALS"):
    body = content if isinstance(content, bytes) else content.encode()
    return client.post(
        address(here, form), {"act": "check", "file": SimpleUploadedFile(name, body)}
    )


def sent_again(content, name="visits.csv", **typed):
    coded = base64.b64encode(content.encode()).decode()
    return {"act": "import", "name": name, "content": coded} | typed


def take_in(client, here, content, form="VITALS", **typed):
    """Looked at, then imported as the page that was shown sends it."""
    return imports(
        client, here, content, seen_of(check(client, here, content, form=form)), form, **typed
    )


def seen_of(response):
    shown = re.search(r'name="seen" value="(\w+)"', response.content.decode())
    return shown[1] if shown else ""


def imports(client, here, content, seen, form="VITALS", **typed):
    return client.post(address(here, form), sent_again(content, seen=seen, **typed))


def entries(form="VITALS"):
    with acting(SYSTEM):
        return list(Entry.objects.filter(form=form).order_by("participant__code"))


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def refused(response, sentence):
    assert response.status_code == 422
    assert sentence in words(response)


def trail(columns, where="relation = 'crf_entry' AND t.form = 'VITALS'"):
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM audit.trail t WHERE {where} ORDER BY t.id")
        return cursor.fetchall()
