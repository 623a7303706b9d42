from django.apps import AppConfig


class ReminetSiteConfig(AppConfig):
    name = "reminet_site"
