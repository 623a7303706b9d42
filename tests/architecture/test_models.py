"""Every table of ours is behind the wall, watched and not deletable, or is named here."""

import pytest
from django.apps import apps
from django.db import connection

ROOMS = {"reminet_site", "crf", "randomisation", "analysis", "simulation"}
# Tables without a row's centre: people, the trial as a whole, and what is not clinical.
NO_CENTRE = {
    "reminet_site_user",
    "reminet_site_centre",
    "reminet_site_grant",
    "reminet_site_deployment",
    "reminet_site_restoration",
    "reminet_site_securityevent",
    "reminet_site_session",
    "reminet_site_trailcopy",
    "reminet_site_accountchange",
    "reminet_site_invitation",
    "reminet_site_accountreview",
    "crf_definitionversion",
    "crf_triallock",
    "randomisation_scheme",
    "analysis_snapshot",
    "analysis_run",
    "analysis_look",
    "analysis_recommendation",
    "analysis_blindopening",
    "analysis_release",
    "analysis_releasedownload",
    "analysis_deletion",
}
# Tables whose rows are no data of the trial.
UNWATCHED = {"reminet_site_securityevent", "reminet_site_session", "crf_draft"}
DELETABLE = {"crf_draft", "reminet_site_session"}


def tables():
    return [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ROOMS and model._meta.managed
    ]


def ask(sql: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.promise("AC-02")
def test_every_clinical_table_is_behind_the_wall():
    walled = ask("SELECT relname FROM pg_class WHERE relrowsecurity")
    assert set(tables()) - NO_CENTRE <= walled


@pytest.mark.django_db
@pytest.mark.promise("AT-01")
def test_every_table_is_watched_by_a_trigger_that_always_fires():
    watched = ask(
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgname = 'audit_capture' AND t.tgenabled = 'A'"
    )
    assert set(tables()) - UNWATCHED <= watched


@pytest.mark.django_db
def test_the_application_deletes_nothing_of_the_trial():
    can = ask(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND "
        "has_table_privilege('app', oid, 'DELETE')"
    )
    assert set(tables()) & can <= DELETABLE


@pytest.mark.django_db
def test_the_application_owns_nothing_and_cannot_pass_the_wall():
    assert (
        ask(
            "SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner "
            "WHERE r.rolname = 'app'"
        )
        == set()
    )
    assert (
        ask(
            "SELECT rolname FROM pg_roles WHERE rolname = 'app' "
            "AND (rolsuper OR rolbypassrls OR rolcreaterole)"
        )
        == set()
    )
