"""The product behind a real server, and Debian's Chromium in front of it."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The reader's own setting of the letters' size: twice the usual.
LARGE_TYPE = "--blink-settings=defaultFontSize=32,defaultFixedFontSize=26"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application, served by threads of this process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def browsers() -> Iterator[Callable[..., Browser]]:
    """Launches Chromium, with further flags where wanted; all end with the block. One block a process at a time."""
    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
