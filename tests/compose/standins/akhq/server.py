"""Answers on AKHQ's two ports: a page that says what it is, and the health check."""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    """The same few words on every path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"This stands in for AKHQ.\n")

    def log_message(self, *_: object) -> None:
        """Say nothing of each health check."""


if not os.environ.get("AKHQ_CONFIGURATION"):
    raise SystemExit("AKHQ_CONFIGURATION is not set.")
threading.Thread(target=ThreadingHTTPServer(("", 28081), Page).serve_forever, daemon=True).start()
ThreadingHTTPServer(("", 8080), Page).serve_forever()
