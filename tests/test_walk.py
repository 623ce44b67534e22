"""The first walk: a member asks, and the code is left by the same short way. Traced, so that it stays short."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType

from tests.platform import Platform, message

ROOT = Path(__file__).resolve().parent.parent
OWN = {"bot", "channels", "curation", "handlers", "knowledge_base", "members", "replies", "storage", "config", "app.py"}


def test_a_member_asks_switches_files_at_most_twice_per_file(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("plain")
    for number in range(3):
        platform.say("预备期多长", str(number))
    walk = traced(lambda: platform.post(message("text", "<Content>没转正能投票吗</Content><MsgId>77</MsgId>")))
    files, switches = set(walk), sum(a != b for a, b in pairwise(walk))
    path = [walk[0], *(b for a, b in pairwise(walk) if a != b)]
    assert switches / len(files) <= 2.0, f"{switches} switches over {len(files)} files: {' > '.join(path)}"
    for station in (
        "channels/wechat_mp/webhook.py",
        "channels/wechat_mp/codec.py",
        "bot/pipeline.py",
        "handlers/ask.py",
        "knowledge_base/engine.py",
        "knowledge_base/matching.py",
        "knowledge_base/deciding.py",
        "replies/answers.py",
        "storage/conversation.py",
    ):
        assert station in files


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
