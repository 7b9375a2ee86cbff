"""A real HTTP server process that speaks the OpenAI chat protocol and says what its script says.

Run as `python chat_server.py`: it prints its port, then serves until killed. `POST /script` with
`{"mode": …, "text": …}` sets what the next completions do; `GET /seen` returns the last request's messages.
Modes: `text` streams the text, `slow` streams it a character a second, `cut` closes the connection in mid-stream,
`status` answers with the HTTP status given as text.
"""

import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCRIPT = {"mode": "text", "text": ""}
SEEN: dict[str, object] = {}


class Handler(BaseHTTPRequestHandler):
    """One request of the protocol."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._json(SEEN)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/script":
            SCRIPT.update(body)
            self._json({})
            return
        SEEN.clear()
        SEEN.update(body)
        if SCRIPT["mode"] == "status":
            self._json({"error": {"message": "scripted"}}, status=int(SCRIPT["text"]))
            return
        self._stream(SCRIPT["text"], SCRIPT["mode"])

    def _stream(self, text: str, mode: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        step = 1 if mode == "slow" else 7
        pieces = [text[start : start + step] for start in range(0, len(text), step)]
        for number, piece in enumerate(pieces):
            if mode == "cut" and number >= len(pieces) // 2:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._event({"content": piece}, None)
            if mode == "slow":
                time.sleep(1)
        self._event({}, "stop")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
        event = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Keep standard error quiet."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
