"""Addresses of crf."""

from django.urls import URLPattern

app_name = "crf"
urlpatterns: list[URLPattern] = []
