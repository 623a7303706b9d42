from django.db import migrations, models


class Migration(migrations.Migration):
    """A lock says how many casebooks were not signed, as it says how many queries were open."""

    dependencies = [("crf", "0010_capture")]
    operations = [
        migrations.AddField("triallock", "unsigned", models.IntegerField(null=True)),
    ]
