"""The addresses under /demo, and the page itself. Everything here answers this machine only."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from members.people import MemberProblem
from web.demo import local, moments
from web.demo.ports import Demo, Said
from web.demo.why import DECISIONS, asked_of_content, explained, rule
from web.headers import with_headers

MAX_BODY = 64 * 1024
MODES = (("plain", "明文"), ("compat", "兼容"), ("safe", "安全"))
KINDS = ("text", "click", "follow", "unfollow")
Field = Callable[[str], str]


class Refused(ValueError):
    """What the page asked for cannot be done; the argument says why, in Chinese."""


class _Views:
    """The views over one demo."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def state(self) -> Response:
        """The clock, the people, whether the account may speak first, and what was pushed after ?after=."""
        return jsonify(self._state(request.args.get("after", 0, int)))

    def say(self, field: Field) -> dict[str, Any]:
        """Posts what the visitor did to our own webhook."""
        said = Said(
            person=_one_of(field("person"), self._ids()),
            mode=_one_of(field("mode"), [mode for mode, _ in MODES]),
            kind=_one_of(field("kind"), KINDS),
            text=field("text"),
            menu_id=field("menu_id"),
        )
        exchange = self._demo.say(said)
        decision = exchange["decision"]
        return exchange | {
            "at": moments.label(self._demo.now(), self._demo.zone),
            "decided": DECISIONS.get(decision, ""),
            "compared": asked_of_content(said.kind, said.text, decision),
            "rule": rule(said.kind, decision),
        }

    def why(self, field: Field) -> dict[str, Any]:
        """How a question is matched now."""
        return explained(self._demo.explain(field("text"), _one_of(field("person"), self._ids())))

    def code(self, field: Field) -> dict[str, Any]:
        """A binding code for the account."""
        try:
            return {"code": self._demo.code(field("person"))}
        except MemberProblem as problem:
            raise Refused(str(problem)) from None

    def travel(self, field: Field) -> dict[str, Any]:
        """Sends the clock ahead."""
        demo = self._demo
        try:
            demo.travel(moments.target(field("to"), demo.now(), demo.quiz_at, demo.zone))
        except ValueError:
            raise Refused("时间只能往后拨，请选一个比现在晚、2200 年以前的时刻。要回到现在，请点“重新开始”。") from None
        return {}

    def push(self, field: Field) -> dict[str, Any]:
        """Whether the account may speak first."""
        self._demo.allow_push(_one_of(field("may"), ("yes", "no")) == "yes")
        return {}

    def restart(self, field: Field) -> dict[str, Any]:
        """Clock and demo people as they were at first."""
        self._demo.restart()
        return {}

    def _ids(self) -> list[str]:
        return [person.platform_id for person in self._demo.people()]

    def _state(self, after: int) -> dict[str, Any]:
        demo = self._demo
        pushed = [asdict(each) | {"at": moments.label(each.at, demo.zone)} for each in demo.received(after)]
        return {
            "now": moments.shown(demo.now(), demo.real_now(), demo.zone),
            "people": [asdict(person) for person in demo.people()],
            "may_push": demo.may_push(),
            "next_card": moments.label(demo.next_card(), demo.zone),
            "pushed": pushed,
        }


def page(demo: Demo) -> str:
    """The page for /."""
    return render_template("demo.html", menu=demo.menu["button"], modes=MODES, quiz_at=f"{demo.quiz_at:%H:%M}")


def blueprint(demo: Demo) -> Blueprint:
    """The page's addresses and files."""
    views = _Views(demo)
    routes = Blueprint("demo", __name__, template_folder="templates", static_folder="static", url_prefix="/demo")
    routes.add_url_rule("/state", "state", views.state)
    for view in (views.say, views.why, views.code, views.travel, views.push, views.restart):
        routes.add_url_rule(f"/{view.__name__}", view.__name__, _asked(view), methods=["POST"])
    routes.before_request(local.only_here)
    routes.before_request(local.only_our_page)
    routes.register_error_handler(Refused, lambda refused: (jsonify(problem=str(refused)), 400))
    routes.after_request(with_headers)
    return routes


def _asked(view: Callable[[Field], dict[str, Any]]) -> Callable[[], Response]:
    """A view over the posted JSON object, whose fields are all text ("" where missing)."""

    def answer() -> Response:
        request.max_content_length = MAX_BODY
        asked = request.get_json()
        if not isinstance(asked, dict) or not all(isinstance(value, str) for value in asked.values()):
            raise BadRequest
        return jsonify(view(lambda name: asked.get(name, "")))

    return answer


def _one_of(value: str, known: Collection[str]) -> str:
    if value not in known:
        raise Refused("页面与程序对不上，请刷新页面。")
    return value
