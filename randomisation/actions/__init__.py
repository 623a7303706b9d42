"""Writes of the randomisation: one file a subject."""

from randomisation.actions.allocation import randomise
from randomisation.actions.dispensing import dispense
from randomisation.actions.signing import sign_again
from randomisation.actions.strata import correct_strata
from randomisation.actions.supply import (
    quarantine,
    receive_kits,
    register_kits,
    release_from_quarantine,
    ship_kits,
    take_leave,
)

__all__ = [
    "correct_strata",
    "dispense",
    "quarantine",
    "randomise",
    "receive_kits",
    "register_kits",
    "release_from_quarantine",
    "ship_kits",
    "sign_again",
    "take_leave",
]
