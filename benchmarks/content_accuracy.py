"""How the starter content answers questions that were written without looking at it. Prints both halves.

    .venv/bin/python benchmarks/content_accuracy.py [--wrong]

The sets stand in tests/content/*.jsonl. Nothing may be tuned on the half called `held`.
"""

import json
import sys
from collections import Counter
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


def main() -> None:
    base = build(load(ROOT / "knowledge_base" / "content"), ROOT / "instance" / "jieba")
    show = "--wrong" in sys.argv
    for half in ("dev", "held"):
        answerable, ranks, nulls = Counter(), Counter(), Counter()
        for row in rows("questions"):
            if row["half"] != half or not row["accept"]:
                continue
            kind, shown = outcome(base, row["query"], row["accept"])
            answerable[kind] += 1
            first = [each["entry"] for each in base.explain(row["query"], TODAY)["features"]]
            found = next((n for n, entry in enumerate(first, 1) if entry in row["accept"]), 0)
            ranks["top1"] += found == 1
            ranks["top3"] += 1 <= found <= 3
            if show and half == "dev" and kind != "right":
                print(kind, row["query"], "| want", row["accept"], "| got", shown, f"| rank {found}")
        for row in [*rows("nulls"), *(r for r in rows("questions") if not r["accept"])]:
            if row["half"] == half:
                kind, shown = outcome(base, row["query"], [])
                nulls[(row["kind"], kind)] += 1
                if show and half == "dev" and kind != "refused":
                    print("null", kind, row["query"], "| got", shown)
        wrong = Counter()
        for row in rows("pairs"):
            if row["half"] == half:
                for side in ("a", "b"):
                    kind, shown = outcome(base, row[side], row[f"accept_{side}"])
                    wrong[kind] += 1
                    if show and half == "dev" and kind == "wrong":
                        print("pair", kind, row[side], "| want", row[f"accept_{side}"], "| got", shown)
        total = sum(answerable.values())
        told = answerable["right"] + answerable["wrong"]
        print(f"== {half}: {total} answerable: top-1 {ranks['top1'] / total:.3f}, top-3 {ranks['top3'] / total:.3f}")
        print(
            f"   answered directly {told / total:.3f}, of these right {answerable['right'] / max(told, 1):.3f}",
            dict(answerable),
        )
        print("   unanswerable:", {f"{a} {b}": n for (a, b), n in sorted(nulls.items())})
        print("   minimal pairs:", dict(wrong))


if __name__ == "__main__":
    main()
