"""Bring the database to this build, as its owner: migrations, then the definition."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

# Tables of libraries (sessions, tokens, sign-in) are the application's to read and write; each
# table of ours names in its own migration what the application may do with it.
DEFAULTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO app;
"""
AFTERWARDS = "REVOKE INSERT, UPDATE, DELETE ON django_migrations, django_content_type FROM app;"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        owner = connections["owner"]
        with owner.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            if int(cursor.fetchone()[0]) < 180000:
                raise SystemExit("PostgreSQL 18 or newer is needed.")
            cursor.execute(DEFAULTS)
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        with owner.cursor() as cursor:
            cursor.execute(AFTERWARDS)
        call_command("definition", "publish", verbosity=0)
