from django.db import migrations

from reminet_site.audit import allow, wall, watch


class Migration(migrations.Migration):
    dependencies = [("crf", "0003_normalrange")]
    operations = [
        watch("crf_normalrange"),
        wall("crf_normalrange"),
        allow("crf_normalrange", "SELECT, INSERT"),
    ]
