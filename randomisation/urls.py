"""Addresses of randomisation."""

from django.urls import URLPattern

app_name = "randomisation"
urlpatterns: list[URLPattern] = []
