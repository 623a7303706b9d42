"""A person's language is the one that was chosen; until now there was no way to choose one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reminet_site", "0011_values_in_trail")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="language",
            field=models.CharField(blank=True, default="", max_length=2),
        ),
        migrations.RunSQL("UPDATE reminet_site_user SET language = ''", migrations.RunSQL.noop),
    ]
