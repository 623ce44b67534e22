"""Our matching beside lexical peers, on one suite in one run: accuracy, and time per question at three sizes.

    pip install -r requirements-benchmark.txt
    .venv/bin/python benchmarks/matching.py [--sizes 5000,50000,500000] [--queries N] [--write]
    .venv/bin/python benchmarks/matching.py --curve

The suite is kb.jsonl and queries.jsonl of ZHIBU_MATCHING_DIR (default ../shared/matching_dev), the half that did not
teach. A peer that is not installed is left out and named. Larger bases are the suite's wordings, replicated with two
characters changed by a fixed seed. Times are CPU times of one thread, so that a busy machine disturbs little.
--write puts the tables between the markers of docs/explanation/performance.md and how-matching-decides.md, and draws
matching.svg beside them; --curve only measures and writes the curve of the starter base.
"""

import argparse
import json
import logging
import os
import random
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from time import process_time, thread_time

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rapidfuzz import fuzz, process  # noqa: E402 - the path comes first

from knowledge_base.engine import KnowledgeBase  # noqa: E402
from knowledge_base.entry import Content  # noqa: E402
from knowledge_base.evaluating import ANY_DAY, auc, foreign_entry, outcome  # noqa: E402
from knowledge_base.library import build, tokenizer_for  # noqa: E402
from knowledge_base.loading import load  # noqa: E402

TODAY = date(2026, 11, 22)
TOP = 10
HALVES = ("dev", "held", "late")
# A question in, the numbers of the best wordings with their scores out.
Search = Callable[[str], list[tuple[int, float]]]
Make = Callable[[Sequence[str]], Search]


def rapidfuzz_with(scorer: Callable[..., float]) -> Make:
    def make(wordings: Sequence[str]) -> Search:
        return lambda q: [(n, s / 100) for _, s, n in process.extract(q, wordings, scorer=scorer, limit=3 * TOP)]

    return make


def cut(text: str) -> list[str]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [word for word in jieba.lcut(text) if word.strip()]


def rapidfuzz_over_words(wordings: Sequence[str]) -> Search:
    joined = [" ".join(cut(text)) for text in wordings]
    inner = rapidfuzz_with(fuzz.token_set_ratio)(joined)
    return lambda q: inner(" ".join(cut(q)))


def rank_bm25(wordings: Sequence[str]) -> Search:
    from rank_bm25 import BM25Okapi

    model = BM25Okapi([cut(text) for text in wordings])
    return lambda q: best(model.get_scores(cut(q)))


def bm25s_words(wordings: Sequence[str]) -> Search:
    import bm25s

    model = bm25s.BM25()
    model.index([cut(text) for text in wordings], show_progress=False)
    return lambda q: best(model.get_scores(cut(q)))


def tantivy_grams(wordings: Sequence[str]) -> Search:
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_unsigned_field("n", stored=True)
    schema.add_text_field("t", tokenizer_name="whitespace")
    index = tantivy.Index(schema.build())
    writer = index.writer(heap_size=200_000_000, num_threads=1)
    for number, text in enumerate(wordings):
        writer.add_document(tantivy.Document(n=number, t=pre_cut(text)))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(q: str) -> list[tuple[int, float]]:
        terms = [tantivy.Query.term_query(index.schema, "t", gram) for gram in pre_cut(q).split()]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        hits = searcher.search(query, 3 * TOP, count=False).hits
        return [(int(searcher.doc(place)["n"][0]), float(score)) for score, place in hits]

    return search


def pre_cut(text: str) -> str:
    plain = re.sub(r"\W+", "", text.lower())
    return " ".join([*plain, *(plain[i : i + 2] for i in range(len(plain) - 1))])


def tfidf_grams(wordings: Sequence[str]) -> Search:
    from sklearn.feature_extraction.text import TfidfVectorizer

    model = TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
    matrix = model.fit_transform(wordings).T.tocsr()
    return lambda q: best((model.transform([q]) @ matrix).toarray()[0])


def best(scores: np.ndarray) -> list[tuple[int, float]]:
    top = np.argpartition(-scores, min(3 * TOP, len(scores) - 1))[: 3 * TOP]
    return [(int(n), float(scores[n])) for n in top[np.argsort(-scores[top], kind="stable")]]


PEERS: dict[str, Make] = {
    "rapidfuzz WRatio": rapidfuzz_with(fuzz.WRatio),
    "rapidfuzz ratio": rapidfuzz_with(fuzz.ratio),
    "rapidfuzz partial_ratio": rapidfuzz_with(fuzz.partial_ratio),
    "rapidfuzz token_set over jieba": rapidfuzz_over_words,
    "rank_bm25 + jieba": rank_bm25,
    "bm25s + jieba": bm25s_words,
    "tantivy char 1-2gram": tantivy_grams,
    "scikit-learn TF-IDF char 1-2": tfidf_grams,
}
# Those that look at every wording in Python or by edit distance take minutes beyond this size.
SLOW_BEYOND = {"rank_bm25 + jieba": 50_000} | {name: 50_000 for name in PEERS if name.startswith("rapidfuzz")}
# The row's name, accuracy figures, and milliseconds (p50, p99) by size.
Row = tuple[str, dict[str, float], dict[int, tuple[float, float]]]


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def grown(wordings: Sequence[str], size: int) -> list[str]:
    """`size` wordings: the given ones, then copies with two characters changed."""
    rng = random.Random(3)
    characters = sorted({char for text in wordings for char in text})
    found = list(wordings[:size])
    while len(found) < size:
        copy = list(wordings[len(found) % len(wordings)])
        for _ in range(2):
            copy[rng.randrange(len(copy))] = rng.choice(characters)
        found.append("".join(copy))
    return found


def accuracy(ranked: Sequence[list[tuple[str, float]]], queries: Sequence[dict]) -> dict[str, float]:
    """top-1, R@3, R@10, AUC, best F1, C95 of entries ranked with scores."""
    expected = [q["expected_id"] for q in queries]
    known = np.array([e is not None for e in expected])
    ranks = [next((n for n, (i, _) in enumerate(r, 1) if i == e), 99) for r, e in zip(ranked, expected, strict=True)]
    rank, score = np.array(ranks), np.array([r[0][1] if r else 0.0 for r in ranked])
    right = (rank == 1) & known
    order = np.argsort(-score, kind="stable")
    told = np.arange(1, len(order) + 1)
    hits = np.cumsum(right[order])
    safe = np.flatnonzero(hits / told >= 0.95)
    return {
        "top-1": float(right[known].mean()),
        "R@3": float((rank[known] <= 3).mean()),
        "R@10": float((rank[known] <= TOP).mean()),
        "AUC": auc(score[known].tolist(), score[~known].tolist()) or 0.0,
        "F1": float(max(2 * hits / (told + known.sum()))),
        "C95": float(hits[safe[-1]] / known.sum()) if len(safe) else 0.0,
    }


def timed(search: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """p50 and p99 in milliseconds, after some questions to warm up."""
    spent = []
    for text in [*texts[:20], *texts]:
        started = thread_time()
        search(text)
        spent.append((thread_time() - started) * 1000)
    return float(np.quantile(spent[20:], 0.5)), float(np.quantile(spent[20:], 0.99))


def peer_row(name: str, make: Make, kb: list[dict], queries: list[dict], sizes: list[int]) -> Row | None:
    owners = [row["id"] for row in kb for _ in row["questions"]]
    wordings = [text for row in kb for text in row["questions"]]
    try:
        search = make(wordings)
    except ImportError as error:
        print(f"{name}: left out, {error}", file=sys.stderr)
        return None

    def entries(text: str) -> list[tuple[str, float]]:
        found: dict[str, float] = {}
        for number, score in search(text):
            found.setdefault(owners[number], score)
        return list(found.items())

    figures = accuracy([entries(q["query"]) for q in queries], queries)
    texts = [q["query"] for q in queries]
    times = {}
    for size in sizes:
        if size <= SLOW_BEYOND.get(name, size):
            few = texts[: 40 if name in SLOW_BEYOND and size > 5000 else 200]
            times[size] = timed(make(grown(wordings, size)), few)
    return name, figures, times


def our_row(kb: list[dict], queries: list[dict], sizes: list[int]) -> tuple[Row, list[str]]:
    lexicon = load(ROOT / "knowledge_base" / "content").lexicon
    tokenizer = tokenizer_for(lexicon, ROOT / "instance" / "jieba")

    def base(rows: Sequence[dict]) -> KnowledgeBase:
        entries = tuple(foreign_entry(row, "kb.jsonl", n) for n, row in enumerate(rows, 1))
        return KnowledgeBase(Content(entries, {}, lexicon), tokenizer, "benchmark")

    whole = base(kb)
    ranked = [list(outcome(whole, q["query"]).candidates) for q in queries]
    scores = [outcome(whole, q["query"]).score for q in queries]
    with_score = [[(i, s) for (i, _) in r[:1]] + r[1:] for r, s in zip(ranked, scores, strict=True)]
    wordings = [text for row in kb for text in row["questions"]]
    texts, times, built = [q["query"] for q in queries], {}, []
    for size in sizes:
        many = [{"id": str(n), "questions": [text]} for n, text in enumerate(grown(wordings, size))]
        started = process_time()
        grown_base = base(many)
        built.append(f"{size:,}: {process_time() - started:.1f} s")
        times[size] = timed(lambda text, b=grown_base: b.ask(text, ANY_DAY), texts[:300])
    return ("支部助手", accuracy(with_score, queries), times), built


def table(found: Sequence[Row], sizes: Sequence[int]) -> str:
    names = list(found[0][1])
    head = ["method", *names, *(f"ms p50/p99 at {size:,}" for size in sizes)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, figures, times in found:
        cells = [f"{figures[n]:.3f}" for n in names]
        cells += ["{:.2f}/{:.2f}".format(*times[size]) if size in times else "-" for size in sizes]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(found: Sequence[Row], size: int) -> str:
    """An SVG: accuracy (top-1) over time per question (p50, logarithmic) in a base of `size` wordings."""
    shown = [(name, figures["top-1"], times[size][0]) for name, figures, times in found if size in times]
    left, right = np.log10(min(ms for *_, ms in shown)) - 0.2, np.log10(max(ms for *_, ms in shown)) + 1.1
    low, high = min(top for _, top, _ in shown) - 0.02, max(top for _, top, _ in shown) + 0.02
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 420" font-family="sans-serif" font-size="13">',
        '<rect width="760" height="420" fill="white"/>',
        '<path d="M70 20V370H740" fill="none" stroke="#666"/>',
        f'<text x="405" y="408" text-anchor="middle">{size:,} 条问法时每问的毫秒数（中位数，对数刻度）</text>',
        '<text x="18" y="195" text-anchor="middle" transform="rotate(-90 18 195)">第一名就对的比例</text>',
    ]
    for power in range(int(np.ceil(left)), int(np.floor(right)) + 1):
        x = 70 + 670 * (power - left) / (right - left)
        lines.append(f'<text x="{x:.0f}" y="388" text-anchor="middle">{10.0**power:g}</text>')
    for share in np.arange(np.ceil(low * 20) / 20, high, 0.05):
        y = 370 - 350 * (share - low) / (high - low)
        lines.append(f'<text x="62" y="{y + 4:.0f}" text-anchor="end">{share:.2f}</text>')
    for name, top, ms in shown:
        x, y = 70 + 670 * (np.log10(ms) - left) / (right - left), 370 - 350 * (top - low) / (high - low)
        ours = name == "支部助手"
        lines.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{6 if ours else 4}" fill="{"#c00" if ours else "#357"}"/>')
        lines.append(f'<text x="{x + 9:.0f}" y="{y + 4:.0f}">{name}</text>')
    return "\n".join([*lines, "</svg>", ""])


def curve() -> str:
    """Risk and coverage of the starter base over the blind questions of tests/content/, by threshold."""
    base = build(load(ROOT / "knowledge_base" / "content"), ROOT / "instance" / "jieba")
    sets = ROOT / "tests" / "content"
    asked = [row | {"accept": row["accept"]} for name in ("questions", "nulls") for row in rows(sets / f"{name}.jsonl")]
    lines = [
        "| answer at | "
        + " | ".join(f"{name} {half}" for half in HALVES for name in ("coverage", "risk", "nulls"))
        + " |",
        "|" + "---|" * (1 + 3 * len(HALVES)),
    ]
    found = [(row, outcome(base, row["query"], TODAY)) for row in asked]
    for at in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        cells = []
        for half in HALVES:
            mine = [(row["accept"], given) for row, given in found if row["half"] == half]
            told = [(accept, given) for accept, given in mine if given.score >= at and given.candidates]
            known = sum(bool(accept) for accept, _ in mine)
            wrong = sum(given.candidates[0][0] not in accept for accept, given in told)
            covered = sum(bool(accept) for accept, _ in told) / known
            nulls = sum(not accept for accept, _ in told) / (len(mine) - known)
            cells += [f"{covered:.3f}", f"{wrong / max(len(told), 1):.3f}", f"{nulls:.3f}"]
        lines.append(f"| {at} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def put(path: Path, name: str, text: str) -> None:
    """Replaces what stands between the markers of `name`, or adds them at the end."""
    start, end = f"<!-- {name}: start, written by benchmarks/matching.py -->", f"<!-- {name}: end -->"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text("utf-8") if path.exists() else ""
    block = f"{start}\n{text}\n{end}"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    after = (
        pattern.sub(lambda _: block, before) if pattern.search(before) else f"{before.rstrip()}\n\n{block}\n".lstrip()
    )
    path.write_text(after, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="5000,50000,500000")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--curve", action="store_true", help="only the curve of the starter base")
    chosen = parser.parse_args()
    docs = ROOT / "docs" / "explanation"
    if chosen.curve:
        put(docs / "how-matching-decides.md", "risk-coverage", f"## 起步内容的风险与覆盖\n\n{curve()}")
        return
    sizes = [int(size) for size in chosen.sizes.split(",") if size]
    folder = Path(os.environ.get("ZHIBU_MATCHING_DIR", "../shared/matching_dev"))
    kb, queries = rows(folder / "kb.jsonl"), rows(folder / "queries.jsonl")
    random.Random(7).shuffle(queries)
    queries = queries[len(queries) // 2 :][: chosen.queries]
    ours, built = our_row(kb, queries, sizes)
    peers = [peer_row(name, make, kb, queries, sizes) for name, make in PEERS.items()]
    shown = table([*(row for row in peers if row), ours], sizes)
    note = (
        f"{len(queries)} questions that taught nothing, {sum(len(r['questions']) for r in kb):,} wordings; CPU time of "
        f"one thread; rapidfuzz {version('rapidfuzz')}, jieba {version('jieba')}. "
        f"Our build with calibration: {', '.join(built)}."
    )
    print(f"{shown}\n\n{note}\n\n{curve()}")
    if chosen.write:
        every = [*(row for row in peers if row), ours]
        drawn = [size for size in sizes if sum(size in times for *_, times in every) > 1]
        picture = "matching.svg"
        (docs / picture).write_text(plot(every, drawn[-1]), "utf-8")
        told = f"![每种方法的快慢与准确]({picture})"
        put(docs / "performance.md", "matching", f"## 匹配：与同类并排\n\n{shown}\n\n{note}\n\n{told}")
        put(docs / "how-matching-decides.md", "risk-coverage", f"## 起步内容的风险与覆盖\n\n{curve()}")


if __name__ == "__main__":
    main()
