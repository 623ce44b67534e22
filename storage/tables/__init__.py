"""Every table, one page per subject. Import `metadata` from here to see them all."""

from storage.tables import chat, curation, members, publishing, push, study
from storage.tables.base import metadata

__all__ = ["chat", "curation", "members", "metadata", "publishing", "push", "study"]
