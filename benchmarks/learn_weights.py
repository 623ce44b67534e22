"""Learns features.WEIGHTS and deciding's calibration, and prints them with figures on questions kept aside.

    .venv/bin/python benchmarks/learn_weights.py [FOLDER]

FOLDER (default: ZHIBU_MATCHING_DIR or ../shared/matching_dev) holds kb.jsonl and queries.jsonl: everyday Chinese
questions, none of them ours. One half of the queries teaches, the other half is reported. The half called `dev` of
tests/content/ teaches along (its `held` half never does), because only our content has answers and topics.

Two steps. Which entry: a conditional logit over the candidates of each question. Whether it is right: a logistic over
the best one's evidence. No weight may be negative: being more alike in any view must never lower the score.
"""

import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge_base import features  # noqa: E402 - the path comes first
from knowledge_base.deciding import LONGEST_LEAD, NO_RIVAL  # noqa: E402
from knowledge_base.entry import Entry, Lexicon, Place  # noqa: E402
from knowledge_base.evaluating import auc  # noqa: E402
from knowledge_base.library import tokenizer_for  # noqa: E402
from knowledge_base.loading import load  # noqa: E402
from knowledge_base.matching import Match, Matcher  # noqa: E402
from knowledge_base.tokens import Tokenizer  # noqa: E402

DAY = date(2026, 1, 1)
# One question of ours teaches as much as this many of the general suite: (which entry, whether it is right). Blind ones
# of the development half, those that curators noted at an entry, their near wordings, and wordings asked while they or
# their whole entry are hidden.
BLIND, NOTED, NEAR, HIDDEN, GONE = (6.0, 0.0), (2.0, 0.8), (0.0, 0.4), (1.0, 0.2), (0.0, 0.5)
# Bases of few and of many wordings must be served by the same weights.
MANY = 99
KEPT = (0, 1, 3)
CALIBRATED = ("same_asked", "gram_back", "word_back")
NAMES = features.Features._fields

# The right entries of a question, and its candidates.
Asked = tuple[frozenset[str], list[Match]]


def entry(row: dict) -> Entry:
    first, *rest = row["questions"]
    return Entry(
        id=row["id"], status="published", version=1, question=first, variants=tuple(rest), answer="", short="",
        sources=(), checked_on=DAY, review_by=DAY, grade="N", topic="", owner="", place=Place("kb.jsonl", 1),
    )  # fmt: skip


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def climb(gradient: Callable[[np.ndarray], np.ndarray], size: int, free: int = 0, steps: int = 3000) -> np.ndarray:
    """Projected gradient ascent with momentum (Adam); all weights but the last `free` ones stay at or above zero."""
    w, m, v = np.full(size, 0.5), np.zeros(size), np.zeros(size)
    for step in range(1, steps + 1):
        g = gradient(w)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w = w + 0.03 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        w[: size - free] = np.maximum(w[: size - free], 0)
    return w


def learn_order(parts: list[tuple[list[Asked], float]], ridge: float = 1e-3) -> np.ndarray:
    """The conditional logit: the right entries against all candidates of their question."""
    x, right, size, weight = [], [], [], []
    for asked, counts in parts:
        for accept, matches in asked:
            hits = [m.entry.id in accept for m in matches]
            free = [hit for hit, m in zip(hits, matches, strict=True) if m.veto is None]
            if any(free) and not all(free):
                x += [m.features for m in matches if m.veto is None]
                right += [hit for hit, m in zip(hits, matches, strict=True) if m.veto is None]
                size.append(sum(m.veto is None for m in matches))
                weight.append(counts)
    features, hit, lengths = np.array(x), np.array(right), np.array(size)
    starts, share = np.cumsum(lengths) - lengths, np.array(weight) / sum(weight)

    def gradient(w: np.ndarray) -> np.ndarray:
        e = np.exp(features @ w - np.repeat(np.maximum.reduceat(features @ w, starts), lengths))
        among_all = e / np.repeat(np.add.reduceat(e, starts), lengths)
        hits = np.where(hit, e, 0)
        among_right = hits / np.repeat(np.add.reduceat(hits, starts) + 1e-30, lengths)
        return features.T @ ((among_right - among_all) * np.repeat(share, lengths)) - 2 * ridge * w

    weights = climb(gradient, features.shape[1])
    # Questions with other numbers than the wording are too few to teach anything, and too dear to get wrong.
    weights[NAMES.index("same_numbers")] = max(weights[NAMES.index("same_numbers")], 0.3)
    return weights


def learn_certainty(parts: list[tuple[list[Asked], float]], weights: np.ndarray) -> np.ndarray:
    """Logistic weights over the best candidate's evidence, the offset last."""
    found = [(*best_of(case, weights), counts) for asked, counts in parts if counts for case in asked]
    x = np.array([[*evidence, 1.0] for evidence, _, _ in found])
    right, counts = np.array([hit for _, hit, _ in found], float), np.array([counts for *_, counts in found])
    return climb(lambda w: x.T @ ((right - 1 / (1 + np.exp(-x @ w))) * counts) / counts.sum(), x.shape[1], free=1)


def best_of(asked: Asked, weights: np.ndarray) -> tuple[list[float], bool]:
    """The evidence of the best candidate by these weights, and whether it is right."""
    accept, ranked = asked
    matches = [match for match in ranked if match.veto is None]
    if not matches:
        return [-12.0, 0.0, 0.0, 0.0, 0.0, 0.0], False
    scored = sorted(((float(np.dot(m.features, weights)), n) for n, m in enumerate(matches)), reverse=True)
    lead = min(scored[0][0] - scored[1][0], LONGEST_LEAD) if len(scored) > 1 else LONGEST_LEAD
    best = matches[scored[0][1]]
    odds = np.array([score + features.BIAS for score, _ in scored] + [NO_RIVAL])
    crowd = float(np.log(np.exp(odds - odds[0]).sum()))
    evidence = [scored[0][0] + features.BIAS, lead, -crowd, *(getattr(best.features, name) for name in CALIBRATED)]
    return evidence, best.entry.id in accept


def our_questions(tokenizer: Tokenizer) -> list[tuple[list[Asked], tuple[float, float]]]:
    """Questions about the starter content, with what they count."""
    content = load(ROOT / "knowledge_base" / "content")
    live = [replace(entry, not_variants=()) for entry in content.entries if entry.status == "published"]
    matcher = Matcher(live, content.lexicon, tokenizer)

    def asked(text: str, *accept: str) -> Asked:
        return frozenset(accept), matcher.rank(matcher.read(text))

    blind = [row for row in rows(ROOT / "tests" / "content" / "questions.jsonl") if row["half"] == "dev"]
    noted = [(test.ask, test.expect) for entry in live for test in entry.tests if test.expect]
    near = [each for entry in content.entries if entry.status == "published" for each in entry.not_variants]
    few = [case for most in KEPT for case in _hidden(live, most, content.lexicon, tokenizer)]
    gone = [
        (frozenset[str](), matcher.rank(matcher.read(text), None, matcher.owners == owner))
        for owner, text in list(zip(matcher.owners.tolist(), matcher.wordings, strict=True))[::3]
    ]
    return [
        ([asked(row["query"], *row["accept"]) for row in blind], BLIND),
        ([asked(ask, entry_id) for ask, entry_id in noted], NOTED),
        ([asked(each.text, *({each.goes_to} - {"refuse"})) for each in near], NEAR),
        (_hidden(live, MANY, content.lexicon, tokenizer), HIDDEN),
        (few, (HIDDEN[0], 0.0)),
        (gone, GONE),
    ]


def _hidden(entries: Sequence[Entry], most: int, lexicon: Lexicon, tokenizer: Tokenizer) -> list[Asked]:
    """Each wording asked while it is hidden, in a base that keeps at most so many wordings of each entry."""
    found = []
    for turn in range(3 if most < MANY else 1):
        kept = [replace(each, variants=each.variants[:most], not_variants=()) for each in entries]
        matcher = Matcher(kept, lexicon, tokenizer)
        if most < MANY:
            asked = [(e.id, e.variants[most + turn], None) for e in entries if len(e.variants) > most + turn]
        else:
            asked = [(matcher.entries[o].id, matcher.wordings[n], n) for n, o in enumerate(matcher.owners.tolist())]
        for entry_id, text, number in asked:
            without = np.arange(len(matcher.wordings)) == number if number is not None else None
            found.append((frozenset([entry_id]), matcher.rank(matcher.read(text), None, without)))
    return found


def report(asked: list[Asked], weights: np.ndarray, calibration: np.ndarray) -> None:
    found = [best_of(each, weights) for each in asked]
    right = np.array([hit for _, hit in found])
    answerable = np.array([bool(accept) for accept, _ in asked])
    score = 1 / (1 + np.exp(-(np.array([x for x, _ in found]) @ calibration[:-1] + calibration[-1])))
    order = np.argsort(-score)
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    at95 = np.flatnonzero(precision >= 0.95)
    c95 = right[order][: at95[-1] + 1].sum() / answerable.sum() if len(at95) else 0.0
    f1 = max(2 * np.cumsum(right[order]) / (np.arange(1, len(order) + 1) + answerable.sum()))
    separation = auc(score[answerable].tolist(), score[~answerable].tolist())
    print(f"top-1 {right[answerable].mean():.4f} AUC {separation} F1 {f1:.4f} C95 {c95:.3f}")
    for at in (0.7, 0.75, 0.8, 0.85, 0.9):
        told = score >= at
        print(
            f"answer at {at}: share of answerable {told[answerable].mean():.3f} "
            f"precision {right[told].mean():.3f} nulls {told[~answerable].mean():.3f}"
        )


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ZHIBU_MATCHING_DIR", "../shared/matching_dev"))
    lexicon = load(ROOT / "knowledge_base" / "content").lexicon
    tokenizer = tokenizer_for(lexicon, None)
    matcher = Matcher([entry(row) for row in rows(folder / "kb.jsonl")], lexicon, tokenizer)
    queries = rows(folder / "queries.jsonl")
    random.Random(7).shuffle(queries)
    asked = [
        (frozenset([q["expected_id"]] if q["expected_id"] else []), matcher.rank(matcher.read(q["query"])))
        for q in queries
    ]
    half, ours = len(asked) // 2, our_questions(tokenizer)
    weights = learn_order([(asked[:half], 1.0), *((cases, counts[0]) for cases, counts in ours if counts[0])])
    print("WEIGHTS", {name: round(float(w), 2) for name, w in zip(NAMES, weights, strict=True)})
    calibration = learn_certainty([(asked[:half], 1.0), *((cases, counts[1]) for cases, counts in ours)], weights)
    names = ("LIKENESS", "LEAD", "CROWD", *(name.upper() for name in CALIBRATED), "OFFSET")
    print({name: round(float(w), 2) for name, w in zip(names, calibration, strict=True)})
    report(asked[half:], weights, calibration)


if __name__ == "__main__":
    main()
