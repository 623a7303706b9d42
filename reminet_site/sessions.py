"""Sessions in the database. One statement brings the session, its person and the live rights.

A right that is revoked, an account that is closed or a session that is ended counts from the next
request on, since nothing is cached between two requests.
"""

from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from reminet_site.models import Session, User
from reminet_site.statements import prepared

# In the order of the model's columns, as from_db wants them.
PERSON = ("id", "password", "last_login", "email", "name", "is_active", "language", "density")
LOAD = f"""
SELECT s.session_data, s.expire_date, {", ".join(f"u.{name}" for name in PERSON)},
       ARRAY(SELECT h.role || ':' || coalesce(h.centre_id::text, '')
               FROM reminet_site_heldrole h
              WHERE h.user_id = u.id AND h.role IS NOT NULL ORDER BY h.id),
       (SELECT d.demonstration FROM reminet_site_deployment d)
  FROM reminet_site_session s LEFT JOIN reminet_site_user u ON u.id = s.user_id
 WHERE s.session_key = %s AND s.expire_date > %s
"""


class SessionStore(DatabaseStore):
    person: User | None = None
    grants: tuple[tuple[str, int | None], ...] = ()
    demonstration: bool = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        made.user_id = data.get(SESSION_KEY)
        return made

    def _get_session_from_db(self) -> Session | None:
        with prepared() as cursor:
            cursor.execute(LOAD, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return None
        data, expires, *person, grants, demonstration = row
        self.demonstration = bool(demonstration)
        if person[0] is not None:
            self.person = User.from_db("default", PERSON, person)
            self.grants = tuple(split(grant) for grant in grants)
        return Session(session_key=self.session_key, session_data=data, expire_date=expires)


def split(grant: str) -> tuple[str, int | None]:
    role, _, centre = grant.partition(":")
    return role, int(centre) if centre else None


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """The session's person, checked against the password that the session was opened with."""
    session = request.session
    wanted = session.get(SESSION_KEY)
    person = getattr(session, "person", None)
    if wanted is None:
        return AnonymousUser()
    if person is None or str(person.pk) != wanted:
        return get_user(request)  # signed in within this very request
    held = session.get(HASH_SESSION_KEY, "")
    if not constant_time_compare(held, person.get_session_auth_hash()):
        return get_user(request)
    return person if person.is_active else AnonymousUser()


__all__ = ["SessionStore", "user_of"]
