"""How the starter content answers questions that were written without looking at it. Prints both halves.

    .venv/bin/python benchmarks/content_accuracy.py [--wrong]

The sets stand in tests/content/*.jsonl. Nothing may be tuned on the halves called `held` and `late` (written last).
Minimal pairs are asked twice: of the whole base, and of the base without the entries that answer them.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge_base.engine import Answer, Choices, KnowledgeBase  # noqa: E402 - the path comes first
from knowledge_base.library import build  # noqa: E402
from knowledge_base.loading import load  # noqa: E402

SETS = ROOT / "tests" / "content"
TODAY = date(2026, 11, 22)


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text("utf-8").splitlines()]


def outcome(base: KnowledgeBase, query: str, accept: list[str]) -> tuple[str, str]:
    """(what happened, ids shown): right, wrong, offered, missed or refused."""
    result = base.ask(query, TODAY)
    if isinstance(result, Answer):
        return ("right" if result.entry.id in accept else "wrong"), result.entry.id
    if isinstance(result, Choices):
        ids = [entry.id for entry in result.options]
        return ("offered" if not accept or set(ids) & set(accept) else "missed"), " ".join(ids)
    return "refused", " ".join(entry.id for entry in result.nearest)


def without(base: KnowledgeBase, ids: list[str]) -> KnowledgeBase:
    """The base with some entries retired; its calibration and all else stay."""
    gone = [replace(entry, status="retired") for entry in base.content.entries if entry.id in ids]
    return base.edited(gone, "removed")


def answerable(base: KnowledgeBase, half: str) -> Iterator[str]:
    """Prints how questions with an answer fared; yields what went wrong."""
    kinds, ranks = Counter(), Counter()
    for row in rows("questions"):
        if row["half"] == half and row["accept"]:
            kind, shown = outcome(base, row["query"], row["accept"])
            kinds[kind] += 1
            first = [each["entry"] for each in base.explain(row["query"], TODAY)["features"]]
            found = next((n for n, entry in enumerate(first, 1) if entry in row["accept"]), 0)
            ranks["top1"] += found == 1
            ranks["top3"] += 1 <= found <= 3
            if kind != "right":
                yield f"{kind} {row['query']} | want {row['accept']} | got {shown} | rank {found}"
    total, told = sum(kinds.values()), kinds["right"] + kinds["wrong"]
    print(f"== {half}: {total} answerable: top-1 {ranks['top1'] / total:.3f}, top-3 {ranks['top3'] / total:.3f}")
    right = kinds["right"] / max(told, 1)
    print(f"   answered directly {told / total:.3f}, of these right {right:.3f}", dict(kinds))


def unanswerable(base: KnowledgeBase, half: str) -> Iterator[str]:
    """The same for questions that nothing answers."""
    kinds = Counter()
    for row in [*rows("nulls"), *(each for each in rows("questions") if not each["accept"])]:
        if row["half"] == half:
            kind, shown = outcome(base, row["query"], [])
            kinds[row["kind"], kind] += 1
            if kind != "refused":
                yield f"null {kind} {row['query']} | got {shown}"
    print("   unanswerable:", {f"{a} {b}": n for (a, b), n in sorted(kinds.items())})


def pairs(base: KnowledgeBase, half: str) -> Iterator[str]:
    """The same for both sides of the minimal pairs, with the entries that answer them, and without."""
    kept, removed = Counter(), Counter()
    for row in rows("pairs"):
        for side in "ab" if row["half"] == half else "":
            asked, accept = row[side], row[f"accept_{side}"]
            kind, shown = outcome(base, asked, accept)
            kept[kind] += 1
            if kind == "wrong":
                yield f"pair wrong {asked} | want {accept} | got {shown}"
            if accept:
                kind, shown = outcome(without(base, accept), asked, [])
                removed[kind] += 1
                if kind == "wrong":
                    yield f"pair removed, still answered {asked} | got {shown}"
    if kept:
        print("   minimal pairs:", dict(kept), "their entries removed:", dict(removed))


def main() -> None:
    base = build(load(ROOT / "knowledge_base" / "content"), ROOT / "instance" / "jieba")
    for half in ("dev", "held", "late"):
        for part in (answerable, unanswerable, pairs):
            for line in part(base, half):
                if "--wrong" in sys.argv and half == "dev":
                    print(line)


if __name__ == "__main__":
    main()
