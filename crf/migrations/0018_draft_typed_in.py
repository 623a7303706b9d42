"""A draft says in which window it was typed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crf", "0017_centralreading")]
    operations = [
        migrations.AddField(
            "draft", "typed_in", models.CharField(blank=True, default="", max_length=16)
        )
    ]
