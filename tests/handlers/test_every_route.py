"""Every route, before and after, with every hard text: a sentence each time, never an error, the same again."""

import pytest

from bot.paging import size
from bot.pipeline import PAGE_BYTES
from channels.console import to_incoming
from cli.services import Services
from handlers import routes as page
from tests.conftest import MovableClock
from tests.hard_texts import HARD_TEXTS

# What leads to each route's handler; the rest of the table is reached by the hard texts themselves.
OPENINGS = {
    "help": page.HELP[0],
    "mine": page.MINE[0],
    "person": page.PERSON[0],
    "more": page.MORE[0],
    "source": page.SOURCE[0],
    "useful": page.USEFUL[0],
    "useless": page.USELESS[0],
    "bind": page.BINDING[0],
    "export": page.EXPORT[0],
    "ask_unbind": page.UNBINDING[0],
    "quiz": page.QUIZZES[0],
    "mistakes": page.MISTAKES[0],
    "more_quiz": page.MORE_QUIZ[0],
    "leave_quiz": page.LEAVE_QUIZ[0],
    "mute": page.MUTE[0],
    "unmute": page.UNMUTE[0],
    "choose": "1",
    "ask": "预备期多长",
    "offered": "党员的权利",
    "refused": "今天天气怎么样",
    "code": "ABCD-2345",
}


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS.keys())
@pytest.mark.parametrize("who", ["demo", "stranger"])
def test_a_hard_text_after_any_route_gets_a_sentence(
    opening: str, who: str, services: Services, clock: MovableClock
) -> None:
    pipeline = services.pipeline(clock, 0)
    for number, (name, text) in enumerate(HARD_TEXTS.items()):
        for part, said in enumerate((opening, text)):
            incoming = to_incoming(said, who, clock(), f"{number}-{part}")
            replied = pipeline.reply_to(incoming)
            assert replied.decision != "error", name
            assert replied.text.strip(), name
            assert size(replied.text) <= PAGE_BYTES, name
            again = pipeline.reply_to(incoming)
            assert (again.text, again.at) == (replied.text, replied.at), name


def test_every_visible_line_of_the_help_leads_somewhere(services: Services, clock: MovableClock) -> None:
    """What 帮助 promises is understood when typed as it stands there."""
    pipeline = services.pipeline(clock, 0)
    for number, route in enumerate(route for route in services.routes() if route.say):
        for word in (word.split()[0] for word in route.say.split(" / ")):
            replied = pipeline.reply_to(to_incoming(word, "demo", clock(), f"help-{number}-{word}"))
            assert replied.decision not in ("refusal", "choices", "error"), word
