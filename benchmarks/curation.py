"""How long curating takes at size: kb lint over 16,000 wordings, a workbook of 5,000 rows out and in.

    python -m benchmarks.curation            # every figure, each in seconds
    python -m benchmarks.curation --rows 500

Peer, in the same run: openpyxl reading the same workbook, which is what most tools do.
"""

import argparse
import io
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

from openpyxl import load_workbook

from curation.spreadsheets import exporting, importing
from curation.spreadsheets.batches import Batches
from curation.spreadsheets.topics import Defaults
from knowledge_base.entry import Entry
from knowledge_base.linting import lint
from knowledge_base.loading import load
from knowledge_base.near import near_pairs
from knowledge_base.text import normalise
from knowledge_base.writing import TopicFile, topic_text

CONTENT = Path(__file__).resolve().parent.parent / "knowledge_base" / "content"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
SIGNS = "党员支部大会表决转正预备期组织关系接收发展对象培养联系人谈话记录材料时间怎么办理多久几次哪里谁能不能"
T = TypeVar("T")


def timed(name: str, work: Callable[[], T]) -> T:
    """Runs once and prints the seconds on the clock, and those of the processor: on a busy machine they differ."""
    started, used = perf_counter(), process_time()
    found = work()
    print(f"{name:<40} {perf_counter() - started:6.2f} s  (cpu {process_time() - used:5.2f})", flush=True)
    return found


def made(base: Entry, number: int, wordings: int, rng: random.Random) -> Entry:
    """An entry with its own wordings of 8 to 20 signs, and an answer of 120."""
    texts = ["".join(rng.choices(SIGNS, k=rng.randrange(8, 20))) + str(number) for _ in range(wordings)]
    answer = "".join(rng.choices(SIGNS, k=120))
    return replace(base, id=f"b-{number:05}", question=texts[0], variants=tuple(texts[1:]), answer=answer, follow_up=(),
                   not_variants=(), tests=(), facts=())  # fmt: skip


def folder_of(entries: list[Entry], parent: Path) -> Path:
    """A content folder with these entries, 200 in a file."""
    folder = parent / "content"
    shutil.copytree(CONTENT, folder, ignore=lambda *_: {"qa"})
    (folder / "qa").mkdir()
    for start in range(0, len(entries), 200):
        file = TopicFile(f"主题{start}", "组织委员", tuple(entries[start : start + 200]))
        (folder / "qa" / f"{start}.yaml").write_text(topic_text(file), "utf-8")
    return folder


def linting(base: Entry, rng: random.Random, parent: Path) -> None:
    """4,000 entries with 4 wordings each."""
    folder = folder_of([made(base, number, 4, rng) for number in range(4_000)], parent)
    content = timed("load 4,000 entries", lambda: load(folder))
    wordings = [normalise(wording) for entry in content.entries for wording in entry.wordings]
    timed(f"all pairs of {len(wordings):,} wordings", lambda: list(near_pairs(wordings, 90)))
    timed("kb lint, all codes", lambda: lint(content, TODAY))


def sheets(base: Entry, rng: random.Random, parent: Path, rows: int) -> None:
    """A workbook of that many rows; every second answer is changed, and as many new rows come from a CSV."""
    folder = folder_of([made(base, number, 3, rng) for number in range(rows)], parent)
    content = load(folder)
    data = timed(f"export {rows:,} rows", lambda: exporting.workbook(content))
    book = load_workbook(io.BytesIO(data))
    for row in range(2, rows + 2, 2):
        book["问答"].cell(row, 6).value = f"{book['问答'].cell(row, 6).value}改。"
    stream = io.BytesIO()
    book.save(stream)
    changed, batches = stream.getvalue(), Batches(folder, parent / "imports")
    timed("peer: openpyxl reads the workbook", lambda: read_with_openpyxl(changed))
    timed("preview, nothing changed", lambda: importing.preview(data, "", folder, TODAY, Defaults()))
    seen = timed(
        "preview, half of the answers changed", lambda: importing.preview(changed, "", folder, TODAY, Defaults())
    )
    assert seen.merged.counts["changed"] == rows // 2
    batch = timed("apply them", lambda: importing.apply(seen, batches, "b", NOW))
    assert batch
    timed("undo them", lambda: batches.undo(batch))
    new = [made(base, 90_000 + number, 1, rng) for number in range(rows)]
    table = "".join(["question,answer\n", *(f"{entry.question},{entry.answer}\n" for entry in new)]).encode("gb18030")
    topic = Defaults(topic=content.entries[0].topic)
    seen = timed("preview as many new rows (GBK CSV)", lambda: importing.preview(table, "", folder, TODAY, topic))
    assert seen.merged.counts["new"] == rows
    timed("apply them", lambda: importing.apply(seen, batches, "b", NOW))


def read_with_openpyxl(data: bytes) -> int:
    """How many cells there are."""
    book = load_workbook(io.BytesIO(data), read_only=True)
    return sum(len(row) for row in book["问答"].iter_rows(values_only=True))


def main() -> None:
    """Prints every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000)
    rows = parser.parse_args().rows
    base, rng = load(CONTENT).entries[0], random.Random(5)
    for work in (lambda parent: linting(base, rng, parent), lambda parent: sheets(base, rng, parent, rows)):
        with tempfile.TemporaryDirectory() as parent:
            work(Path(parent))


if __name__ == "__main__":
    main()
