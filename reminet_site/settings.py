"""Settings: one file, the environment only. A missing variable says how to set it."""

import base64
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def needed(name: str, how: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {how}")
    return value


def switch(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes", "on"}


def key(name: str) -> bytes:
    """The bytes of a key given in base64; empty where this process does not hold it."""
    try:
        return base64.b64decode(os.environ.get(name, "").strip(), validate=True)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not base64. See .env.example.") from None


def database(url: str) -> dict:
    """Django's dictionary for a postgresql:// URL; the host may be a socket folder in ?host=."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("A database URL reads postgresql://user:password@host/name.")
    query = dict(item.split("=", 1) for item in parts.query.split("&") if "=" in item)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": query.get("port", str(parts.port or "")),
    }


# LOCAL marks the embedded default: plain http on this machine, demonstration accounts allowed.
LOCAL = switch("LOCAL")
DEBUG = False
SECRET_KEY = needed("SECRET_KEY", "Give the web, the workers and beat the same 50 random letters.")
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000")
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "localhost"] + (
    ["localhost", "127.0.0.1", "testserver"] if LOCAL else []
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# The key of the vault: in the environment of web and unblinded worker, nowhere else.
VAULT_KEY = key("VAULT_KEY")

# The key that signs the daily anchors: in the environment of the worker that makes them.
ANCHOR_KEY = key("ANCHOR_KEY")

# The key of the backups: in the environment of who makes and restores them, nowhere else.
BACKUP_KEY = key("BACKUP_KEY")

DATABASES = {
    "default": database(
        needed("DATABASE_URL", "It is the role app's: postgresql://app:password@host/reminet.")
    )
}
# A connection is asked whether it lives before it is used: PostgreSQL may have restarted. The web
# server sees that without asking (wsgi.py, middleware.LiveConnection).
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {
    "pool": {"min_size": 1, "max_size": 16, "timeout": 10},
    # Those of reminet_site.statements keep their plan from their first use; None, Django's
    # default, would prepare nothing even where it is asked for. No other statement comes so far.
    "prepare_threshold": 1_000_000_000,
}
if os.environ.get("OWNER_DATABASE_URL"):
    # Only migrations and the demonstration's clock use it; web and workers do not have it.
    DATABASES["owner"] = database(os.environ["OWNER_DATABASE_URL"])
    DATABASES["owner"]["TEST"] = {"MIRROR": "default"}
DATABASE_ROUTERS = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files made by workers (releases, exports); served by name, never by path.
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / ".local" / "files"))

# Where the local supervisor writes logs. Empty: they are not files of this service.
LOG_DIR = os.environ.get("LOG_DIR", "")

# The allocation log: best on another volume than DATA_DIR and the database. Empty: in DATA_DIR.
ALLOCATION_LOG = os.environ.get("ALLOCATION_LOG", "")
# Only where PostgreSQL itself writes nothing to the disk: tests and throw-away runs.
ALLOCATION_LOG_SYNC = not (LOCAL and os.environ.get("ALLOCATION_LOG_SYNC") == "off")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_htmx",
    "reminet_site",
    "crf",
    "randomisation",
    "analysis",
    "simulation",
]

MIDDLEWARE = [
    "reminet_site.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "reminet_site.middleware.Language",
    "reminet_site.middleware.LiveConnection",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "reminet_site.middleware.Authentication",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "reminet_site.middleware.SessionClock",
    "reminet_site.middleware.RequestWrapper",
]
ROOT_URLCONF = "reminet_site.urls"
WSGI_APPLICATION = "reminet_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "reminet_site.jinja2_env.environment",
            "context_processors": ["reminet_site.page.common"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

AUTH_USER_MODEL = "reminet_site.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "reminet_site.passwords.NotOfThisTrial"},
    {"NAME": "reminet_site.passwords.NotGuessable"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "reminet_site.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# axes counts wrong passwords, in the database; this counts wrong codes of the second step
ACCOUNT_RATE_LIMITS = {"login_failed": "5/900s/key"}
ACCOUNT_FORMS = {"change_password": "reminet_site.password_forms.ChangePassword"}
MFA_ADAPTER = "reminet_site.second_step.SecondStepAdapter"
MFA_TOTP_ISSUER = "REMINET"
MFA_TOTP_TOLERANCE = 1  # steps; see one_time_codes
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "reminet_site.second_step.Code",
    "reauthenticate": "reminet_site.second_step.CodeAgain",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
AXES_HANDLER = "reminet_site.throttle.Handler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "reminet_site.adapters.locked_out"
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "reminet_site.adapters.account_of"
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = int(os.environ.get("PROXY_COUNT", "0")) or None

# Sessions: half an hour idle, twelve hours at most (see middleware.SessionClock).
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ENGINE = "reminet_site.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "reminet_site.views.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SECURE_SSL_REDIRECT = not LOCAL
SECURE_HSTS_SECONDS = 0 if LOCAL else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if not LOCAL else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# That header is set by our own middleware, on static files and errors too.
SILENCED_SYSTEM_CHECKS = ["security.W002"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [BASE_DIR / "reminet_site" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
if not LOCAL:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

email = urlsplit(os.environ.get("EMAIL_URL", ""))
if email.scheme in {"smtp", "smtps"}:
    EMAIL_HOST, EMAIL_PORT = email.hostname, email.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
        unquote(email.username or ""),
        unquote(email.password or ""),
    )
    EMAIL_USE_TLS, EMAIL_USE_SSL = (
        bool(email.username) and email.scheme == "smtp",
        email.scheme == "smtps",
    )
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("FROM_EMAIL", "trial@localhost")

# Rooms that add to the frame of a page (reminet_site.shell.Shell), by field.
SHELL_PARTS: tuple[str, ...] = ("crf.study.identity",)

# Who knows (version, SHA-256) of the trial's definition, for the identity of this build.
DEFINITION_IDENTITY = "crf.study.published"

# What is signed, by kind: who reads what signatures of that kind are about.
SIGNED = {
    "eligibility": "randomisation.signed.eligibility",
    "unblinding": "randomisation.signed.unblinding",
    "lock": "crf.signed.lock",
    "casebook": "crf.signed.casebook",
    "opening": "analysis.signed.opening",
    "recommendation": "analysis.signed.recommendation",
    "redaction": "reminet_site.trail.signed.redaction",
    "role": "reminet_site.access.signed.role",
}

# Told of every saved entry and of its answers before, in its transaction.
ON_ENTRY_SAVED: tuple[str, ...] = (
    "crf.safety.entry_saved",
    "randomisation.kit_checks.entry_saved",
    "analysis.changes.entry_saved",
)

# Who knows something of an item that its form page says beside the box.
BESIDE_ITEMS: tuple[str, ...] = ("randomisation.kit_hints.beside",)

# Who tells the casebook what happened to a participant besides entries, each to who may know it.
HAPPENINGS: tuple[str, ...] = ("randomisation.happened.happened",)

# Checks that no form has, by the name that their queries keep: who finds, and tells their sentence.
CHECKS_BESIDE = {
    "randomisation.kit": "randomisation.kit_checks",
    "crf.withdrawal": "crf.withdrawal_checks",
    "crf.death": "crf.death_checks",
    "crf.aware": "crf.aware_check",
}

BROKER_URL = os.environ.get("BROKER_URL", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["reminet_site.tokens.ExpiringToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
SPECTACULAR_SETTINGS = {"TITLE": "REMINET", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "reminet_site.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"axes": {"level": "ERROR"}, "django.request": {"level": "ERROR"}},
}

# The trial that this deployment serves: a folder of text files.
DEFINITION_DIR = Path(
    os.environ.get("DEFINITION_DIR", BASE_DIR / "crf" / "definitions" / "reminet")
)
