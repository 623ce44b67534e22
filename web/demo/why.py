"""“为什么这样答”: what KnowledgeBase.explain found, with Chinese names for its features. Pure."""

from typing import Any

from bot.routing import picked

FEATURES = {
    "gram_cosine": "字面相似",
    "word_cosine": "用词相似",
    "gram_back": "问法的字在问题里",
    "word_back": "问法的词在问题里",
    "sorted_ratio": "不管语序的相似",
    "sound_ratio": "读音相似",
    "same_asked": "问的是同一类",
    "same_numbers": "数字一致",
    "gram_cover": "问题的字在条目里",
    "word_cover": "问题的词在条目里",
    "told_cover": "同上，连答案在内",
    "told_grams": "问题的字在条目里，连答案在内",
    "gram_second": "与最像的两条问法",
    "gram_shared": "问题的字在多数问法里",
}
DECISIONS = {
    "answer": "直接作答",
    "choices": "列出选项",
    "refusal": "不作答",
    "handover": "转人工",
    "quiz": "答题",
    "command": "命令",
    "menu": "帮助",
    "notice": "提示",
    "error": "出错",
}
_FROM_CONTENT = ("answer", "choices", "refusal")


def asked_of_content(kind: str, text: str, decision: str | None) -> bool:
    """True for a message that was compared with the entries."""
    return kind == "text" and decision in _FROM_CONTENT and picked(text) is None


def rule(kind: str, decision: str | None) -> str:
    """Which rule a message fell under, when it was not compared; `decision` is None where the door refused it."""
    if decision is None:
        return "接口没有收下这条消息，没有处理。原因看报文和日志。"
    if kind != "text":
        return "这是一个事件（关注或点菜单），按事件处理，没有去查问答。"
    if decision == "answer":
        return "按数字从刚才的列表里选的，直接取出那一条，没有再比较。"
    return "这句话是命令，或是在回答上一句，按固定的规则处理，没有去查问答。"


def explained(found: dict[str, Any]) -> dict[str, Any]:
    """`KnowledgeBase.explain` as the page shows it: candidates with their features, best first."""
    vetoed = {each["entry"]: f"问的是“{each['said']}”，条目写的是“{each['written']}”" for each in found["veto"]}
    kept = ("normalised", "tokens", "score", "margin", "threshold", "band", "why", "bias")
    return {name: found[name] for name in kept} | {
        "candidates": [_candidate(row, vetoed.get(row["entry"], "")) for row in found["features"]]
    }


def _candidate(row: dict[str, Any], veto: str) -> dict[str, Any]:
    kept = ("entry", "question", "wording", "score", "exact", "probability")
    features = [
        {"name": name, "label": FEATURES[name], "value": value, "weight": row["weights"][name]}
        for name, value in row["features"].items()
    ]
    return {name: row[name] for name in kept} | {"features": features, "veto": veto}
