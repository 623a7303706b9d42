import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reminet_site.settings")
# middleware.LiveConnection looks instead, without a trip to the server
settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
django = get_wsgi_application()

from reminet_site.safety import guarded, refuse_unsafe  # noqa: E402 (after the settings)

refuse_unsafe()
application = guarded(django)
