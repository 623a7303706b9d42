from django.db import migrations

from reminet_site.audit import allow


class Migration(migrations.Migration):
    """A participant stays who he is: the application writes the facts of randomisation alone."""

    dependencies = [("crf", "0005_lock_guards")]
    operations = [
        allow(
            "crf_participant",
            "SELECT, INSERT, UPDATE (randomised_on, randomised_at, randomisation_number)",
        ),
    ]
