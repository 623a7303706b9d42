from django.db import migrations, models

from reminet_site.audit import watch
from reminet_site.signatures.models import new_salt

# As before, and the salt: the trail is exported.
SAID = "name,role,by_id,at,clinical_at,centre_id,participant_id,definition_sha256,salt"


class Migration(migrations.Migration):
    """Signatures that were made before have no salt, and hold as they did."""

    dependencies = [("reminet_site", "0013_trail_clinical_day")]

    operations = [
        migrations.AddField(
            "signature", "salt", models.CharField(default="", max_length=32), preserve_default=False
        ),
        migrations.AlterField(
            "signature", "salt", models.CharField(default=new_salt, max_length=32)
        ),
        migrations.RunSQL(
            "DROP TRIGGER audit_capture ON reminet_site_signature", migrations.RunSQL.noop
        ),
        watch("reminet_site_signature", skip=SAID),
    ]
