"""The files as the curators' workbook."""

from collections import Counter

from curation.spreadsheets.columns import BY_KEY, COLUMNS, STATUSES, cells_of
from curation.spreadsheets.topics import Defaults, topics_of
from curation.spreadsheets.workbook import Book, book_bytes
from knowledge_base.entry import Content

_GUIDE = (
    "怎么填",
    "一行是一条问答。只改要改的格；“编号”“版本”和隐藏的“指纹”列不要动，它们说明这一行原来是哪一条。",
    "新问答：在最后加一行，“编号”“版本”“指纹”留空，写上分类、标准问题和答案，最好再写相似问法、依据和条款。",
    "停用：把“状态”改成“已停用”，别的格不动。删掉一行什么也不会发生。",
    "送审和发布不在表里做：改过的行导入以后都是草稿，正在用的那一版不变。",
    "“一行一个”的列：在一格里换行（Alt+Enter），每行一个说法、一份依据、一个编号。",
    "依据、条款、原文：同一行对应同一份文件。要指明版次时写在文件名后面，如“中国共产党章程 2022”。",
    "易混问法：写看着像、其实不该这条回答的说法；应由别的条目回答的，写“说法 → 编号”。",
    "日期写成 2026-11-22。全表是文本格式，请保持；不要合并单元格，不要用公式。",
    "新分类：在“分类”表里加一行，写上负责人（职务，不写姓名）和编号前缀（字母，如 df）。",
    "“依据目录”表只供查看，改它没有用；登记新文件请改 sources.yaml。",
    "改完先看会怎样：./run kb import 文件 --preview；再写入：./run kb import 文件 --apply。",
)
_GRADES = {"A": "见过全文", "P": "只见过要点", "O": "旧版"}


def workbook(content: Content) -> bytes:
    """The workbook of a content. Raises TooLong for a text that no cell can hold."""
    rows = [cells_of(entry) for entry in content.entries]
    topics = {topic.name: (topic.owner, topic.prefix) for topic in topics_of(content, {}, Defaults()).values()}
    documents = [
        (source.doc, edition.edition, f"{_GRADES[edition.grade]}，{edition.effective} 起")
        for source in content.sources.values()
        for edition in source.editions
    ]
    states = Counter(entry.status for entry in content.entries)
    counted = "、".join(f"{STATUSES[state]} {number} 条" for state, number in states.items())
    columns = "、".join(BY_KEY[column.key].name for column in COLUMNS)
    return book_bytes(Book(rows, topics, documents, [*_GUIDE, f"这份表里：{counted}。", f"列：{columns}。"]))
