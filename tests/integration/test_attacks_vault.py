"""Attacks on the vault and the trail: as the application's own database role, and by the pages in
ways that they were not meant for."""

import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from randomisation.models import Dispensing, UnblindingRecord
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import allocations, people
from tests.allocations import SYSTEM

pytestmark = [pytest.mark.attack("vault")]
ARMS = ("LAN", "PBO")


@pytest.fixture
def dijon(database, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with allocations.supplied_centre(15) as here:
        yield here


@pytest.fixture
def treated(dijon):
    """Three participants, randomised."""
    return allocations.treated(dijon, 3)


def run(sql, *, as_vault=False):
    """What the role app gets by raw SQL with every centre's rows open to it."""
    with acting(SYSTEM), connection.cursor() as cursor:
        if as_vault:
            cursor.execute("SET LOCAL ROLE vault")
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


REFUSED = """
SELECT * FROM arms.allocation
SELECT * FROM arms.kit_content
SELECT * FROM arms.marginals
SELECT * FROM arms.imported_list
SELECT * FROM arms.results
SELECT * FROM arms.reading
COPY arms.allocation TO STDOUT
UPDATE audit.trail SET actor = 'x'
DELETE FROM audit.trail
TRUNCATE audit.trail
UPDATE audit.trail SET new = 'x'
INSERT INTO audit.trail (chain) VALUES ('x')
UPDATE audit.head SET seq = 0
SELECT audit.append('x','x','x','x',1,1,'','',ARRAY['a'],ARRAY['b'],ARRAY['c'])
ALTER TABLE crf_entry DISABLE TRIGGER ALL
ALTER TABLE crf_entry DISABLE ROW LEVEL SECURITY
ALTER TABLE audit.trail DISABLE TRIGGER ALL
DROP TRIGGER audit_capture ON crf_entry
DROP POLICY wall ON crf_entry
CREATE POLICY open ON crf_entry USING (true)
SET session_replication_role = replica
SET ROLE owner
SET SESSION AUTHORIZATION owner
SET ROLE postgres
ALTER ROLE app BYPASSRLS
ALTER ROLE app SUPERUSER
GRANT owner TO app
CREATE ROLE another
CREATE TABLE public.another (id int)
CREATE FUNCTION public.another() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE SCHEMA another
CREATE EXTENSION dblink
COPY crf_entry TO PROGRAM 'cat'
COPY crf_entry FROM '/etc/passwd'
SELECT pg_read_file('/etc/passwd')
SELECT pg_ls_dir('/')
SELECT lo_import('/etc/passwd')
SELECT rolpassword FROM pg_authid
SELECT pg_reload_conf()
SELECT pg_switch_wal()
UPDATE reminet_site_deployment SET demonstration = true
INSERT INTO reminet_site_deployment (id, demonstration) VALUES (1, true)
DELETE FROM randomisation_allocation
UPDATE randomisation_allocation SET strata = '{}'
UPDATE randomisation_dispensing SET visit = 'x'
DELETE FROM randomisation_kit
UPDATE randomisation_kit SET number = '1'
UPDATE randomisation_unblindingrecord SET reason = 'x'
DELETE FROM crf_entry
TRUNCATE crf_entry
DELETE FROM crf_querystep
UPDATE crf_querystep SET text = 'x'
UPDATE crf_triallock SET locked = false
DELETE FROM crf_triallock
UPDATE crf_definitionversion SET body = '{}'
INSERT INTO crf_definitionversion DEFAULT VALUES
DELETE FROM django_migrations
DELETE FROM reminet_site_grant
DELETE FROM reminet_site_user
DELETE FROM reminet_site_securityevent
UPDATE reminet_site_securityevent SET kind = 'x'
""".strip().splitlines()


@pytest.mark.promise("AT-02")
@pytest.mark.promise("BL-04")
def test_what_the_applications_role_may_not(treated):
    """Each statement is refused by the database, not by a mistake in it."""
    denied = {"42501", "42704", "0A000", "RE001"}  # privilege; the rest could not be in any case
    done = []
    for sql in REFUSED:
        try:
            run(sql)
            done.append(sql)
        except Exception as error:
            state = getattr(getattr(error, "__cause__", None) or error, "sqlstate", "")
            if state not in denied:
                done.append(f"{sql}: {state} {error}")
    assert not done


@pytest.mark.promise("BL-04")
@pytest.mark.parametrize("table", ["allocation", "kit_content", "marginals"])
def test_the_vaults_own_role_reads_ciphertext_of_one_length(treated, table):
    rows = run(f"SELECT t::text, octet_length(sealed) FROM arms.{table} t", as_vault=True)
    assert rows
    for text, _length in rows:
        raw = bytes.fromhex("".join(re.findall(r"\\\\x([0-9a-f]+)", text)))
        for arm in ARMS:
            assert arm not in text
            assert arm.encode() not in raw
    assert len({length for _text, length in rows}) == 1


@pytest.mark.promise("BL-04")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE arms.allocation SET place = 1",
        "DELETE FROM arms.allocation",
        "TRUNCATE arms.reading",
        "DELETE FROM arms.reading",
        "UPDATE arms.kit_content SET kit_number = 'x'",
        "SELECT * FROM crf_entry",
        "SELECT * FROM crf_participant",
        "SELECT * FROM audit.trail",
        "SELECT * FROM randomisation_kit",
        "SELECT * FROM reminet_site_user",
    ],
)
def test_what_the_vaults_role_may_not(treated, sql):
    with pytest.raises(Exception, match="permission denied"):
        run(sql, as_vault=True)


@pytest.mark.clones  # the alarm goes out after the commit
@pytest.mark.promise("BL-05")
def test_no_store_holds_an_arm_in_clear(treated, dijon, caplog):
    """Every row of every table (but the definition and the plan, which name the arms of the
    trial), mails and log lines, after an unblinding."""
    physician = Actor.of(people.person(Role.INVESTIGATOR, dijon), Verb.UNBLIND)
    people.person(Role.SPONSOR_MANAGER)
    from randomisation import unblinding

    shown = {unblinding.unblind(participant=p, reason="Sepsis", by=physician) for p in treated}
    assert shown <= set(ARMS)
    tables = run(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
        "WHERE schemaname IN ('public', 'audit') AND has_table_privilege("
        "format('%I.%I', schemaname, tablename), 'SELECT')"
    )
    for (table,) in tables:
        if table in ("public.crf_definitionversion", "public.randomisation_scheme"):
            continue
        for (text,) in run(f"SELECT t::text FROM {table} t"):
            if "randomisation_scheme" in text or '"arms"' in text or '""arms""' in text:
                continue  # the plan itself, in the trail
            assert not any(re.search(rf"\b{arm}\b", text) for arm in ARMS), table
    assert mail.outbox
    words = " ".join([m.subject + m.body for m in mail.outbox] + caplog.messages)
    assert not any(re.search(rf"\b{arm}\b", words) for arm in ARMS)


def unblind_form(token):
    return {"reason": "Sepsis", "password": people.PASSWORD, "confirm": "yes", "token": token}


def shows(answer):
    return any(re.search(rf"\b{arm}\b", answer.content.decode()) for arm in ARMS)


@pytest.mark.clones
@pytest.mark.promise("BL-07")
def test_an_unblinding_sent_again_shows_nothing(treated, dijon):
    """The same page twice, ten at once, with the token of one participant for another."""
    client = people.sign_in(Client(), people.person(Role.INVESTIGATOR, dijon))
    token = str(uuid.uuid4())
    path = reverse("randomisation:unblind", args=[treated[0].code])
    cookies = client.cookies
    start = threading.Barrier(6)

    def send(_n):
        one = Client()
        one.cookies = cookies
        start.wait()
        try:
            return one.post(path, unblind_form(token))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert sum(map(shows, answers)) == 1
    again = client.post(path, unblind_form(token))
    other = client.post(
        reverse("randomisation:unblind", args=[treated[1].code]), unblind_form(token)
    )
    assert [again.status_code, other.status_code] == [409, 409]
    assert not any(shows(one) for one in (again, other, client.get(path)))
    with acting(SYSTEM):
        assert UnblindingRecord.objects.count() == 1


@pytest.mark.promise("BL-07")
@pytest.mark.parametrize(
    "changes",
    [
        {"password": ""},
        {"password": "wrong"},
        {"confirm": ""},
        {"confirm": "no"},
        {"reason": ""},
        {"reason": "\u200b"},
        {"token": ""},
        {"token": "1"},
    ],
    ids=str,
)
def test_nothing_is_unblinded_without_all_of_it(treated, dijon, changes):
    client = people.sign_in(Client(), people.person(Role.INVESTIGATOR, dijon))
    path = reverse("randomisation:unblind", args=[treated[0].code])
    answer = client.post(path, unblind_form(str(uuid.uuid4())) | changes)
    assert answer.status_code == 422
    assert not shows(answer)
    with acting(SYSTEM):
        assert not UnblindingRecord.objects.exists()


@pytest.mark.promise("BL-03")
def test_a_centre_cannot_draw_its_stock_empty(treated, dijon):
    """Kits for visits that are far ahead or none: what is left would tell an arm."""
    client = people.sign_in(Client(), people.person(Role.SITE_COORDINATOR, dijon))
    code = treated[0].code
    odd = ["INJ-999", "SCR", "X", "INJ-\u00b2", "ASM-03", "INJ-00", "INJ"]
    for visit in [f"INJ-{n:02d}" for n in range(2, 20)] + odd:
        client.post(reverse("randomisation:dispense", args=[code, visit]), {"early": "yes"})
    with acting(SYSTEM):
        visits = Dispensing.objects.filter(participant=treated[0]).values_list("visit", flat=True)
        assert sorted(visits) == ["INJ-01", "INJ-02"]


@pytest.mark.promise("BL-04")
def test_the_key_is_nowhere_in_the_database(treated, settings):
    import base64

    key = settings.VAULT_KEY
    looks = {key.hex(), base64.b64encode(key).decode(), key.decode(errors="replace")}
    for (text,) in run("SELECT name || '=' || setting FROM pg_settings"):
        assert not any(one in text for one in looks)
    for (text,) in run("SELECT query FROM pg_stat_activity"):
        assert not any(one in text for one in looks)
        assert not any(re.search(rf"'{arm}'", text) for arm in ARMS)
