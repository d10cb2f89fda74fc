"""Pseudonyms of users and addresses: keyed hashes, which nobody without the key can make or look up.

The key is made at the first load and kept in Airflow's variable `web_pseudonym_secret`, encrypted. It is never in Kafka
or ClickHouse. Whoever loses it loses the tie between old events and new ones of the same user. Needs no Airflow.
"""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from hashlib import blake2b

KEY_BYTES = 32
# As many as return within minutes.
_REMEMBERED = 100_000


class Pseudonyms:
    """Makes pseudonyms with one key: 128 bits, written as a UUID, so that ClickHouse's columns take nothing else."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key of pseudonyms has {len(key)} bytes instead of {KEY_BYTES}")
        self._key = key
        # The same value in another field is another pseudonym: `person` keeps them apart.
        self.of = lru_cache(_REMEMBERED)(self._of)

    def of_any(self, field: str, value: object) -> str:
        """The pseudonym of whatever JSON holds in place of an identifier."""
        return self.of(field, value if isinstance(value, str) else json.dumps(value, sort_keys=True))

    def _of(self, field: str, value: str) -> str:
        raw = value.encode("utf-8", "surrogatepass")
        digits = blake2b(raw, digest_size=16, key=self._key, person=field.encode()).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


if __name__ == "__main__":
    # The key and a user's id, a line each, from standard input: arguments would be seen by others on the machine.
    secret, user = sys.stdin.read().split("\n")[:2]
    print(Pseudonyms(bytes.fromhex(secret)).of("user_id", user))
