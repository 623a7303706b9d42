"""The key of the vault, from the environment of the processes that may hold it."""

import secrets
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from randomisation.arms.sealing import KEY, Sealer
from reminet_site.errors import Refusal

# A test that compares two worlds byte for byte fixes the nonces here.
nonces: Callable[[int], bytes] = secrets.token_bytes


def sealer() -> Sealer:
    """The sealer of this process. VAULT_KEY is the current key, then any retired ones."""
    if not settings.VAULT_KEY:
        raise Refusal(
            _("This process does not hold the key of the vault, so no arm can be read here.")
        )
    return _sealer(bytes(settings.VAULT_KEY), nonces)


@lru_cache(maxsize=4)
def _sealer(material: bytes, draw: Callable[[int], bytes]) -> Sealer:
    keys = [material[start : start + KEY] for start in range(0, len(material), KEY)]
    return Sealer(keys, draw)
