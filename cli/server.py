"""Serving with gunicorn: everything is loaded once, then forked."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from cli.services import OUTSIDE, hint, listening_problem, stop

THREADS = 8


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def serve_forever(
    app: Flask, host: str, port: int, workers: int, start_ticking: Callable[[], Callable[[], None]], *, demo: bool
) -> None:
    """Serves until told to stop; ends the command with a sentence when the address cannot be used.

    `start_ticking` starts a worker's ticker and gives what stops it: threads begin after the fork.
    """
    if listening_problem(host, port):
        remedy = "请停掉占用的程序，或设 ZHIBU_PORT=5001 再启动。"
        stop(OUTSIDE, f"端口 {port} 已被占用，或地址 {host} 不能用。{remedy}")
    # An IPv6 address goes in brackets.
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    hint(f"支部助手已启动：http://{address}  （Ctrl+C 停止）")
    if demo:
        hint(f"演示页：用这台电脑的浏览器打开 http://localhost:{port} ，像在微信里一样试用。")
    options = {
        "bind": address,
        "workers": workers,
        "threads": THREADS,
        "worker_class": "gthread",
        "loglevel": "warning",
        "control_socket_disable": True,
        "post_worker_init": _on_start(start_ticking),
        "worker_exit": _on_exit,
    }
    _Server(app, options).run()


def _on_start(start_ticking: Callable[[], Callable[[], None]]) -> Callable[[Any], None]:
    def post_worker_init(worker: Any) -> None:
        worker.stop_ticking = start_ticking()

    return post_worker_init


def _on_exit(_server: Any, worker: Any) -> None:
    """The row being sent is finished first. A worker that never came up has no ticker."""
    if stop := getattr(worker, "stop_ticking", None):
        stop()
