"""Accrual against plan, for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crf import study
from randomisation import reads
from randomisation.presenters_accrual import accrual_page
from reminet_site.clock import clinical_today
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_ACCRUAL)
def accrual(request: HttpRequest) -> HttpResponse:
    page = accrual_page(
        study.current().definition,
        reads.accrual_dates(),
        reads.accrual_by_centre(),
        clinical_today(),
    )
    return render(request, "randomisation/accrual.html", {"page": page})
