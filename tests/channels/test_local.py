"""Speaking first to the demo's accounts."""

import pytest

from bot.message import Choice
from bot.sending import Outgoing, Sent, Standing
from channels.local import LocalSender
from tests.conftest import NOON

FOLLOWER = Standing(None, None, None, None, 0, 0, 0, 0, following=True, unreachable=False)
STRANGER = Standing(None, None, None, None, 0, 0, 0, 0, following=False, unreachable=False)


class Inboxes(dict[tuple[str, str], str]):
    def keep(self, platform_id: str, client_id: str, text: str) -> None:
        self.setdefault((platform_id, client_id), text)


@pytest.fixture
def inboxes() -> Inboxes:
    return Inboxes()


@pytest.mark.parametrize(
    ("standing", "may_push", "how"),
    [(FOLLOWER, True, "local"), (FOLLOWER, False, "queue"), (STRANGER, True, "queue"), (STRANGER, False, "queue")],
)
def test_followers_are_written_to_while_the_account_may(
    inboxes: Inboxes, standing: Standing, may_push: bool, how: str
) -> None:
    may = LocalSender(inboxes.keep, lambda: may_push).may(standing, NOON)
    assert may.how == how
    assert may.why.endswith("。")


def test_what_is_sent_lands_in_every_inbox_once(inboxes: Inboxes) -> None:
    sender = LocalSender(inboxes.keep, lambda: True)
    body = sender.prepare(Outgoing(("a", "b"), "今日一题", "quiz:1"))
    assert sender.send(body, "local") == sender.send(body, "local") == Sent("quiz:1")
    assert inboxes == {("a", "quiz:1"): "今日一题", ("b", "quiz:1"): "今日一题"}


def test_a_card_reads_as_lines_that_can_be_tapped(inboxes: Inboxes) -> None:
    sender = LocalSender(inboxes.keep, lambda: True)
    choices = (Choice(1, "q7", "A & B"),)
    card = Outgoing(("a",), "预备期多长？", "1", kind="choices", title="今日一题", choices=choices, footer="回复 A")
    sender.send(sender.prepare(card), "local")
    assert inboxes["a", "1"].splitlines() == [
        "今日一题",
        "预备期多长？",
        '<a href="weixin://bizmsgmenu?msgmenucontent=A+%26+B&msgmenuid=q7">A & B</a>',
        "回复 A",
    ]


def test_a_picture_cannot_be_shown(inboxes: Inboxes) -> None:
    with pytest.raises(ValueError, match="请改用文字"):
        LocalSender(inboxes.keep, lambda: True).prepare(Outgoing(("a",), "", "1", kind="image", media_id="m"))
