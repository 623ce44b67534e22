"""The request bodies of WeCom's application messages. Pure: the same message gives the same bytes.

The very same bytes again, within `duplicate_check_interval`, are not delivered twice: that is the retry's safety.
"""

from typing import Any

from bot.sending import Outgoing
from channels.bodies import checked_text, encoded

MAX_USERS = 1000
DUPLICATES_LAST = 14_400  # seconds, the most that the platform allows
# What an interactive card's answer is found under in the click's event.
QUESTION = "choice"


def body(message: Outgoing, agent_id: str) -> bytes:
    """The body. Raises ValueError, in Chinese, for what the platform would refuse or cut in silence."""
    if message.how not in ("", "work_message_send"):
        raise ValueError(f"企业微信没有这种发送方式：{message.how}")
    if not 1 <= len(message.to) <= MAX_USERS:
        raise ValueError(f"一次要发给 1 到 {MAX_USERS} 个人")
    told: dict[str, Any] = {"touser": "|".join(message.to), "agentid": int(agent_id), **_content(message)}
    told |= {"enable_duplicate_check": 1, "duplicate_check_interval": DUPLICATES_LAST}
    return encoded(told)


def _content(message: Outgoing) -> dict[str, Any]:
    match message.kind:
        case "markdown":
            return {"msgtype": "markdown", "markdown": {"content": checked_text(message.text)}}
        case "image":
            return {"msgtype": "image", "image": {"media_id": message.media_id}}
        case "card":
            card = {"title": message.title, "description": checked_text(message.text), "url": message.url}
            return {"msgtype": "textcard", "textcard": card}
        case "choices":
            return {"msgtype": "template_card", "template_card": _vote(message)}
        case _:
            return {"msgtype": "text", "text": {"content": checked_text(message.text)}}


def _vote(message: Outgoing) -> dict[str, Any]:
    """An interactive card with one choice to make; the click comes back with `task`."""
    if not message.choices or not message.task:
        raise ValueError("互动卡片要有选项和任务编号")
    options = [{"id": choice.typed, "text": choice.line, "is_checked": False} for choice in message.choices]
    return {
        "card_type": "vote_interaction",
        "main_title": {"title": message.title, "desc": checked_text(message.text)},
        "task_id": message.task,
        "checkbox": {"question_key": QUESTION, "mode": 0, "option_list": options},
        "submit_button": {"text": "提交", "key": "submit"},
    }


def button_update(agent_id: str, user: str, response_code: str, label: str) -> bytes:
    """The body that makes a clicked card show `label` instead of its button, for one user."""
    told = {"userids": [user], "agentid": int(agent_id), "response_code": response_code}
    return encoded({**told, "button": {"replace_name": label}})
