"""What people get wrong at first: a misread number, put right after the monitor's question."""

from __future__ import annotations

import random

from simulation.sheets import Answers, Sheet

# item -> how far a misreading goes; small enough to pass the checks
MISREAD = {
    "INJ": {"sbp": 3, "heart_rate": 2},
    "VITALS": {"heart_rate": 2, "sbp": 3},
    "LAB": {"platelets": 9, "ast": 3, "alt": 3},
}
SHARE = {"INJ": 0.02, "VITALS": 0.04, "LAB": 0.06}
CONFIRMED = {"LAB": ("creatinine", 0.03), "RECIST": ("modality", 0.05), "AE": ("related", 0.06)}

QUESTIONS = {
    "creatinine": "Please confirm the value and its unit with the laboratory report.",
    "modality": "Please confirm that the same modality was used as at baseline.",
    "related": "Please confirm the relation to the treatment with the investigator.",
}
ANSWERS = {
    "deviation": "The participant was away; given on the first possible day.",
    "first_in_time": "Delay agreed with the sponsor before the injection.",
    "next_form": "The treatment is entered now.",
    "death_form": "The form is entered now.",
}
CHECKED = "Checked with the source document: correct as entered."
MENDED = "Corrected after the source document."
REASON = "Transcription error; the source document reads otherwise"


def slip(sheet: Sheet, chance: random.Random) -> tuple[str, Answers] | None:
    """The item misread, and the answers as first typed; None where all is right at once."""
    if chance.random() >= SHARE.get(sheet.form, 0.0):
        return None
    item, far = chance.choice(sorted(MISREAD[sheet.form].items()))
    value = sheet.answers.get(item)
    if not isinstance(value, int):
        return None
    return item, sheet.answers | {item: value + chance.choice((-far, far))}


def doubt(sheet: Sheet, chance: random.Random) -> str:
    """The item that the monitor asks about although it is right; "" where none."""
    item, share = CONFIRMED.get(sheet.form, ("", 0.0))
    return item if item in sheet.answers and chance.random() < share else ""
