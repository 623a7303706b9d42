#!/usr/bin/env python3
"""Django's command line. Outside production it fills unset variables from the local services."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reminet_site.settings")
    if "DATABASE_URL" not in os.environ and "OWNER_DATABASE_URL" not in os.environ:
        from reminet_site.local.environment import apply

        apply()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
