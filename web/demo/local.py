"""Who may see the demo: somebody at this very machine, with a page of ours."""

from urllib.parse import urlsplit

from flask import Request, abort, request

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
# A name that a stranger's DNS could point here would be none of these (DNS rebinding).
_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# Somebody else's request, handed on by a proxy on this machine.
_HANDED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
# No form and no foreign page can set it without our permission (CORS).
HEADER = "X-Zhibu-Demo"


def is_here(asked: Request) -> bool:
    """True for a request from this machine that names it by its own name."""
    handed_on = any(name in asked.headers for name in _HANDED_ON)
    return asked.remote_addr in _LOOPBACK and urlsplit(f"//{asked.host}").hostname in _HOSTS and not handed_on


def only_here() -> None:
    """A before_request function: 404 for everybody else, as if there were no demo."""
    if not is_here(request):
        abort(404)


def only_our_page() -> None:
    """A before_request function: 403 for a change that was not asked for by our own page."""
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", _own_origin())
    if HEADER not in request.headers or site != "same-origin" or origin != _own_origin():
        abort(403)


def _own_origin() -> str:
    return request.host_url.rstrip("/")
