"""Every table, one page per subject. Import `metadata` from here to see them all."""

from storage.tables import chat, curation, demo, members, platform, publishing, push, study
from storage.tables.base import metadata

__all__ = ["chat", "curation", "demo", "members", "metadata", "platform", "publishing", "push", "study"]
