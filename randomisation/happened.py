"""What the casebook says of a participant's randomisation, kits and unblinding. No arm is read.

Everybody who reads the casebook knows the number; the kits know who may open the receipt. That the
blind was broken is told to who may unblind, and to who reads it in the trail or among the takings.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf.definition import Definition
from crf.models import Participant
from crf.pages import holds
from crf.presenters.recent import NEWEST, Happening
from crf.presenters.words import moment
from crf.words import lower, visit_words
from reminet_site.roles import Verb
from reminet_site.statements import prepared

KNOWS_KITS = (Verb.READ_ELIGIBILITY,)
KNOWS_UNBLINDING = (Verb.UNBLIND, Verb.READ_AUDIT, Verb.READ_TAKINGS)

# A kit has its time on the trial's clock in the trail alone.
HAPPENED = """
SELECT 'randomised', a.clinical_at, coalesce(u.name, ''), a.randomisation_number, '', false
  FROM randomisation_allocation a LEFT JOIN reminet_site_user u ON u.id = a.by_id
 WHERE a.participant_id = %(participant)s::bigint
UNION ALL
(SELECT 'kit', t.clinical_at, t.actor, k.number, d.visit, false
   FROM randomisation_dispensing d JOIN randomisation_kit k ON k.id = d.kit_id
   JOIN audit.trail t ON t.relation = 'randomisation_dispensing' AND t.row_id = d.id::text
                     AND t.item = '#kit_id'
  WHERE d.participant_id = %(participant)s::bigint AND %(kits)s::boolean
  ORDER BY d.id DESC LIMIT %(newest)s::int)
UNION ALL
SELECT 'unblinding', r.clinical_at, coalesce(u.name, ''), '', '', r.shown_at IS NOT NULL
  FROM randomisation_unblindingrecord r LEFT JOIN reminet_site_user u ON u.id = r.by_id
 WHERE r.participant_id = %(participant)s::bigint AND %(unblinding)s::boolean
"""


def happened(
    request: HttpRequest, definition: Definition, participant: Participant
) -> list[Happening]:
    """In one statement, whatever happened; none before the randomisation."""
    if participant.randomised_on is None:
        return []
    centre = participant.centre
    asked = {
        "participant": participant.pk,
        "newest": NEWEST,
        "kits": any(holds(request, verb, centre.pk) for verb in KNOWS_KITS),
        "unblinding": any(holds(request, verb, centre.pk) for verb in KNOWS_UNBLINDING),
    }
    with prepared() as cursor:
        cursor.execute(HAPPENED, asked)
        rows = cursor.fetchall()
    found = []
    for kind, at, who, name, visit, shown in rows:
        if kind == "randomised":
            what = _("Randomised: number %(number)s") % {"number": name}
            found.append(Happening(at, who, what))
        elif kind == "kit":
            words = lower(visit_words(definition, visit))
            what = _("Kit %(number)s taken for %(visit)s") % {"number": name, "visit": words}
            found.append(Happening(at, who, what))
        else:
            who = who or _("by envelope, while the service was down")
            found.append(unblinding(at, who, moment(at, centre.timezone), shown))
    return found


def unblinding(at: datetime, who: str, when: str, shown: bool) -> Happening:
    """That somebody asked, and whether the arm was shown; never which."""
    if not shown:
        return Happening(at, who, _("Emergency unblinding asked for; no arm was shown"))
    said = _("The blind of this participant was broken: %(when)s, %(who)s.")
    words = said % {"when": when, "who": who}
    return Happening(at, who, _("Emergency unblinding: the arm was shown once"), words)
