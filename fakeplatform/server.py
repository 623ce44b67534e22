"""The platform on 127.0.0.1: a thread for each connection, broken connections where a fault wants them."""

import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from fakeplatform.platform import Answer, Platform
from fakeplatform.state import Call

# What is not an API: (method, path, form) -> a page, or None where there is no such page.
Pages = Callable[[str, str, dict[str, str]], str | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "PlatformServer"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Silent: the platform keeps its own record of calls."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not parts.path.startswith(("/cgi-bin/", "/sns/")):
            self._page(parts.path, dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
            return
        self._give(self.server.platform.answer(Call(self.command, parts.path, query, body, self.client_address[0])))

    def _page(self, path: str, form: dict[str, str]) -> None:
        html = self.server.pages(self.command, path, form) if self.server.pages else None
        status = 404 if html is None else 200
        self._give(Answer(status, "text/html; charset=utf-8", (html or "").encode()))

    def _give(self, answer: Answer) -> None:
        if answer.hold:
            self.server.stopping.wait(answer.hold)
        if answer.ending == "response":
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        if answer.ending == "reset":
            # Closing with this option set sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class PlatformServer(ThreadingHTTPServer):
    """Serves a platform until closed; use it with `with`."""

    daemon_threads = True
    # Callers that gave up must not hold the end of a test.
    block_on_close = False

    def __init__(self, platform: Platform, port: int = 0, pages: Pages | None = None) -> None:
        """Port 0 takes a free one; see `url`."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.platform = platform
        self.pages = pages
        self.stopping = Event()

    @property
    def url(self) -> str:
        """What WECHAT_API_BASE_URL is set to."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A caller that hung up is no error of ours."""

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
