"""The two walks, a member asks and the card of the day, traced through our files so that they stay short."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import FrameType

from cli.services import Services
from tests.conftest import MovableClock
from tests.platform import Platform, message
from tests.scheduler.house import WatchedSender, add_members, clockwork, without_demo

ROOT = Path(__file__).resolve().parent.parent
OWN = {
    "app.py", "bot", "channels", "config", "curation", "handlers", "knowledge_base", "members", "replies", "scheduler",
    "storage", "study",
}  # fmt: skip


def test_a_member_asks_switches_files_at_most_twice_per_file(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("plain")
    for number in range(3):
        platform.say("预备期多长", str(number))
    walk = traced(lambda: platform.post(message("text", "<Content>没转正能投票吗</Content><MsgId>77</MsgId>")))
    # Signing and sending is the platform's side.
    walk = walk[walk.index("channels/wechat_mp/webhook.py") :]
    assert_short(
        walk,
        2.0,
        "channels/wechat_mp/webhook.py",
        "channels/wechat_mp/codec.py",
        "bot/pipeline.py",
        "handlers/ask.py",
        "knowledge_base/engine.py",
        "knowledge_base/matching.py",
        "knowledge_base/deciding.py",
        "replies/answers.py",
        "storage/conversation.py",
    )


def test_the_card_of_the_day_goes_its_short_way(services: Services, clock: MovableClock) -> None:
    without_demo(services.database())
    add_members(services.database(), 1, clock())
    sender = WatchedSender()
    work = clockwork(services, sender)
    clock.now = datetime(2026, 11, 22, 23, 35, tzinfo=UTC)
    work.tick(clock)  # warm
    clock.travel(days=1)
    walk = traced(lambda: work.tick(clock))
    assert len(sender.got) == 2
    # How values are stored and transactions begun is the floor's own affair, called by the library, not by a step.
    walk = [file for file in walk if file not in ("storage/tables/base.py", "storage/database.py")]
    # deliver_one is the page that calls every step of the sending, so the walk comes back to it: more than twice.
    assert_short(
        walk,
        2.5,
        "scheduler/clock.py",
        "scheduler/planner.py",
        "scheduler/pushes.py",
        "storage/occurrences.py",
        "storage/outbox.py",
        "scheduler/delivery.py",
        "members/reach.py",
        "study/learners.py",
    )


def assert_short(walk: list[str], limit: float, *stations: str) -> None:
    """At most so many switches between files for each file visited, and every station among them."""
    files, switches = set(walk), sum(a != b for a, b in pairwise(walk))
    path = [walk[0], *(b for a, b in pairwise(walk) if a != b)]
    assert switches / len(files) <= limit, f"{switches} switches over {len(files)} files: {' > '.join(path)}"
    assert set(stations) <= files


def traced(action: Callable[[], object]) -> list[str]:
    """The file of every call to a function of ours, in order."""
    walk: list[str] = []

    def on_event(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and not frame.f_code.co_name.startswith("<"):
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OWN:
                walk.append(path.relative_to(ROOT).as_posix())

    sys.setprofile(on_event)
    try:
        action()
    finally:
        sys.setprofile(None)
    return walk
