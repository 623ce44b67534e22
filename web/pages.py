"""`/` says how to ask; /healthz and /readyz answer monitors. Gets callables from app.py, knows no engine itself."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, render_template, request

from web.demo.local import is_here
from web.headers import with_headers


def blueprint(
    ready_problem: Callable[[], str | None], *, mp_enabled: bool, demo_page: Callable[[], str] | None = None
) -> Blueprint:
    """The pages. `ready_problem` says in Chinese what is missing, or None; `demo_page` is / for this machine."""
    pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

    def home() -> str:
        if demo_page and is_here(request):
            return demo_page()
        return render_template("home.html", mp_enabled=mp_enabled)

    def healthz() -> Response:
        return jsonify(status="ok")

    def readyz() -> tuple[Response, int]:
        problem = ready_problem()
        return (jsonify(status="ok"), 200) if problem is None else (jsonify(status="not ready", problem=problem), 503)

    pages.add_url_rule("/", "home", home)
    pages.add_url_rule("/healthz", "healthz", healthz)
    pages.add_url_rule("/readyz", "readyz", readyz)
    pages.after_request(with_headers)
    return pages
