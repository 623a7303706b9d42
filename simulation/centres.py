"""The 24 centres of the demonstration. Names are of cities; who worked there is made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CentrePlan:
    code: str
    name: str
    country: str
    timezone: str
    weight: int  # how many participants it recruits, relative to the others


def _of(country: str, zone: str, names: str) -> list[CentrePlan]:
    made = []
    for number, (name, weight) in enumerate(
        (part.rsplit(" ", 1) for part in names.split("; ")), start=1
    ):
        made.append(CentrePlan(f"{country}-{number:02d}", name, country, zone, int(weight)))
    return made


CENTRES: tuple[CentrePlan, ...] = (
    *_of(
        "FR",
        "Europe/Paris",
        "CHU Lyon 5; CHU Paris Nord 5; CHU Marseille 4; CHU Lille 3; CHU Dijon 4; "
        "CHU Bordeaux 3; CHU Toulouse 3; CHU Strasbourg 2; CHU Rennes 2; CHU Nantes 2; "
        "CHU Reims 2; CHU Amiens 1; CHU Rouen 1; CHU Montpellier 2; CHU Nice 1; CHU Angers 1; "
        "CHU Tours 1",
    ),
    *_of("BE", "Europe/Brussels", "UZ Leuven 3; Hospital Brussels South 1"),
    *_of("DE", "Europe/Berlin", "Klinikum Berlin Mitte 3; Klinikum Marburg 2"),
    *_of("IE", "Europe/Dublin", "University Hospital Dublin 2"),
    *_of("UK", "Europe/London", "Hospital London North 2; Hospital Glasgow 1"),
)
