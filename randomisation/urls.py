"""Addresses of randomisation."""

from django.urls import path

from randomisation.views import accrual, gate, kits, readings, supply, unblind

app_name = "randomisation"
urlpatterns = [
    path("randomisation/<str:code>/", gate.gate, name="gate"),
    path("randomisation/<str:code>/receipt/", gate.result, name="result"),
    path("randomisation/<str:code>/strata/", gate.correct, name="correct"),
    path("randomisation/<str:code>/sign/", gate.sign_again, name="sign_again"),
    path("unblinding/<str:code>/", unblind.unblind, name="unblind"),
    path("randomisation/<str:code>/kit/<str:visit>/", gate.dispense, name="dispense"),
    path("centres/<str:centre>/kits/", kits.kits, name="kits"),
    path("centres/<str:centre>/kits/send/", kits.send, name="send"),
    path("centres/<str:centre>/kits/left/", kits.leave, name="leave"),
    path("centres/<str:centre>/kits/file/", kits.account, name="kit_account"),
    path("centres/<str:centre>/shipments/<str:number>/arrived/", kits.receive, name="receive"),
    path("centres/<str:centre>/kits/<str:number>/aside/", kits.set_aside, name="set_aside"),
    path("centres/<str:centre>/kits/<str:number>/release/", kits.release, name="release"),
    path("supply/", supply.supply, name="supply"),
    path("accrual/", accrual.accrual, name="accrual"),
    path("readings/", readings.readings, name="readings"),
    path("readings/file/", readings.readings_file, name="readings_file"),
]
