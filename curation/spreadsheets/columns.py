"""The columns of the curators' sheet: what they are called, and what one entry shows in them. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from knowledge_base.entry import Entry


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` in characters; `several`: one item a line."""

    key: str
    name: str
    width: int
    aliases: tuple[str, ...] = ()
    several: bool = False


COLUMNS = (
    Column("id", "编号", 12, ("ID", "条目编号", "序号编号")),
    Column("topic", "分类", 14, ("主题", "类别", "目录")),
    Column("question", "标准问题", 32, ("问题", "标准问", "主问题", "问")),
    Column("variants", "相似问法", 36, ("相似问", "相似问题", "问法", "扩展问", "其他问法"), several=True),
    Column("not_variants", "易混问法", 28, ("易混", "易混问题", "反例"), several=True),
    Column("answer", "答案", 60, ("标准答案", "回答", "答复", "答")),
    Column("short", "简答", 28, ("简要答案", "一句话答案", "摘要")),
    Column("docs", "依据", 30, ("来源", "文件", "依据文件", "出处"), several=True),
    Column("articles", "条款", 16, ("条文", "条款号"), several=True),
    Column("quotes", "原文", 30, ("原文摘录", "引文"), several=True),
    Column("effective_from", "生效日期", 12, ("生效", "开始日期", "起效日期")),
    Column("effective_to", "失效日期", 12, ("失效", "结束日期", "截止日期")),
    Column("review_by", "复核日期", 12, ("复核", "复核期限", "下次复核")),
    Column("applies_to", "适用对象", 14, ("对象", "适用范围"), several=True),
    Column("follow_up", "关联问题", 14, ("关联", "相关问题", "相关"), several=True),
    Column("tags", "标签", 12, ("关键词",), several=True),
    Column("status", "状态", 10),
    Column("version", "版本", 6, ("版本号",)),
    Column("mark", "指纹", 15),
)
BY_KEY = {column.key: column for column in COLUMNS}
# What a curator changes; the number, the version and the mark only say which entry it is.
EDITABLE = tuple(column.key for column in COLUMNS if column.key not in ("id", "version", "mark"))
DATES = ("effective_from", "effective_to", "review_by")
# The columns an annotated copy has on top; reading it back, nobody looks at them.
OUTCOME, FINDINGS = "处理结果", "问题说明"
STATUSES = {"draft": "草稿", "review": "待审", "approved": "已审", "published": "已发布", "retired": "已停用"}

_LOOSE = re.compile(r"\r|[^\S\n]\n")
_NAMES = {name: column.key for column in COLUMNS for name in (column.name, *column.aliases)}
_EXPLAINED = re.compile(r"[（(\[【].*$|[*:：\s]")


def key_of(header: str) -> str | None:
    """The column that a header names, by its name or an alias; width, spaces and what is in brackets are ignored."""
    folded = unicodedata.normalize("NFKC", header)
    return _NAMES.get(_EXPLAINED.sub("", folded)) or _NAMES.get(_EXPLAINED.sub("", folded).upper())


def cells_of(entry: Entry) -> dict[str, str]:
    """What the sheet shows of an entry; the mark stands for all of it."""
    cells = shown(entry)
    return cells | {"mark": mark_of(cells)}


def shown(entry: Entry) -> dict[str, str]:
    """The cells without the mark, which takes longer than all of them."""
    return {
        "id": entry.id,
        "topic": entry.topic,
        "question": entry.question,
        "variants": "\n".join(entry.variants),
        "not_variants": "\n".join(near.text for near in entry.not_variants),
        "answer": entry.answer,
        "short": entry.short,
        "docs": "\n".join(citation.doc for citation in entry.sources),
        "articles": "\n".join(citation.article for citation in entry.sources),
        "quotes": "\n".join(citation.quote for citation in entry.sources).rstrip("\n"),
        "effective_from": str(entry.effective_from or ""),
        "effective_to": str(entry.effective_to or ""),
        "review_by": str(entry.review_by),
        "applies_to": "\n".join(entry.applies_to),
        "follow_up": "\n".join(entry.follow_up),
        "tags": "\n".join(entry.tags),
        "status": STATUSES[entry.status],
        "version": str(entry.version),
    }


def mark_of(cells: Mapping[str, str]) -> str:
    """The fingerprint of a row as exported: over every cell that a curator may change."""
    return sha256("\0".join(tidy(cells[key]) for key in EDITABLE).encode()).hexdigest()[:12]


def cell_mark(text: str) -> str:
    """The fingerprint of one cell."""
    return sha256(tidy(text).encode()).hexdigest()[:12]


def tidy(text: str) -> str:
    """A cell's text as compared: office programs change line ends and blanks at the ends, and mean nothing by it."""
    if _LOOSE.search(text):
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        text = "\n".join(line.rstrip() for line in lines)
    return text.strip()


def lines_of(text: str) -> list[str]:
    """The items of a cell with one item a line; blank lines are none."""
    return [line.strip() for line in tidy(text).split("\n") if line.strip()]
