"""An API that answers every call with what a test gave it, and counts."""

import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

TOKEN_PATHS = ("/cgi-bin/stable_token", "/cgi-bin/token", "/cgi-bin/gettoken")


class Canned(ThreadingHTTPServer):
    """Use it with `with`. Token requests get a good token, a new one each time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.content_type, self.body = 200, "application/json", b'{"errcode":0}'
        self.calls: Counter[str] = Counter()
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def fetches(self) -> int:
        return sum(self.calls[path] for path in TOKEN_PATHS)

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Canned

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.server.calls[path] += 1
        status, kind, body = self.server.status, self.server.content_type, self.server.body
        if path in TOKEN_PATHS:
            token = {"access_token": f"T{self.server.fetches}", "expires_in": 7200}
            status, kind, body = 200, "application/json", json.dumps(token).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
