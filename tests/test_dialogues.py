"""Talks as members have them: tests/dialogues/*.txt.

`> said`, `< must occur in the reply`, `! must not occur`, `@ 11 minutes` lets time pass, `as 名字` changes the account
(default: a bound member), `# comment`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MovableClock, Talk

DIALOGUES = sorted((Path(__file__).parent / "dialogues").glob("*.txt"))


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_dialogue(path: Path, talk: Callable[[str], Talk], clock: MovableClock) -> None:
    play(path.read_text("utf-8"), talk, clock)


def play(script: str, talk: Callable[[str], Talk], clock: MovableClock) -> None:
    """Says and checks every line; a failure names the line."""
    speaker, reply = talk("demo"), ""
    for number, line in enumerate(script.splitlines(), 1):
        sign, _, rest = line.partition(" ")
        match sign:
            case ">":
                reply = speaker.say(rest).text
            case "<":
                assert rest in reply, f"line {number}: {rest!r} is not in {reply!r}"
            case "!":
                assert rest not in reply, f"line {number}: {rest!r} is in {reply!r}"
            case "@":
                amount, unit = rest.split()
                clock.travel(**{unit: float(amount)})
            case "as":
                speaker = talk(rest)
            case "#" | "":
                pass
            case _:
                raise AssertionError(f"line {number}: {line!r} is no line of a dialogue")


def test_there_are_dialogues() -> None:
    assert len(DIALOGUES) >= 5
