"""Every sentence that the engine itself says about an answer, in English and French.

What, where, how to mend it. No "please", no "invalid", no blame, no exclamation mark.
"""

from __future__ import annotations

from crf.definition.model import Text

MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MONTHS_FR = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
SHORT_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
SHORT_FR = [
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
]


def shorten(raw: str) -> str:
    """What was typed, cut to 40 characters for use in a sentence."""
    return raw if len(raw) <= 40 else raw[:39] + "…"


def no_such_day(month: int, days: int, year: int | None) -> Text:
    """A day that its month has not."""
    year_en = f" {year}" if month == 2 and year else ""
    return Text(
        f"{MONTHS_EN[month - 1]}{year_en} has {days} days. Type the day again.",
        f"{MONTHS_FR[month - 1].capitalize()}{year_en} compte {days} jours. "
        "Saisissez de nouveau le jour.",
    )


def no_such_month(month: str) -> Text:
    """A month above 12 or 0."""
    return Text(
        f"There is no month {month}. Type the month again, 1 to 12.",
        f"Il n'y a pas de mois {month}. Saisissez de nouveau le mois, de 1 à 12.",
    )


def no_day_zero(day: str) -> Text:
    """A day that no month has."""
    return Text(
        f"There is no day {day}. Type the day again, 1 to 31.",
        f"Il n'y a pas de jour {day}. Saisissez de nouveau le jour, de 1 à 31.",
    )


def not_a_date(raw: str) -> Text:
    """Text that reads as no date."""
    raw = shorten(raw)
    return Text(
        f"“{raw}” does not read as a date. Type it as 09/08/2019 or 9 Aug 2019.",
        f"« {raw} » ne se lit pas comme une date. Saisissez-la ainsi : 09/08/2019 ou 9 août 2019.",
    )


def two_digit_year(raw: str) -> Text:
    """A year of two digits."""
    return Text(
        f"The year {raw} has two digits. Type all four, as 2019.",
        f"L'année {raw} n'a que deux chiffres. Saisissez-en quatre, par exemple 2019.",
    )


def year_out(year: int, low: int, high: int) -> Text:
    """A year outside what a trial can meet."""
    return Text(
        f"The year {year} lies outside {low} to {high}. Type the year again.",
        f"L'année {year} n'est pas entre {low} et {high}. Saisissez de nouveau l'année.",
    )


def year_needed() -> Text:
    """A partial date without its year."""
    return Text(
        "The year is missing. Type it with four digits; where it is not known, "
        "choose Unknown as the reason.",
        "L'année manque. Saisissez-la avec quatre chiffres ; si elle est inconnue, "
        "choisissez le motif Inconnu.",
    )


def month_needed() -> Text:
    """A day without a month."""
    return Text(
        "The day is given without its month. Type the month, or UK for the day too.",
        "Le jour est donné sans le mois. Saisissez le mois, ou UK pour le jour aussi.",
    )


def day_not_kept() -> Text:
    """A day typed where only month and year may be stored."""
    return Text(
        "Only the month and the year are kept here. Clear the day.",
        "Seuls le mois et l'année sont conservés ici. Effacez le jour.",
    )


def not_a_part(raw: str) -> Text:
    """A box of a partial date that holds neither digits nor UK."""
    raw = shorten(raw)
    return Text(
        f"“{raw}” is neither a number nor UK. Type digits, or UK where unknown.",
        f"« {raw} » n'est ni un nombre ni UK. Saisissez des chiffres, ou UK si inconnu.",
    )


def in_future(date: Text, today: Text) -> Text:
    """A date after today."""
    return Text(
        f"{date.en} is in the future: today is {today.en}. Type the date again.",
        f"Le {date.fr} est dans le futur : nous sommes le {today.fr}. "
        "Saisissez de nouveau la date.",
    )


def not_a_time(raw: str) -> Text:
    """Text that reads as no time of day."""
    raw = shorten(raw)
    return Text(
        f"“{raw}” is not a time of day. Type it as 14:30.",
        f"« {raw} » n'est pas une heure. Saisissez-la ainsi : 14:30.",
    )


def not_a_number(raw: str, whole: bool = False) -> Text:
    """Letters, or two separators, in a number."""
    raw = shorten(raw)
    return Text(
        f"“{raw}” is not a number. Type digits only, as {'61' if whole else '61.5'}.",
        f"« {raw} » n'est pas un nombre. Saisissez uniquement des chiffres, par exemple "
        f"{'61' if whole else '61,5'}.",
    )


def not_beyond(raw: str) -> Text:
    """< or > where the item takes a measured value alone."""
    raw = shorten(raw)
    return Text(
        f"“{raw}” is no measured value. This item takes none beyond a limit so: type digits only.",
        f"« {raw} » n'est pas une valeur mesurée. Cet item ne l'accepte pas ainsi : saisissez "
        "uniquement des chiffres.",
    )


def not_whole(raw: str) -> Text:
    """Decimals where a whole number is asked."""
    raw = shorten(raw)
    return Text(
        f"{raw} has decimals. Type a whole number.",
        f"{raw} a des décimales. Saisissez un nombre entier.",
    )


def too_many_decimals(raw: str, has: int, precision: int) -> Text:
    """More decimals than the item takes."""
    raw = shorten(raw)
    kept = "1 decimal" if precision == 1 else f"{precision} decimals"
    kept_fr = "1 décimale" if precision == 1 else f"{precision} décimales"
    return Text(
        f"{raw} has {has} decimals; {kept} can be kept. Round it as the source does.",
        f"{raw} a {has} décimales ; {kept_fr} au plus. Arrondissez comme dans la source.",
    )


def too_long_number(raw: str) -> Text:
    """More digits than any measure has."""
    return Text(
        f"“{shorten(raw)}” has too many digits. Type the number again.",
        f"« {shorten(raw)} » a trop de chiffres. Saisissez de nouveau le nombre.",
    )


def too_long(has: int, fits: int) -> Text:
    """A text longer than the item takes."""
    return Text(
        f"This text has {has} characters; {fits} fit. Shorten it.",
        f"Ce texte compte {has} caractères ; la limite est de {fits}. Raccourcissez-le.",
    )


def odd_character() -> Text:
    """A control character."""
    return Text(
        "This text holds a character that cannot be stored. Type it again without pasting.",
        "Ce texte contient un caractère qui ne peut être conservé. Saisissez-le sans le coller.",
    )


def not_an_answer(raw: str) -> Text:
    """A code that the codelist has not."""
    raw = shorten(raw)
    return Text(
        f"“{raw}” is not one of the answers. Choose again.",
        f"« {raw} » ne fait pas partie des réponses. Choisissez de nouveau.",
    )


def reason_not_allowed(reason: Text) -> Text:
    """A missing reason that this item does not take."""
    return Text(
        f"“{reason.en}” cannot stand here. Type the value, or leave it blank for now.",
        f"« {reason.fr} » n'est pas admis ici. Saisissez la valeur, ou laissez vide.",
    )


def value_and_reason(value: str, reason: Text) -> Text:
    """Both a value and a reason for having none."""
    value = shorten(value)
    return Text(
        f"Both a value ({value}) and “{reason.en}” are given. Keep one of the two.",
        f"Une valeur ({value}) et « {reason.fr} » sont données. Gardez l'une des deux.",
    )


def out_of_range(value: Text, bound: Text, above: bool, hard: bool) -> Text:
    """A number outside its hard or soft range."""
    side_en, side_fr = (
        ("above", "au-dessus de la limite de") if above else ("below", "en dessous de la limite de")
    )
    mend_en = "Correct it." if hard else "Correct it, or say why it is right."
    mend_fr = "Corrigez la valeur." if hard else "Corrigez la valeur, ou expliquez-la."
    return Text(
        f"{value.en} is {side_en} {bound.en}. {mend_en}",
        f"{value.fr} est {side_fr} {bound.fr}. {mend_fr}",
    )


def out_of_normal(value: Text, bound: Text, above: bool) -> Text:
    """A laboratory value outside the centre's normal range: told, not asked."""
    side_en, side_fr = ("above", "au-dessus") if above else ("below", "en dessous")
    return Text(
        f"{value.en} is {side_en} the centre's normal limit of {bound.en}.",
        f"{value.fr} est {side_fr} de la limite normale du centre, {bound.fr}.",
    )


def blank() -> Text:
    """A required item without a value."""
    return Text("Still blank.", "Encore vide.")


def too_few_rows(title: Text, least: int) -> Text:
    """Fewer rows than needed."""
    return Text(
        f"{title.en}: at least {least} needed.", f"{title.get('fr')} : au moins {least} nécessaire."
    )


def too_many_rows(title: Text, most: int, has: int) -> Text:
    """More rows than allowed."""
    return Text(
        f"{title.en}: {has} rows, at most {most}. Remove {has - most}.",
        f"{title.get('fr')} : {has} lignes, {most} au plus. Retirez-en {has - most}.",
    )


def row_not_of_baseline(title: Text) -> Text:
    """A row whose id the source form has not."""
    return Text(
        f"{title.en}: this row is not one of those fixed before. Reload the form.",
        f"{title.get('fr')} : cette ligne ne fait pas partie de celles déjà fixées. "
        "Rechargez le formulaire.",
    )
