from django.apps import AppConfig


class ReminetSiteConfig(AppConfig):
    name = "reminet_site"

    def ready(self) -> None:
        from reminet_site.safety import register_all

        register_all()
