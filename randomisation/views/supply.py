"""The stock of every centre in one table."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crf import study
from randomisation import reads_supply
from randomisation.presenters_supply import supply_page
from reminet_site.clock import clinical_today
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_SUPPLY)
def supply(request: HttpRequest) -> HttpResponse:
    said = study.current().definition.randomisation
    page = supply_page(
        reads_supply.supply(said.kit_days),
        clinical_today(),
        kit_days=said.kit_days,
        arms=len(said.arms),
    )
    return render(request, "randomisation/supply.html", {"page": page})
