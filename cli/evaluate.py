"""`./run kb evaluate`: the product's matching on any base and any questions, with figures."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import click
import numpy as np

from cli.services import USAGE, Services, hint, pass_services, say, stop
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content
from knowledge_base.evaluating import Outcome, figures, foreign_entry, outcome, query
from knowledge_base.library import tokenizer_for
from knowledge_base.loading import load

T = TypeVar("T")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MEBIBYTE = 2**20


@click.command()
@click.option("--entries", required=True, type=_FILE, help="条目，每行一个 JSON：id、questions、answer（可无）")
@click.option("--queries", required=True, type=_FILE, help="问题，每行一个 JSON：query、expected_id（无答案为 null）")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="结果写到这个文件")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def evaluate(services: Services, entries: Path, queries: Path, out: Path, as_json: bool) -> None:
    """拿任意一套问答和问题，测配得准不准、快不快。用的就是答复党员的那条路。"""
    known = _read(entries, lambda row, line: foreign_entry(row, entries.name, line))
    asked = _read(queries, lambda row, _: query(row))
    lexicon = load(services.settings.content_dir).lexicon
    tokenizer = tokenizer_for(lexicon, services.settings.instance_dir / "jieba")
    before, started = _peak_memory(), perf_counter()
    base = KnowledgeBase(Content(tuple(known), {}, lexicon), tokenizer, "evaluate", reranker=services.reranker())
    built, memory = perf_counter() - started, _peak_memory() - before
    outcomes, seconds = _ask_all(base, [each.text for each in asked])
    lines = (json.dumps(each.as_json(), ensure_ascii=False) for each in outcomes)
    out.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    found: dict[str, Any] = figures(asked, outcomes) | {
        "p50_ms": _quantile(seconds, 0.50),
        "p99_ms": _quantile(seconds, 0.99),
        "build_s": round(built, 3),
        "memory_mib": round(memory / _MEBIBYTE, 1),
    }
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        say(f"{_NAMES[name]}：{'—' if value is None else value}")


def _read(path: Path, make: Callable[[dict[str, Any], int], T]) -> list[T]:
    found = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(make(row, number))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            stop(USAGE, f"{path}:{number} 读不懂（{error}）。每行应是一个 JSON 对象，字段见 ./run kb evaluate --help。")
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        stop(USAGE, f"{path} 不是 UTF-8 文本，请另存为 UTF-8。")


def _ask_all(base: KnowledgeBase, texts: list[str]) -> tuple[list[Outcome], list[float]]:
    outcomes, seconds = [], []
    with click.progressbar(texts, label="正在提问", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for text in bar:
            started = perf_counter()
            outcomes.append(outcome(base, text))
            seconds.append(perf_counter() - started)
    return outcomes, seconds


def _quantile(seconds: list[float], share: float) -> float | None:
    return round(float(np.quantile(seconds, share)) * 1000, 3) if seconds else None


def _peak_memory() -> int:
    """The most memory this process has used so far, in bytes; 0 where the system does not tell."""
    try:
        import resource  # not on Windows
    except ImportError:
        hint("本系统不提供内存用量。")
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


_NAMES = {
    "answerable": "有答案的问题",
    "nulls": "没有答案的问题",
    "top1": "第一名就对 top-1",
    "recall_at_3": "前三名里有 R@3",
    "recall_at_10": "前十名里有 R@10",
    "mrr": "平均倒数名次 MRR",
    "auc": "该不该答分得开 AUC",
    "answered_share": "有答案的问题中直接作答的比例",
    "answered_precision": "直接作答中答对的比例",
    "choices_share": "有答案的问题中列出选项的比例",
    "nulls_answered": "没有答案却直接作答的比例",
    "p50_ms": "每问用时中位数（毫秒）",
    "p99_ms": "每问用时 99% 以内（毫秒）",
    "build_s": "建索引用时（秒）",
    "memory_mib": "建索引用内存（MiB）",
}
