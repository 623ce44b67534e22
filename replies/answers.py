"""How answers, choices and refusals read. The answer's own text is the curators', byte for byte."""

from collections.abc import Sequence

from bot.message import Awaiting, Choice, Reply
from knowledge_base.engine import Answer, Choices, Result, Unknown
from knowledge_base.entry import Citation, Entry, Source

NO_RULE = "【依据】没有查到全国性的明确规定"
SEE_TEXT = "（本条只依据文件要点整理，请以原文为准）"
OUTDATED = "（依据可能已更新，请核对后再用）"
REASON, OWN_REASON, WISH = "useless_reason", "useless_words", "answer_wish"
# The last one asks for the member's own words.
REASONS = ("答非所问", "看不懂", "内容过时了", "其他（下一条写一句话）")
EXAMPLES = ("预备期多长", "党费交多少", "三会一课是什么")


def reply_to(result: Result, refusals_before: int = 0) -> Reply:
    """The reply for what the knowledge base found. `refusals_before`: how many refusals came just before."""
    match result:
        case Answer():
            return answer(result)
        case Choices():
            return choices(result)
        case Unknown():
            return refusal(result, refusals_before)


def answer(result: Answer) -> Reply:
    """Answer first, then 【依据】【有效】【编号】, then what is often asked next."""
    entry = result.entry
    listed = numbered(result.related)
    footer = [f"【依据】{line}" for line in cited(entry.sources)] or [NO_RULE]
    footer.append(validity(entry))
    if entry.grade == "P":
        footer.append(SEE_TEXT)
    if result.outdated:
        footer.append(OUTDATED)
    if listed:
        footer += ["相关（回复数字）：", *_lines(listed)]
    return Reply(
        "answer",
        entry.answer,
        "\n".join(footer),
        entry=entry.id,
        version=entry.version,
        score=round(result.score, 4),
        choices=listed,
    )


def cited(sources: Sequence[Citation]) -> list[str]:
    """One line a document and edition, with all its articles."""
    articles: dict[tuple[str, str], list[str]] = {}
    for citation in sources:
        articles.setdefault((citation.doc, citation.edition), []).append(citation.article)
    return [f"《{doc}》{'、'.join(named)}（{edition} 年版）" for (doc, edition), named in articles.items()]


def validity(entry: Entry) -> str:
    """【有效】 and 【编号】: since when, until when, when checked, and which version this is."""
    since = f"{entry.effective_from} 起｜" if entry.effective_from else ""
    until = f"至 {entry.effective_to}｜" if entry.effective_to else ""
    return f"【有效】{since}{until}核对 {entry.checked_on}【编号】{entry.id}·第{entry.version}版"


def choices(result: Choices) -> Reply:
    """Up to five numbered questions, one of which is probably meant."""
    listed = numbered(result.options)
    lines = ["您可能想问（10 分钟内回复数字）：", *_lines(listed), "0 都不是"]
    return Reply("choices", "\n".join(lines), score=round(result.score, 4), choices=listed)


def refusal(result: Unknown, refusals_before: int = 0) -> Reply:
    """An honest "I do not know". The same words for each kind; after two in a row a person is offered."""
    if result.in_scope:
        listed = numbered(result.nearest)
        lines = ["这个问题我没有审核过的答案，不便作答。"]
        if listed:
            lines += ["最接近的条目（不一定是同一个问题，回复数字可看）：", *_lines(listed)]
        lines.append("问题已记下，供整理问答的同志补充（不记是谁问的）。要人答复，请回复“转人工”。")
        lines.append("想在有答案时收到通知，请回复“等答复”（只为这件事记下是您问的，通知后删去）。")
    else:
        listed = ()
        lines = ["这不在支部政策与学习的范围内，我不回答。可以问：", *EXAMPLES]
        lines.append("问题已不记名记下。回复“帮助”看我会做什么。")
    if refusals_before:
        lines.append("连着两次没能答上来，需要的话回复“转人工”，请负责同志答复您。")
    return Reply("refusal", "\n".join(lines), score=round(result.score, 4), choices=listed)


def where_to_read(entry: Entry, sources: Sequence[Source]) -> Reply:
    """原文: where the cited texts can be read in full."""
    if not entry.sources:
        text = "这一条没有查到全国性的明确规定，请向上级党委组织部门询问。"
    else:
        read_at = [f"《{source.doc}》：{source.read_at}" for source in sources]
        text = "\n".join(["这一条依据：", *cited(entry.sources), "在哪里看原文：", *read_at])
    return Reply("command", text, keeps_list=True, recalls_answer=True)


def no_answer_before() -> Reply:
    """原文, 有用 or 没用 without an answer just before."""
    return Reply("notice", "您还没有刚看过的答案。先问一个问题，再回复“原文”“有用”或“没用”。", keeps_list=True)


def thanks(*, useful: bool) -> Reply:
    """After 有用 or 没用."""
    if useful:
        return Reply("command", "谢谢，已记下（只计次数，不记是谁）。", keeps_list=True, recalls_answer=True)
    lines = ["谢谢，已记下，会请整理问答的同志核对（只计次数，不记是谁）。要人答复，请回复“转人工”。"]
    lines.append("方便的话说说哪里不合适（回复数字，不说也行）：")
    lines += [f"{number} {reason}" for number, reason in enumerate(REASONS, 1)]
    return Reply("command", "\n".join(lines), awaiting=Awaiting(REASON), recalls_answer=True)


def ask_reason() -> Reply:
    """Another reason than those listed: in the member's own words."""
    text = "请用一句话写下来，下一条消息会不记名地交给整理问答的同志；回复 0 不写。"
    return Reply("command", text, awaiting=Awaiting(OWN_REASON), recalls_answer=True)


def reason_taken() -> Reply:
    """The reason is kept."""
    return Reply("command", "谢谢，原因已记下（不记是谁）。", recalls_answer=True)


def reason_left() -> Reply:
    """0 instead of a reason."""
    return Reply("notice", "好的，不写原因。", recalls_answer=True)


def wish_taken() -> Reply:
    """等答复 after a refusal."""
    text = "好的，有了审核过的答案，会随您的下一条消息告诉您一次，然后删去这条记录。可以在“我的”里看到。"
    return Reply("command", text)


def nothing_to_wait_for() -> Reply:
    """等答复 without a refusal just before."""
    text = "没有刚没答上来的问题可以等。请把问题再发一次；答不上来时，马上回复“等答复”。"
    return Reply("notice", text, keeps_list=True, recalls_answer=True)


def numbered(entries: Sequence[Entry]) -> tuple[Choice, ...]:
    """Entries as a list to pick from."""
    return tuple(Choice(n, entry.id, entry.question) for n, entry in enumerate(entries, 1))


def _lines(listed: Sequence[Choice]) -> list[str]:
    return [choice.line for choice in listed]
