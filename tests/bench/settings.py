"""The service's own settings, with the plain Django view beside it."""

from reminet_site.settings import *  # noqa: F403
from reminet_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench.plain"]
ROOT_URLCONF = "tests.bench.urls"
