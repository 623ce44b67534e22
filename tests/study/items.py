"""Quiz items made for tests."""

from datetime import date
from typing import Any

from knowledge_base.entry import Citation, Place, QuizItem


def item(kind: str = "single", answer: str = "B", **fields: Any) -> QuizItem:
    """An item with four options (single, multiple) or none."""
    made: dict[str, Any] = {
        "id": "x-q001",
        "status": "published",
        "version": 1,
        "type": kind,
        "question": "预备期多长？",
        "options": ("半年", "一年", "两年", "三年") if kind in ("single", "multiple") else (),
        "answer": answer,
        "explanation": "预备期为一年。",
        "entry": "",
        "sources": (Citation("中国共产党章程", "第七条", "2022"),),
        "difficulty": 0.5,
        "checked_on": date(2026, 11, 23),
        "topic": "预备党员",
        "owner": "组织委员",
        "place": Place("quizzes/x.yaml", 1),
    }
    return QuizItem(**(made | fields))
