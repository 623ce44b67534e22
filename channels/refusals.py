"""What the platforms' error codes mean: the class that says what to do next, and a sentence for the administrator.

Sources: the platforms' lists of return codes (全局返回码), and the pages of each API.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from bot.sending import Refused, RefusedKind
from bot.turn import SHANGHAI

Wait = Literal["", "moment", "minute", "day", "month", "mass"]
HTTP_STATUS = range(300, 500)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: RefusedKind
    text: str
    wait: Wait = ""


_SHARED = {
    -1: _Rule("transient", "平台系统繁忙，稍后自动再试。", "moment"),
    40001: _Rule("token", "换过的 access_token 仍被拒绝：请检查密钥，并确认没有别的程序用同一个密钥换令牌。", "minute"),
    40014: _Rule("token", "换过的 access_token 仍被拒绝：请检查密钥，并确认没有别的程序用同一个密钥换令牌。", "minute"),
    42001: _Rule("token", "换过的 access_token 仍被拒绝：请检查服务器的时钟。", "minute"),
    41001: _Rule("bug", "请求里没有 access_token：请把这一行日志交给维护者。"),
    47001: _Rule("bug", "请求的格式不对：请把这一行日志交给维护者。"),
    45002: _Rule("content", "正文太长，平台不收：请缩短到 1800 字节以内。"),
    40007: _Rule("content", "素材编号无效或已过期：请重新上传图片。"),
    44004: _Rule("content", "正文是空的：请检查要推送的内容。"),
    40125: _Rule("config", "密钥（Secret）不对：请到平台重新抄写，并写进 .env。"),
    429: _Rule("rate", "调用太快，平台要求慢一些，一分钟后自动继续。", "minute"),
}
OFFICIAL: Mapping[int, _Rule] = _SHARED | {
    40013: _Rule("config", "AppID 不对：请对照公众平台“基本配置”改正 ZHIBU_WECHAT_MP_APP_ID。"),
    40164: _Rule("config", "服务器的 IP {ip} 不在白名单：请到公众平台“基本配置”把它加进“IP 白名单”。"),
    40003: _Rule("recipient", "这个成员的编号平台不认：可能已注销，或不是这个公众号的关注者。"),
    43004: _Rule("recipient", "他已取消关注。"),
    48002: _Rule("recipient", "他在公众号设置里拒收消息。"),
    45015: _Rule("window", "客服消息窗口已关闭：随他的下一条消息送达。"),
    45047: _Rule("window", "客服消息的条数已用完：随他的下一条消息送达。"),
    43101: _Rule("consent", "他没有同意接收，或同意的次数已用完：随他的下一条消息送达。"),
    45008: _Rule("content", "图文太多：一条客服消息只能有一篇。"),
    40037: _Rule("config", "通知模板的编号不对：请对照公众平台上的模板编号改正。"),
    47003: _Rule("content", "模板里有一项太长或类型不对（{said}）：请改短，thing 类不超过 20 个字。"),
    45009: _Rule("quota", "今天的接口调用次数已用完，明天零点后自动继续。", "day"),
    45011: _Rule("rate", "一分钟内调用太多，一分钟后自动继续。", "minute"),
    45028: _Rule("quota", "群发的次数已用完：订阅号明天、服务号下月才能再发。", "mass"),
    45065: _Rule("idempotent", "平台已收到过这一次群发。"),
    45066: _Rule("rate", "同一次群发重试得太快，一分钟后自动再试。", "minute"),
    48001: _Rule("capability", "这个公众号没有这个接口：客服消息、群发要认证，订阅通知、模板消息还要是服务号。"),
    48006: _Rule("quota", "清零次数已用完，下月才能再清。", "month"),
    50002: _Rule("config", "公众号被平台限制：请登录公众平台看站内通知。"),
}
WORK: Mapping[int, _Rule] = _SHARED | {
    40013: _Rule("config", "企业 ID 不对：请对照企业微信“我的企业”改正 ZHIBU_WECOM_CORP_ID。"),
    40056: _Rule("config", "应用的 AgentId 不对：请对照企业微信后台改正 ZHIBU_WECOM_AGENT_ID。"),
    301002: _Rule(
        "config", "密钥不属于这个应用：请检查 ZHIBU_WECOM_AGENT_ID 和 ZHIBU_WECOM_SECRET 是不是同一个应用的。"
    ),
    60020: _Rule("config", "服务器的 IP {ip} 不在可信名单：请到企业微信后台这个应用的“企业可信 IP”里加上。"),
    60111: _Rule("recipient", "企业里没有这个成员，或不在应用的可见范围内。"),
    81013: _Rule("recipient", "收件人都不在应用的可见范围内：请管理员把他们加进可见范围。"),
    45009: _Rule("rate", "调用太快（每分钟或每小时的上限），过一会儿自动继续。", "minute"),
    45033: _Rule("rate", "同时调用太多，一分钟后自动继续。", "minute"),
    48002: _Rule("capability", "这个应用没有发消息的权限：请在企业微信后台检查应用的权限。"),
    72000: _Rule("content", "这张卡片已经更新过，或已过 72 小时，不能再改。"),
    40058: _Rule("content", "卡片或正文有一项不合规定（{said}）。"),
}
_IP = re.compile(r"(?:invalid ip|from ip:?)\s*([0-9a-fA-F.:]*[0-9a-fA-F])")


def refusal(rules: Mapping[int, _Rule], code: int, said: str, now: datetime, *, mass_monthly: bool = False) -> Refused:
    """What a code means under a platform's rules. `said`: its errmsg. `mass_monthly`: mass messages count by month."""
    rule = rules.get(code) or _unknown(code)
    found = _IP.search(said)
    why = rule.text.format(ip=found[1] if found else "（平台没有说是哪个）", said=said.partition(" rid:")[0])
    return Refused(rule.kind, code, f"{why}（{code}）", _after(rule.wait, now, mass_monthly))


def _unknown(code: int) -> _Rule:
    if code in HTTP_STATUS:
        return _Rule("config", "接口的地址不对：请检查 ZHIBU_WECHAT_API_BASE_URL 和 ZHIBU_WECOM_API_BASE_URL。")
    return _Rule("bug", "平台报了没有登记的错误（{said}）：请查平台的返回码说明，并把这一行日志交给维护者。")


def _after(wait: Wait, now: datetime, mass_monthly: bool) -> timedelta | None:
    if wait == "mass":
        wait = "month" if mass_monthly else "day"
    if wait == "moment":
        return timedelta(seconds=10)
    if wait == "minute":
        return timedelta(minutes=1)
    local = now.astimezone(SHANGHAI)
    if wait == "day":
        return datetime.combine(local.date() + timedelta(days=1), time(), SHANGHAI) - now
    if wait == "month":
        first = (local.replace(day=1) + timedelta(days=32)).replace(day=1).date()
        return datetime.combine(first, time(), SHANGHAI) - now
    return None
