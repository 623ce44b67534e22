"""What may be pushed where: the platforms' rules as one pure function. The product knows before it sends.

Sources: the platforms' pages on customer-service messages (客服消息: windows and counts per scene), subscription
notices (订阅通知), one-time subscription messages (一次性订阅消息), template and mass messages (模板消息、群发),
WeCom application messages (企业微信应用消息) and WeChat customer service (微信客服).
docs/explanation/what-may-be-pushed.md says the same in plain words.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from bot.sending import May, Standing
from bot.turn import SHANGHAI

AccountKind = Literal["service", "subscription", "subscription_personal", "work", "work_kf"]

# Ways that call nobody: quiet hours do not matter to them.
_SILENT = frozenset({"queue", "none"})
_BUSY_MINUTES = frozenset({0, 30})
_BUSY = "整点和半点（cron minute 0、30）是平台的发送高峰，消息会被延迟或限速；请错开几分钟，例如 07:35。"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known of our account on a platform, and of the house's own rules.

    `quiet`: local times in `zone` between which nothing is sent, the second excluded; may pass over midnight.
    `push_minute`: the minute of the hour at which daily pushes start, for a warning.
    """

    kind: AccountKind
    verified: bool
    template_configured: bool = False
    mass_enabled: bool = False
    quiet: tuple[time, time] | None = None
    zone: tzinfo = SHANGHAI
    push_minute: int | None = None


@dataclass(frozen=True, slots=True)
class _Window:
    """A scene that opens customer-service messages: how long, how many. The end itself is outside."""

    scene: str
    lasts: timedelta
    sends: int

    def open(self, since: datetime | None, now: datetime) -> bool:
        return since is not None and now - since < self.lasts


_MESSAGE = _Window("发来消息", timedelta(hours=48), 5)
_CLICK = _Window("点菜单", timedelta(minutes=1), 3)
_FOLLOW = _Window("关注", timedelta(minutes=1), 3)
_SCAN = _Window("扫码", timedelta(minutes=1), 3)
_MASS_A_DAY, _MASS_A_MONTH = 1, 4


def decide(rules: Rules, standing: Standing, now: datetime) -> May:
    """How one binding may be written to at `now` (aware): a way, `queue`, `defer` with a moment, or `none`."""
    may = _way(rules, standing, now)
    if may.how not in _SILENT and (end := quiet_until(rules, now)):
        may = May("defer", f"现在是免打扰时段，到 {end:%H:%M} 再推送（{may.why}）。", end)
    return replace(may, warning=_BUSY) if rules.push_minute in _BUSY_MINUTES else may


def off_peak(may: May, now: datetime) -> May:
    """The same, a minute later where it would be sent in one of the minutes that everybody's timers choose."""
    if may.how in _SILENT or may.how == "defer" or now.minute not in _BUSY_MINUTES:
        return may
    return May("defer", "整点和半点是平台的发送高峰，错开一分钟。", now + timedelta(seconds=60 - now.second))


def quiet_until(rules: Rules, now: datetime) -> datetime | None:
    """When the quiet hours around `now` end, in local time; None outside of them."""
    if rules.quiet is None:
        return None
    start, end = rules.quiet
    local = now.astimezone(rules.zone)
    clock = local.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, rules.zone)


def _way(rules: Rules, standing: Standing, now: datetime) -> May:
    if rules.kind == "work":
        return _work(standing)
    if standing.unreachable:
        return May("queue", "平台说这个账号收不到消息（编号无效，或拒收了公众号的消息），等他下次来消息时再送。")
    if rules.kind == "work_kf":
        if may := _by_window(rules, standing, now):
            return may
        return May("queue", _closed(standing, now))
    return _official(rules, standing, now)


def _work(standing: Standing) -> May:
    if standing.unreachable:
        return May("queue", "不在企业微信应用的可见范围内：请管理员把他加进应用的可见范围。")
    return May("work_message_send", "企业微信应用消息，可见范围内的成员随时可发。")


def _official(rules: Rules, standing: Standing, now: datetime) -> May:
    if not standing.following:
        return May("none", "已取消关注，无法送达；重新关注以后才能再发。")
    if rules.kind == "subscription_personal":
        return May("queue", "个人订阅号没有主动发消息的接口（48001），随他的下一条消息送达。")
    if not rules.verified:
        return May("queue", "公众号没有认证，没有主动发消息的接口（48001），随他的下一条消息送达。")
    ways: tuple[Callable[[Rules, Standing, datetime], May | None], ...] = (
        _by_window,
        _by_notice,
        _by_template,
        _by_mass,
    )
    for way in ways:
        if may := way(rules, standing, now):
            return may
    return May("queue", f"{_closed(standing, now)}订阅授权也没有剩余（43101），随他的下一条消息送达。")


def _scenes(standing: Standing) -> tuple[tuple[_Window, datetime | None, int], ...]:
    return (
        (_MESSAGE, standing.last_message_at, standing.sent_since_message),
        (_CLICK, standing.last_click_at, standing.sent_since_click),
        (_FOLLOW, standing.last_follow_at, standing.sent_since_follow),
        (_SCAN, standing.last_scan_at, standing.sent_since_scan),
    )


def _by_window(rules: Rules, standing: Standing, now: datetime) -> May | None:
    """Customer-service messages. Windows are kept per scene: any open one with sends left will do."""
    how = "work_kf_send" if rules.kind == "work_kf" else "custom_send"
    for window, since, sent in _scenes(standing):
        if rules.kind == "work_kf" and window is not _MESSAGE:
            continue
        if window.open(since, now) and sent < window.sends:
            return May(how, f"{window.scene}后的客服消息窗口内，还可发 {window.sends - sent} 条。")
    return None


def _closed(standing: Standing, now: datetime) -> str:
    """Why no window is open: the error that a call would bring."""
    if any(window.open(since, now) for window, since, _ in _scenes(standing)):
        return "客服消息窗口内的条数已用完（45047）；"
    if standing.last_message_at is None:
        return "他没有发过消息，客服消息窗口没有打开（45015）；"
    return "他上次发消息已超过 48 小时，客服消息窗口已关闭（45015）；"


def _by_notice(rules: Rules, standing: Standing, _now: datetime) -> May | None:
    """Service accounts have subscription notices, subscription accounts only the one-time message."""
    if rules.kind == "service" and standing.long_term_consent:
        return May("subscribe_bizsend", "他同意了长期订阅通知。")
    if standing.consents <= 0:
        return None
    how = "subscribe_bizsend" if rules.kind == "service" else "subscribe_onetime"
    return May(how, f"他同意的订阅通知还剩 {standing.consents} 次，发一条用掉一次。")


def _by_template(rules: Rules, _standing: Standing, _now: datetime) -> May | None:
    if rules.kind == "service" and rules.template_configured:
        return May("template_send", "管理员配置了模板消息。")
    return None


def _by_mass(rules: Rules, standing: Standing, _now: datetime) -> May | None:
    """Mass messages, the same text for all: once a day, or four times a month and member."""
    if not rules.mass_enabled:
        return None
    if rules.kind == "subscription" and standing.mass_sent_today < _MASS_A_DAY:
        return May("mass_sendall", "订阅号今天还可群发一次，内容人人相同。")
    if rules.kind == "service" and standing.mass_sent_month < _MASS_A_MONTH:
        return May("mass_sendall", f"服务号本月还可群发 {_MASS_A_MONTH - standing.mass_sent_month} 次，内容人人相同。")
    return None
