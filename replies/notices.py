"""Notes that ride on a reply: a correction of what was answered, and the answer somebody waited for."""

from curation.telling import Correction
from knowledge_base.entry import Entry
from replies.answers import cited, validity

# A longer answer is asked for by its question: a note stands behind another reply.
LONGEST = 600


def correction(told: Correction) -> str:
    """【更正通知】: what was given on which day, what holds now, what has changed."""
    day = f"{told.day.month} 月 {told.day.day} 日"
    if told.now is None:
        return (
            f"【更正通知】您 {day}看过的答案（{told.entry_id} 第{told.version}版）已经停用，请不要再按它办理。"
            "有疑问请回复“转人工”。（每条更正只通知一次）"
        )
    entry = told.now
    changed = next((line.note for line in entry.history if line.version == entry.version and line.note), "")
    return (
        f"【更正通知】您 {day}看过的“{entry.question}”（{entry.id} 第{told.version}版）有更正，"
        f"现在以第{entry.version}版为准。"
        + (f"变化：{changed}。" if changed else "")
        + f"直接发“{entry.question}”看现在的答案。（每条更正只通知一次）"
    )


def answered(question: str, entry: Entry, visible: bool) -> str:
    """【您等的答复】: the entry's own text, byte for byte, where it is short enough and the account may see it."""
    told = f"【您等的答复】您问过的“{question}”有审核过的答案了"
    if not visible:
        return f"{told}，只给绑定的党员看。请先回复“绑定”与支部连上，再直接发“{entry.question}”。"
    lines = [f"{told}："]
    if len(entry.answer.encode()) <= LONGEST:
        lines += [entry.answer, *(f"【依据】{each}" for each in cited(entry.sources)), validity(entry)]
    else:
        lines += [entry.short] if entry.short else []
        lines.append(f"全文请直接发“{entry.question}”。【编号】{entry.id}·第{entry.version}版")
    return "\n".join(lines)
