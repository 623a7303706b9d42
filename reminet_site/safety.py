"""An unsafe service does not start: settings and database are checked before anything is served.

`manage.py check --deploy --database default` says the same; docs/security.md lists the ids. Every
command checks the settings, the web and the workers check the database as well.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

LOOPBACK = {"localhost", "127.0.0.1", "::1", "testserver"}
SHORTEST_SECRET, SHORTEST_PASSWORD = 50, 16
KEY = 32  # bytes of a key of the vault and of the key of anchors
# Of examples and of defaults: a secret that holds one was not made by chance.
KNOWN = ("insecure", "changeme", "change-me", "example", "password", "default", "reminet", " ")


def unsafe(number: int, sentence: str, hint: str = "") -> Error:
    return Error(sentence, hint=hint or None, id=f"reminet.E{number:03d}")


# -- settings ---------------------------------------------------------------------------


def unsafe_settings(app_configs: object = None, **kwargs: Any) -> list[CheckMessage]:
    """Everywhere the first part; outside one's own machine the second too."""
    found = [*wrong_anywhere()]
    return found if settings.LOCAL else [*found, *wrong_in_production()]


def wrong_anywhere() -> Iterator[Error]:
    if settings.LOCAL and host_of(settings.SITE_URL) not in LOOPBACK:
        yield unsafe(
            1,
            f"LOCAL is on and SITE_URL names {host_of(settings.SITE_URL)}: plain http and the "
            "demonstration's password would be open to others.",
            "Leave LOCAL out of the environment, or name localhost.",
        )
    if settings.DEBUG:
        yield unsafe(2, "DEBUG is on: error pages would show code and data.", "Turn it off.")
    if "*" in settings.ALLOWED_HOSTS:
        yield unsafe(3, "ALLOWED_HOSTS takes every host.", "Name the host of SITE_URL.")
    if len(settings.VAULT_KEY) % KEY:
        yield unsafe(
            4,
            f"VAULT_KEY holds {len(settings.VAULT_KEY)} bytes; a key of the vault has {KEY}.",
            "Base64 of 32 random bytes, then those of retired keys, see .env.example.",
        )
    for name in ("ANCHOR_KEY", "BACKUP_KEY"):
        if len(getattr(settings, name)) not in (0, KEY):
            yield unsafe(5, f"{name} holds {len(getattr(settings, name))} bytes, not {KEY}.")
    users = [one["USER"] for one in settings.DATABASES.values()]
    if len(users) != len(set(users)):
        yield unsafe(
            6,
            f"The service and the owner of the tables are one database user, {users[0]}.",
            "DATABASE_URL is the role app's, OWNER_DATABASE_URL the role owner's.",
        )


def wrong_in_production() -> Iterator[Error]:
    if is_weak(settings.SECRET_KEY, SHORTEST_SECRET):
        yield unsafe(
            7,
            f"SECRET_KEY is shorter than {SHORTEST_SECRET} letters, or one that others know.",
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))" makes one.',
        )
    for name in ("VAULT_KEY", "ANCHOR_KEY", "BACKUP_KEY"):
        key = getattr(settings, name)
        if key and (len(set(key)) < KEY // 2 or is_text(key)):
            yield unsafe(8, f"{name} is no random key: it can be guessed or read as text.")
    if urlsplit(settings.SITE_URL).scheme != "https" or host_of(settings.SITE_URL) in LOOPBACK:
        yield unsafe(
            9,
            f"SITE_URL is {settings.SITE_URL}; people sign in over https, at a name of its own.",
            "Set it to the address that people type, https://trial.example.org.",
        )
    for alias, one in settings.DATABASES.items():
        if is_weak(one["PASSWORD"], SHORTEST_PASSWORD) or one["PASSWORD"] == one["USER"]:
            yield unsafe(10, f"The password of the database user {one['USER']} ({alias}) is weak.")
    broker = urlsplit(settings.BROKER_URL)
    if broker.scheme.startswith("redis") and is_weak(broker.password or "", SHORTEST_PASSWORD):
        yield unsafe(11, "The broker has no password, or a weak one.", "See .env.example.")
    kept = (settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)
    if not all((*kept, settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS)):
        yield unsafe(12, "Cookies or pages would go over plain http.")


def owner_at_hand(app_configs: object = None, **kwargs: Any) -> list[CheckMessage]:
    """What serves people must not be able to become the owner; only the migration may."""
    if settings.LOCAL or "owner" not in settings.DATABASES:
        return []
    sentence = "OWNER_DATABASE_URL is in the environment of a process that serves."
    return [unsafe(13, sentence, "Only the one-shot migration has it.")]


def host_of(address: str) -> str:
    return urlsplit(address).hostname or ""


def is_weak(secret: str, shortest: int) -> bool:
    known = any(word in secret.lower() for word in KNOWN)
    return len(secret) < shortest or len(set(secret)) < 10 or known


def is_text(key: bytes) -> bool:
    """32 random bytes are printable ASCII once in 10 to the 14."""
    return all(32 <= byte < 127 for byte in key)


# -- database ---------------------------------------------------------------------------

ME = "(SELECT oid FROM pg_roles WHERE rolname = current_user)"
# Every table of ours with its schema and its owner.
TABLES = """
pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
WHERE c.relkind = 'r' AND n.nspname IN ('public', 'audit', 'arms') AND"""
DEMONSTRATION_ACCOUNTS = "'%@demonstration.invalid'"

# Number, what is asked (each row is something wrong), the sentence that names it.
QUESTIONS: tuple[tuple[int, str, str], ...] = (
    (
        20,
        "SELECT p.name FROM pg_roles r, LATERAL (VALUES ('SUPERUSER', rolsuper), "
        "('BYPASSRLS', rolbypassrls), ('CREATEROLE', rolcreaterole), "
        f"('REPLICATION', rolreplication)) p(name, held) WHERE r.oid = {ME} AND p.held",
        "The service's database user is {}: no rule in the database would hold it.",
    ),
    (
        21,
        f"SELECT c.relname FROM {TABLES} c.relowner = {ME} ORDER BY 1 LIMIT 3",
        "The service's database user owns {}: it could lift its own limits.",
    ),
    (
        22,
        f"SELECT DISTINCT o.rolname FROM {TABLES} o.oid <> {ME} AND pg_has_role({ME}, o.oid, "
        "'MEMBER')",
        "The service's database user can become {}, who owns the tables.",
    ),
    (
        23,
        f"SELECT c.relname FROM {TABLES} n.nspname = 'arms' AND "
        f"has_table_privilege({ME}, c.oid, 'SELECT') ORDER BY 1 LIMIT 3",
        "The service's database user reads {} of the vault without a door.",
    ),
    (
        24,
        f"SELECT c.relname FROM {TABLES} NOT c.relrowsecurity AND EXISTS "
        "(SELECT FROM pg_policy p WHERE p.polrelid = c.oid) ORDER BY 1 LIMIT 3",
        "Row-level security is off on {}: every centre would see it.",
    ),
    (
        25,
        f"SELECT c.relname FROM {TABLES} n.nspname = 'audit' AND "
        f"has_table_privilege({ME}, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1 LIMIT 3",
        "The service's database user can write {} of the audit trail.",
    ),
    (
        26,
        f"SELECT u.email FROM reminet_site_user u WHERE u.email LIKE {DEMONSTRATION_ACCOUNTS} "
        "AND u.is_active AND NOT EXISTS (SELECT FROM reminet_site_deployment WHERE demonstration) "
        "ORDER BY 1 LIMIT 3",
        "Accounts of a demonstration, with a printed password, are in a real trial: {}.",
    ),
)
# A demonstration is for one's own machine: its password is printed on the sign-in page.
DEMONSTRATION = "SELECT demonstration FROM reminet_site_deployment"


def unsafe_database(
    app_configs: object = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What the service's own user could do that it must not; of a migrated database."""
    if "default" not in (databases or ()):
        return []
    return [*wrong_in_database()]


def wrong_in_database() -> Iterator[Error]:
    with asking() as cursor:
        cursor.execute("SELECT to_regclass('reminet_site_deployment')")
        if cursor.fetchone() == (None,):
            return  # nothing is migrated yet
        for number, question, sentence in QUESTIONS:
            cursor.execute(question)
            names = [row[0] for row in cursor.fetchall()]
            if names:
                yield unsafe(number, sentence.format(", ".join(names)))
        cursor.execute(DEMONSTRATION)
        if (True,) in cursor.fetchall() and not settings.LOCAL:
            yield unsafe(27, "This is a demonstration's database, and LOCAL is off.")


@contextmanager
def asking() -> Iterator[Any]:
    """A cursor on a connection of its own: a pool would be inherited by forked workers."""
    apart = connections["default"].copy()
    apart.settings_dict["OPTIONS"].pop("pool", None)
    try:
        with apart.cursor() as cursor:
            yield cursor
    finally:
        apart.close()


# -- starting ---------------------------------------------------------------------------

Served = Callable[[dict[str, Any], Callable[..., Any]], Any]
_found_safe = False


def refuse_unsafe() -> None:
    """Raise where anything is wrong. A database that does not answer is asked at the next call."""
    global _found_safe
    if _found_safe:
        return
    found = [*unsafe_settings(), *owner_at_hand()]
    asked = True
    try:
        found += wrong_in_database()
    except OperationalError:
        asked = False
    if found:
        raise ImproperlyConfigured(" ".join(f"{one.id}: {one.msg}" for one in found))
    _found_safe = asked


def guarded(served: Served) -> Served:
    """The application, behind the question that waited for the database."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        refuse_unsafe()
        return served(environ, start_response)

    return serve


def register_all() -> None:
    register(unsafe_settings, Tags.security)
    register(owner_at_hand, Tags.security, deploy=True)
    register(unsafe_database, Tags.database)
