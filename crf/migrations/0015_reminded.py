from django.db import migrations, models


class Migration(migrations.Migration):
    """When the sponsor was last reminded of a report to the authority."""

    dependencies = [("crf", "0014_importedfile")]
    operations = [
        migrations.AddField(
            model_name="seriousreport",
            name="reminded_on",
            field=models.DateField(null=True),
        ),
    ]
