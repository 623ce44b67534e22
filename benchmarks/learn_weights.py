"""Learns matching.WEIGHTS and deciding's calibration on the general development suite, and prints them.

    .venv/bin/python benchmarks/learn_weights.py [FOLDER]

FOLDER (default: ZHIBU_MATCHING_DIR or ../shared/matching_dev) holds kb.jsonl and queries.jsonl: everyday Chinese
questions, none of them ours. One half of the queries teaches, the other half is reported.
"""

import json
import os
import random
import sys
from dataclasses import astuple, fields
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge_base.entry import Entry, Place  # noqa: E402 - the path comes first
from knowledge_base.loading import load  # noqa: E402
from knowledge_base.matching import Features, Match, Matcher  # noqa: E402
from knowledge_base.tokens import Tokenizer  # noqa: E402

DAY = date(2026, 1, 1)


def entry(row: dict) -> Entry:
    first, *rest = row["questions"]
    return Entry(
        id=row["id"], status="published", version=1, question=first, variants=tuple(rest), answer="-", short="",
        sources=(), checked_on=DAY, review_by=DAY, grade="N", topic="", owner="", place=Place("kb.jsonl", 1),
    )  # fmt: skip


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def likeness_weights(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Logistic weights, none below zero: being more alike in any view must never lower the score."""
    kept = list(range(x.shape[1]))
    while True:
        fitted = logistic(x[:, kept], y)
        negative = [column for column, weight in zip(kept, fitted[:-1], strict=True) if weight < 0]
        if not negative:
            weights = np.zeros(x.shape[1] + 1)
            weights[[*kept, -1]] = fitted
            return weights
        worst = min(negative, key=lambda column: fitted[kept.index(column)])
        kept.remove(worst)


def logistic(x: np.ndarray, y: np.ndarray, ridge: float = 1e-2, steps: int = 40) -> np.ndarray:
    """Logistic weights (bias last) by Newton's method."""
    x = np.hstack([x, np.ones((len(x), 1))])
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (p - y) + ridge * w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    return w


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ZHIBU_MATCHING_DIR", "../shared/matching_dev"))
    lexicon = load(ROOT / "knowledge_base" / "content").lexicon
    matcher = Matcher(
        [entry(row) for row in rows(folder / "kb.jsonl")],
        lexicon,
        Tokenizer(lexicon.words, lexicon.stop_words),
    )
    queries = rows(folder / "queries.jsonl")
    random.Random(7).shuffle(queries)
    ranked = [(query["expected_id"], matcher.rank(query["query"])[1]) for query in queries]
    half = len(ranked) // 2
    weights = learn(ranked[:half])
    names = [f.name for f in fields(Features)]
    print(
        "WEIGHTS",
        {name: round(float(w), 2) for name, w in zip(names, weights[:-1], strict=True)},
        "BIAS",
        round(float(weights[-1]), 2),
    )
    teach, report = (
        [rescored(expected, matches, weights) for expected, matches in part] for part in (ranked[:half], ranked[half:])
    )
    x = np.array([[odds(s1), s1 - s2] for s1, s2, _ in teach])
    y = np.array([right for *_, right in teach], float)
    slope, margin, offset = logistic(x, y)
    print(f"SLOPE, MARGIN_WEIGHT, OFFSET = {slope:.2f}, {margin:.2f}, {offset:.2f}")
    score = np.array([1 / (1 + np.exp(-(slope * odds(s1) + margin * (s1 - s2) + offset))) for s1, s2, _ in report])
    right = np.array([r for *_, r in report])
    answerable = np.array([expected is not None for expected, _ in ranked[half:]])
    print("top-1", right[answerable].mean().round(4), "AUC", auc(score[answerable], score[~answerable]).round(4))
    for at in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        told = score >= at
        print(
            f"answer at {at}: share of answerable {told[answerable].mean():.3f} "
            f"precision {right[told].mean():.3f} nulls {told[~answerable].mean():.3f}"
        )


def learn(part: list[tuple[str | None, list[Match]]]) -> np.ndarray:
    x, y = [], []
    for expected, matches in part:
        for match in matches[:5]:
            x.append(astuple(match.features))
            y.append(match.entry.id == expected)
    return likeness_weights(np.array(x), np.array(y, float))


def rescored(expected: str | None, matches: list[Match], weights: np.ndarray) -> tuple[float, float, bool]:
    scores = sorted(
        ((1 / (1 + np.exp(-(np.dot(astuple(m.features), weights[:-1]) + weights[-1]))), m.entry.id) for m in matches),
        reverse=True,
    )
    first = scores[0] if scores else (0.0, "")
    second = scores[1][0] if len(scores) > 1 else 0.0
    return float(first[0]), float(second), expected is not None and first[1] == expected


def odds(p: float) -> float:
    return float(np.log(max(p, 1e-9) / max(1 - p, 1e-9)))


def auc(positive: np.ndarray, negative: np.ndarray) -> np.float64:
    order = np.argsort(np.concatenate([positive, negative]))
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    n, m = len(positive), len(negative)
    return np.float64((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


if __name__ == "__main__":
    main()
