"""Binding a chat account to a member: a one-time code, the stated use, consent; and taking it back."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select, update

from members.rules.codes import ALPHABET, LENGTH
from storage.tables.curation import answer_wish, handover, receipt
from storage.tables.members import binding, binding_code, branch, consent, member
from storage.tables.push import outbox

CODE_LASTS = timedelta(days=7)
PURPOSE = "binding"
# Names the wording of the stated use in replies/members.py; a changed wording gets a new name.
CONSENT_WORDING = "2026-11-答题与等答复"


@dataclass(frozen=True, slots=True)
class Offer:
    """A valid code: for whom it is."""

    digest: str
    name: str
    branch: str


class Codes:
    """Makes and reads binding codes. Only an HMAC of a code is stored."""

    def __init__(self, key: str, pick: Callable[[str], str]) -> None:
        """`pick` chooses one character of a string at random (secrets.choice)."""
        self._key = key.encode()
        self._pick = pick

    def issue(self, connection: Connection, member_id: int, now: datetime) -> str:
        """A fresh code for a member; earlier unused ones of the member end."""
        code = "".join(self._pick(ALPHABET) for _ in range(LENGTH))
        connection.execute(
            delete(binding_code).where(binding_code.c.member_id == member_id, binding_code.c.used_at.is_(None))
        )
        values = {
            "member_id": member_id,
            "digest": self.digest(code),
            "created_at": now,
            "expires_at": now + CODE_LASTS,
        }
        connection.execute(insert(binding_code).values(**values))
        return code

    def digest(self, code: str) -> str:
        """What is stored of a code, or of anything else that the database alone must not tell."""
        return hmac.new(self._key, code.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def offer(connection: Connection, digest: str, now: datetime) -> Offer | None:
    """Whom an unused, unexpired code is for; None for any other."""
    row = connection.execute(
        select(member.c.name, branch.c.path)
        .select_from(binding_code)
        .join(member, member.c.id == binding_code.c.member_id)
        .join(branch, branch.c.id == member.c.branch_id)
        .where(
            binding_code.c.digest == digest,
            binding_code.c.used_at.is_(None),
            binding_code.c.expires_at > now,
            member.c.left_at.is_(None),
        )
    ).one_or_none()
    return Offer(digest, row[0], row[1]) if row else None


def bind(connection: Connection, binding_id: int, digest: str, now: datetime) -> Offer | None:
    """Uses the code up and binds the chat account, with the consent written down. None for a code no longer good."""
    offered = offer(connection, digest, now)
    used = connection.execute(
        update(binding_code)
        .where(binding_code.c.digest == digest, binding_code.c.used_at.is_(None), binding_code.c.expires_at > now)
        .values(used_at=now)
        .returning(binding_code.c.member_id)
    ).one_or_none()
    if offered is None or used is None:
        return None
    attach(connection, binding_id, used.member_id, now)
    return offered


def attach(connection: Connection, binding_id: int, member_id: int, now: datetime) -> None:
    """Binds a chat account to a member and writes the consent down."""
    connection.execute(update(binding).where(binding.c.id == binding_id).values(member_id=member_id, bound_at=now))
    connection.execute(
        insert(consent).values(
            member_id=member_id, binding_id=binding_id, purpose=PURPOSE, wording=CONSENT_WORDING, given_at=now
        )
    )


def unbind(connection: Connection, binding_id: int, now: datetime) -> None:
    """Takes the binding and the consent back and deletes what was kept of this chat account."""
    connection.execute(update(binding).where(binding.c.id == binding_id).values(member_id=None, bound_at=None))
    connection.execute(
        update(consent)
        .where(consent.c.binding_id == binding_id, consent.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    connection.execute(delete(receipt).where(receipt.c.binding_id == binding_id))
    connection.execute(delete(handover).where(handover.c.binding_id == binding_id))
    connection.execute(delete(answer_wish).where(answer_wish.c.binding_id == binding_id))
    connection.execute(delete(outbox).where(outbox.c.binding_id == binding_id, outbox.c.state == "waiting"))


def set_following(connection: Connection, binding_id: int, following: bool) -> None:
    """Notes that the account follows us, or no longer does."""
    connection.execute(update(binding).where(binding.c.id == binding_id).values(following=following))
