"""What may be pushed where, for every row of the platforms' rules, at and around every boundary."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sending import May, Standing
from bot.turn import SHANGHAI
from channels.policy import Rules, decide
from tests.channels.cases import Case, cases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, outside of every quiet hour
NOBODY = Standing(None, None, None, None, 0, 0, 0, 0, following=True, unreachable=False)
QUIET = (time(21), time(7))

SCENES = {"message": "message", "menu_click": "click", "subscribe": "follow", "scan": "scan"}
# Opening a page from the menu is no event that opens a window.
NO_SCENE = {"menu_view", "unsubscribe", "none"}
QUERY = {
    *("account", "verified", "last_interaction", "subs_balance", "subs_longterm", "template_configured"),
    *("mass_enabled", "mass_sent_today", "mass_sent_month", "visible", "cron_minute", "local_time"),
    "expect_warning",
}
INTERACTION = {"kind", "ago_s", "sent_since", "earlier"}


def after(standing: Standing, interaction: Case, now: datetime) -> Standing:
    """The standing with an interaction, and the earlier ones under it, written in."""
    assert set(interaction) <= INTERACTION
    if "earlier" in interaction:
        standing = after(standing, interaction["earlier"], now)
    kind = interaction["kind"]
    if kind in NO_SCENE:
        return replace(standing, following=kind != "unsubscribe")
    scene = SCENES[kind]
    moment = now - timedelta(seconds=interaction["ago_s"])
    changes = {f"last_{scene}_at": moment, f"sent_since_{scene}": interaction.get("sent_since", 0)}
    return replace(standing, **changes)


def decided(query: Case) -> May:
    """The decision for a case's query; a field that nobody knows fails."""
    assert set(query) <= QUERY
    local = datetime.combine(NOW, time.fromisoformat(query.get("local_time", "10:00")), SHANGHAI)
    rules = Rules(
        query["account"],
        query["verified"],
        query.get("template_configured", False),
        query.get("mass_enabled", False),
        QUIET,
        push_minute=query.get("cron_minute"),
    )
    standing = replace(
        after(NOBODY, query["last_interaction"], local),
        unreachable=not query.get("visible", True),
        consents=query.get("subs_balance", 0),
        long_term_consent=query.get("subs_longterm", False),
        mass_sent_today=query.get("mass_sent_today", 0),
        mass_sent_month=query.get("mass_sent_month", 0),
    )
    return decide(rules, standing, local)


@pytest.mark.parametrize("case", cases("push_policy"))
def test_conformance_push_policy(case: Case) -> None:
    assert case["body"] == {"kind": "daily_quiz"}
    may = decided(case["query"])
    warning = case["query"].get("expect_warning", "") or case["expect"].get("expect_warning", "")
    assert may.how == case["expect"]["channel"], case["expect"]["why"]
    assert warning in may.warning


H, D = 3600, 86400

# account, verified, kind, ago_s, sent_since, decision
WINDOWS = [
    ("service", True, "message", 0, 0, "custom_send"),
    ("service", True, "message", 48 * H - 1, 4, "custom_send"),
    ("service", True, "message", 48 * H, 0, "queue"),
    ("service", True, "message", 48 * H + 1, 0, "queue"),
    ("service", True, "message", H, 5, "queue"),
    ("service", True, "message", H, 6, "queue"),
    ("service", True, "menu_click", 0, 2, "custom_send"),
    ("service", True, "menu_click", 59, 0, "custom_send"),
    ("service", True, "menu_click", 60, 0, "queue"),
    ("service", True, "menu_click", 30, 3, "queue"),
    ("service", True, "menu_view", 5, 0, "queue"),
    ("service", True, "subscribe", 59, 2, "custom_send"),
    ("service", True, "subscribe", 60, 0, "queue"),
    ("service", True, "subscribe", 10, 3, "queue"),
    ("service", True, "scan", 59, 0, "custom_send"),
    ("service", True, "scan", 61, 0, "queue"),
    ("service", True, "scan", 1, 3, "queue"),
    ("service", True, "none", 0, 0, "queue"),
    ("service", True, "unsubscribe", 10, 0, "none"),
    ("service", False, "message", 1, 0, "queue"),
    ("service", False, "unsubscribe", 1, 0, "none"),
    ("subscription", True, "message", H, 0, "custom_send"),
    ("subscription", True, "message", 48 * H, 0, "queue"),
    ("subscription", True, "menu_click", 10, 0, "custom_send"),
    ("subscription", False, "message", 1, 0, "queue"),
    ("subscription_personal", False, "message", 1, 0, "queue"),
    ("subscription_personal", True, "message", 1, 0, "queue"),
    ("work", True, "none", 0, 0, "work_message_send"),
    ("work", False, "none", 0, 0, "work_message_send"),
    ("work", True, "message", 30 * D, 99, "work_message_send"),
    ("work_kf", True, "message", H, 4, "work_kf_send"),
    ("work_kf", True, "message", H, 5, "queue"),
    ("work_kf", True, "message", 48 * H, 0, "queue"),
    ("work_kf", True, "scan", 5, 0, "queue"),
    ("work_kf", True, "none", 0, 0, "queue"),
]


@pytest.mark.parametrize(("account", "verified", "kind", "ago", "sent", "expected"), WINDOWS)
def test_a_window_opens_ends_and_counts(
    account: str, verified: bool, kind: str, ago: int, sent: int, expected: str
) -> None:
    last = {"kind": kind, "ago_s": ago, "sent_since": sent}
    assert decided({"account": account, "verified": verified, "last_interaction": last}).how == expected


LONG_AGO = {"kind": "message", "ago_s": 100 * H, "sent_since": 0}
FRESH = {"kind": "message", "ago_s": H, "sent_since": 0}

# account, last interaction, further fields, decision
MORE = [
    ("service", LONG_AGO, {"subs_balance": 1}, "subscribe_bizsend"),
    ("service", LONG_AGO, {"subs_longterm": True}, "subscribe_bizsend"),
    ("service", FRESH, {"subs_balance": 1}, "custom_send"),
    ("subscription", LONG_AGO, {"subs_balance": 1}, "subscribe_onetime"),
    ("subscription", LONG_AGO, {"subs_longterm": True}, "queue"),
    ("service", LONG_AGO, {"template_configured": True}, "template_send"),
    ("service", LONG_AGO, {"template_configured": True, "subs_balance": 2}, "subscribe_bizsend"),
    ("subscription", LONG_AGO, {"template_configured": True}, "queue"),
    ("subscription", LONG_AGO, {"mass_enabled": True, "mass_sent_today": 1}, "queue"),
    ("subscription", LONG_AGO, {"mass_enabled": True, "mass_sent_month": 9}, "mass_sendall"),
    ("service", LONG_AGO, {"mass_enabled": True, "mass_sent_month": 3}, "mass_sendall"),
    ("service", LONG_AGO, {"mass_enabled": True, "mass_sent_month": 4}, "queue"),
    ("service", LONG_AGO, {"mass_sent_month": 0}, "queue"),
    ("service", {"kind": "unsubscribe", "ago_s": 1}, {"subs_balance": 3, "mass_enabled": True}, "none"),
    ("service", {"kind": "unsubscribe", "ago_s": 1, "earlier": FRESH}, {}, "none"),
    ("service", FRESH, {"visible": False}, "queue"),
    ("work", {"kind": "none"}, {"visible": False}, "queue"),
    ("work", {"kind": "none"}, {"cron_minute": 30}, "work_message_send"),
]


@pytest.mark.parametrize(("account", "last", "fields", "expected"), MORE)
def test_consents_templates_mass_messages_and_reachability(
    account: str, last: Case, fields: Case, expected: str
) -> None:
    assert decided({"account": account, "verified": True, "last_interaction": last} | fields).how == expected


def test_the_best_open_window_counts_however_many_interactions_came_after() -> None:
    spent_click = {"kind": "menu_click", "ago_s": 10, "sent_since": 3}
    spent_scan = {"kind": "scan", "ago_s": 30, "sent_since": 3, "earlier": {**FRESH, "sent_since": 4}}
    last = {**spent_click, "earlier": spent_scan}
    may = decided({"account": "service", "verified": True, "last_interaction": last})
    assert (may.how, "还可发 1 条" in may.why) == ("custom_send", True)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("20:59", "custom_send"),
        ("21:00", "defer"),
        ("23:59", "defer"),
        ("00:00", "defer"),
        ("06:59", "defer"),
        ("07:00", "custom_send"),
    ],
)
def test_quiet_hours_begin_inclusive_and_end_exclusive(local: str, expected: str) -> None:
    query = {"account": "service", "verified": True, "last_interaction": FRESH, "local_time": local}
    assert decided(query).how == expected


def test_what_calls_nobody_is_not_deferred() -> None:
    query = {"account": "service", "verified": False, "last_interaction": FRESH, "local_time": "23:00"}
    assert decided(query).how == "queue"


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2026, 11, 23, 22, 30, tzinfo=SHANGHAI), datetime(2026, 11, 24, 7, 0, tzinfo=SHANGHAI)),
        (datetime(2026, 11, 24, 0, 30, tzinfo=SHANGHAI), datetime(2026, 11, 24, 7, 0, tzinfo=SHANGHAI)),
    ],
)
def test_a_deferred_push_is_looked_at_again_when_the_quiet_hours_end(now: datetime, until: datetime) -> None:
    may = decide(Rules("work", True, quiet=QUIET), NOBODY, now.astimezone(UTC))
    assert (may.how, may.until) == ("defer", until)


def test_quiet_hours_within_a_day_and_in_another_zone() -> None:
    rules = Rules("work", True, quiet=(time(12), time(14)), zone=ZoneInfo("Asia/Urumqi"))
    noon_there = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    assert decide(rules, NOBODY, noon_there).until == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert decide(rules, NOBODY, noon_there - timedelta(hours=1)).how == "work_message_send"


@pytest.mark.parametrize(("minute", "warned"), [(0, True), (30, True), (35, False), (1, False), (59, False)])
def test_a_push_at_the_busy_minutes_is_warned_of(minute: int, warned: bool) -> None:
    last = {"kind": "none"}
    may = decided({"account": "work", "verified": True, "last_interaction": last, "cron_minute": minute})
    assert ("整点和半点" in may.warning) == warned


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "45015"),
        ({"last_message_at": NOW - timedelta(hours=49)}, "45015"),
        ({"last_message_at": NOW - timedelta(hours=1), "sent_since_message": 5}, "45047"),
    ],
)
def test_the_reason_names_the_error_that_a_call_would_bring(changes: Case, code: str) -> None:
    may = decide(Rules("service", True), replace(NOBODY, **changes), NOW)
    assert code in may.why
    assert "下一条消息" in may.why


def test_a_message_from_a_clock_ahead_of_ours_opens_the_window() -> None:
    standing = replace(NOBODY, last_message_at=NOW + timedelta(seconds=2))
    assert decide(Rules("service", True), standing, NOW).how == "custom_send"


def test_an_unknown_field_of_a_case_fails() -> None:
    with pytest.raises(AssertionError):
        decided({"account": "work", "verified": True, "last_interaction": {"kind": "none"}, "moon": "full"})
