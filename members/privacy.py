"""What is kept about one person, for the person to see and take along."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.tables.curation import answer_wish, handover, missed_question, receipt
from storage.tables.members import binding, branch, consent, member


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything stored about a chat account and the member behind it."""

    channel: str
    known_since: datetime
    bound_at: datetime | None
    name: str
    number: str
    stage: str
    branch: str
    consents: tuple[tuple[datetime, datetime | None], ...]
    receipts: tuple[tuple[str, str, int], ...]
    notes: tuple[tuple[datetime, str], ...]
    wishes: tuple[tuple[str, str], ...]


def kept(connection: Connection, binding_id: int) -> Kept:
    """All of it: receipts as (day, entry, version), notes as (moment, text), 等答复 as (day, question)."""
    row = connection.execute(
        select(
            binding.c.channel, binding.c.created_at, binding.c.bound_at,
            member.c.name, member.c.number, member.c.stage, branch.c.path,
        )
        .outerjoin(member, member.c.id == binding.c.member_id)
        .outerjoin(branch, branch.c.id == member.c.branch_id)
        .where(binding.c.id == binding_id)
    ).one()  # fmt: skip
    consents = connection.execute(
        select(consent.c.given_at, consent.c.withdrawn_at)
        .where(consent.c.binding_id == binding_id)
        .order_by(consent.c.id)
    )
    receipts = connection.execute(
        select(receipt.c.day, receipt.c.entry_id, receipt.c.version)
        .where(receipt.c.binding_id == binding_id)
        .order_by(receipt.c.day, receipt.c.entry_id)
    )
    notes = connection.execute(
        select(handover.c.created_at, handover.c.note)
        .where(handover.c.binding_id == binding_id)
        .order_by(handover.c.id)
    )
    wishes = connection.execute(
        select(answer_wish.c.since, missed_question.c.text)
        .join(missed_question, missed_question.c.id == answer_wish.c.missed_id)
        .where(answer_wish.c.binding_id == binding_id)
        .order_by(answer_wish.c.since, missed_question.c.id)
    )
    return Kept(
        channel=row[0],
        known_since=row[1],
        bound_at=row[2],
        name=row[3] or "",
        number=row[4] or "",
        stage=row[5] or "",
        branch=row[6] or "",
        consents=tuple((r[0], r[1]) for r in consents),
        receipts=tuple((r[0], r[1], r[2]) for r in receipts),
        notes=tuple((r[0], r[1]) for r in notes),
        wishes=tuple((r[0], r[1]) for r in wishes),
    )
