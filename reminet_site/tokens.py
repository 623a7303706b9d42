"""The token of a program: it carries its owner's live rights, and ends by itself."""

from datetime import datetime, timedelta
from typing import Any

from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

from reminet_site.clock import now

LIFE = timedelta(days=90)


def ends_at(made: datetime) -> datetime:
    return made + LIFE


class ExpiringToken(TokenAuthentication):
    """A token of the API, until it is 90 days old."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        user, token = super().authenticate_credentials(key)
        if ends_at(token.created) <= now():
            raise AuthenticationFailed("This token has ended. Make a new one under Account.")
        return user, token


def end_tokens(user: Any) -> int:
    """Every token of this person stops at its next request; how many there were."""
    count, _ = Token.objects.filter(user=user).delete()
    return count
