"""What handlers share: the turn over our database, and the content to answer from."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from bot.turn import Turn
from knowledge_base.engine import KnowledgeBase

MemberTurn = Turn[Connection]
Effect = Callable[[Connection, int], None]
CurrentBase = Callable[[datetime], KnowledgeBase]
Seal = Callable[[str], str]
