"""What would say who a participant is: items that no definition may have.

An item is refused by what it declares, and by what its name and labels say, in English, French,
German and Dutch. Where the words mean something else (the name of a drug, the initial dose) the
definition says so itself, and why: `identifying: "no, the name of the drug"`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from crf.definition.model import Item

KINDS = {
    "name": "a name",
    "initials": "initials",
    "birth_date": "a full date of birth",
    "record_number": "a hospital or record number",
    "national_number": "a national number",
    "address": "an address",
    "phone": "a telephone number",
    "email": "an e-mail address",
}
# Over letters without accents, blanks for everything else. Closed answers cannot hold these.
WORDS = {
    "email": r"\be ?mails?\b|\bcourriel\b|\badresse electronique\b|\bmail address\b",
    "name": r"^(full |complete )?name$|^noms?$|^naam$|\b(first|last|family|given|maiden|christian|"
    r"middle|patients?|participants?|subjects?|person|mother|father|spouse)( s)? names?\b|"
    r"\bsurname\b|\bforenames?\b|\bnickname\b|"
    r"\bnames? of (the )?(patient|participant|subject|person|mother|father|spouse|relative|child)|"
    r"\bnames? (first|last|family|given|maiden)\b|"
    r"\bprenoms?\b|\bnom (et prenom|de famille|de naissance|de jeune fille|d usage|marital|"
    r"patronymique|(du |de la |de l )?(patient|participant|personne|malade|mere|pere|conjoint))|"
    r"\b(vor|nach|familien|geburts|zu|ruf)name\b|\bname (des|der) (patient|teilnehm|person|mutter)|"
    r"\b(voor|achter|familie|roep|meisjes)na+m\b|\bnaam van de (patient|deelnem|persoon)",
    "initials": r"^initials?$|\binitials\b|\binitiales (du|de la|de l|patient|participant)|"
    r"^initiales$|\binitialen\b|\bvoorletters?\b",
    "record_number": r"\b(hospital|medical record|medical|record|chart|patient|case|admission|file|"
    r"subject s hospital) (numbers?|no|nr|id|identifier)\b|\bmrn\b|\bipp\b|\bndossier\b|"
    r"\bnumero (de |du |d )?(dossier|patient|sejour|hospitalisation|hospitalier|admission)\b|"
    r"\b(patienten|krankenhaus|fall|aufnahme|akten)(nummer|id)\b|\bpatienten id\b|"
    r"\b(patient|ziekenhuis|dossier|opname)(en)?nummer\b",
    "national_number": r"\bnational (id|identity|insurance|identification|number|no)\b|"
    r"\bnhs\b|\bsocial security\b|\bssn\b|\bppsn?\b|\bpassport\b|\bidentity card\b|\bnir\b|"
    r"\bsecurite sociale\b|\bnumero national\b|\bcarte d identite\b|\bcarte vitale\b|"
    r"\bsteuer ?(id|identifikationsnummer|nummer)\b|\b(renten|sozial|kranken)?"
    r"versicherungsnummer\b|\b(kranken)?versichertennummer\b|\bpersonalausweis\w*\b|"
    r"\bbsn\b|\bburgerservicenummer\b|\brijksregisternummer\b",
    "address": r"^address$|\b(home|postal|street|mailing|private|patient s?|ip) ?address\b|"
    r"\baddress of (the )?(patient|participant)|^street$|\bpost ?codes?\b|\bpostal code\b|"
    r"\bzip ?(code)?\b|\badresses?\b|\bcode postal\b|\bdomicile\b|\banschrift\b|\bwohnort\b|"
    r"\bpostleitzahl\b|\bplz\b|\bwohnadresse\b|\b(woon)?adres\b|\bwoonplaats\b",
    "phone": r"\b(tele)?phone\b|\bmobile (number|phone|no)\b|\bcell ?phone\b|\bfax\b|"
    r"\btelephone\b|\btel\b|\bnumero de portable\b|\btelefon(nummer)?\b|"
    r"\b(handy|mobil)(nummer)?\b|\btelefoon(nummer)?\b|\bgsm\b",
}
FOUND = {kind: re.compile(words) for kind, words in WORDS.items()}
BIRTH = re.compile(
    r"\bbirth( ?da(y|te))?\b|\bborn\b|\bdob\b|\bnaissance\b|\bnee? le\b|\bddn\b|"
    r"\bgeburts?(tag|datum)?\b|\bgeboren\b|\bgeboorte(dag|datum)?\b"
)
WHOLE_BIRTH = re.compile(
    r"\b(date|day) of birth\b|\bbirth ?da(y|te)\b|\bdob\b|\bdate de naissance\b|\bddn\b|"
    r"\bjour de naissance\b|\bgeburts(tag|datum)\b|\bgeboorte(dag|datum)\b"
)
# Types whose value can be the thing itself; one of a list, yes or no, and a time cannot.
OPEN_TYPES = ("text", "integer", "decimal")
OVERRIDE = re.compile(r"no\b[,:;]?\s*(because\b)?\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Identifying:
    """Why an item is refused, and the key of the item that says so."""

    kind: str
    key: str  # name | label | identifying | type

    def sentence(self, name: str) -> str:
        if self.kind == "birth_date" and self.key == "type":
            return (
                f"`{name}` would keep the day of birth: use type partial_date with finest: month."
            )
        return (
            f"`{name}` would hold {KINDS[self.kind]}, which identifies a participant directly: the "
            'trial does not keep it. Where it means something else, add `identifying: "no, '
            'because ..."`.'
        )


def plain(text: str) -> str:
    """Small letters without accents, one blank for everything else."""
    bare = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(char for char in bare if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", " ", kept).strip()


def identifying(item: Item) -> Identifying | None:
    """What the item would keep of who a participant is; None where nothing.

    An override lifts what the words say, never the day of birth of a date.
    """
    if item.identifying in KINDS:
        return Identifying(item.identifying, "identifying")
    said = [("name", plain(item.name))]
    said += [("label", plain(text)) for text in (item.label.en, item.label.fr) if text]
    if keeps_a_day(item) and any(BIRTH.search(text) for _key, text in said):
        return Identifying("birth_date", "type")
    if item.identifying or item.type not in OPEN_TYPES or item.derived:
        return None
    for key, text in said:
        for kind, pattern in FOUND.items():
            if pattern.search(text):
                return Identifying(kind, key)
        if WHOLE_BIRTH.search(text):
            return Identifying("birth_date", key)
    return None


def keeps_a_day(item: Item) -> bool:
    """True for a date, and for a partial date whose day may be typed."""
    return item.type == "date" or (item.type == "partial_date" and item.finest == "day")


def override_reason(text: str) -> str:
    """Why the words mislead, of `no, because ...`; "" where it gives no reason."""
    found = OVERRIDE.fullmatch(text)
    return found[2].strip() if found else ""
