import pytest


@pytest.fixture(autouse=True)
def outbox(settings, django_db_blocker):
    """Mail is kept, and the worlds have databases of their own."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with django_db_blocker.unblock():
        yield
