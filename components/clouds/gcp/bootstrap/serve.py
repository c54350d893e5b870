"""Answers every request of an endpoint that no version has been released to; runs in any image with a Python 3."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = json.dumps({"error": "no version released yet", "status": 503}).encode()


class Refusal(BaseHTTPRequestHandler):
    """Healthy, and nothing else."""

    def do_GET(self):
        """Tell that the server is up; whatever else is asked is refused."""
        if self.path == "/ping":
            self.answer(200, b"{}")
        else:
            self.answer(503, ANSWER)

    def do_POST(self):
        """Refuse with 503, once the request has been read: a connection may bring another."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(503, ANSWER)

    def answer(self, code, body):
        """Send JSON."""
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Refusal).serve_forever()
