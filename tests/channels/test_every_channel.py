"""What every channel promises, written once and inherited: hard texts come through whole, a repeat is a repeat."""

from collections.abc import Callable

import pytest

from channels.console import to_incoming
from cli.services import Services
from tests.conftest import MovableClock
from tests.hard_texts import HARD_TEXTS
from tests.platform import Platform


class ChannelContract:
    """Inherit and give `say(text, message_id) -> reply text`."""

    @pytest.fixture
    def say(self) -> Callable[[str, str], str]:
        raise AssertionError("a channel gives its own way to say something")

    @pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS.keys())
    def test_a_hard_text_is_answered(self, say: Callable[[str, str], str], text: str) -> None:
        reply = say(text, "1")
        assert reply.strip()
        assert say(text, "1") == reply

    def test_a_new_message_is_a_new_turn(self, say: Callable[[str, str], str]) -> None:
        assert say("预备期多长", "1") == say("预备期多长", "2")
        assert say("1", "3") != say("1", "4")

    def test_markup_in_a_reply_arrives_as_text(self, say: Callable[[str, str], str]) -> None:
        say("转人工", "1")
        say("<b>]]></b>&", "2")
        assert "<b>]]></b>&" in say("导出我的数据", "3")


class TestConsole(ChannelContract):
    @pytest.fixture
    def say(self, services: Services, clock: MovableClock) -> Callable[[str, str], str]:
        pipeline = services.pipeline(clock, 0)
        return lambda text, key: pipeline.reply_to(to_incoming(text, "demo", clock(), key)).text


class TestOfficialAccount(ChannelContract):
    @pytest.fixture
    def say(self, platform: Platform) -> Callable[[str, str], str]:
        return lambda text, key: platform.say(text.replace("]]>", "]]]]><![CDATA[>"), key)
