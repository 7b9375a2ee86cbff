"""A real HTTP server process that speaks the OpenAI chat protocol and says what its script says.

Run as `python chat_server.py`: it prints its port, then serves until killed. `POST /script` with a `Script`'s fields
sets what the next completions do; `GET /seen` returns the last request and how many there were since then.
"""

import json
import re
import socket
import time
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Script:
    """What the server does.

    Modes: `text` streams the text; `slow` a character every 0.4 s; `silent` accepts and says nothing; `alive` sends
    nothing but signs of life; `cut` breaks the connection off half-way; `unfinished` ends half-way in good order;
    `length` says at the end that there was no room for more; `garbled` sends lines that are no JSON, `foreign` nothing
    but JSON of another kind, `page` a web page; `error` an error in mid-stream; `status` answers with that HTTP status,
    `failures` times, then as `text`. Where one of `demands` stands in a passage, it obeys: it says that instead, with
    the passage's marker if `marked`.
    """

    mode: str = "text"
    text: str = ""
    status: int = 500
    failures: int = 10**6
    retry_after: str = ""
    demands: list[str] = field(default_factory=list)
    marked: bool = True


@dataclass
class State:
    """What the server is to do and what it was asked."""

    script: Script = field(default_factory=Script)
    seen: dict[str, object] = field(default_factory=dict)
    requests: int = 0


STATE = State()


class Handler(BaseHTTPRequestHandler):
    """One request of the protocol."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._json({**STATE.seen, "requests": STATE.requests})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/script":
            STATE.script, STATE.seen, STATE.requests = Script(**body), {}, 0
            self._json(asdict(STATE.script))
            return
        STATE.seen = body
        STATE.requests += 1
        script = STATE.script
        if script.mode == "status" and STATE.requests <= script.failures:
            headers = {"Retry-After": script.retry_after} if script.retry_after else {}
            self._json({"error": {"message": "scripted"}}, status=script.status, headers=headers)
        elif script.mode == "silent":
            time.sleep(30)
        elif script.mode == "page":
            self._body("text/html", b"<!doctype html><p>Xin ch\xc3\xa0o</p>")
        else:
            try:
                self._stream(_obeyed(script, body), script.mode)
            except OSError:
                self.close_connection = True  # the asker has left

    def _stream(self, text: str, mode: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        step = 1 if mode == "slow" else 7
        pieces = [text[start : start + step] for start in range(0, len(text), step)]
        for number, piece in enumerate(pieces if mode != "foreign" else ()):
            if mode in {"cut", "unfinished", "error"} and number >= len(pieces) // 2:
                break
            self._event({"content": piece}, None)
            if mode == "slow":
                time.sleep(0.4)
        if mode == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        while mode == "alive":
            self._chunk(b": alive\n\n")
            time.sleep(0.1)
        if mode in {"garbled", "foreign", "error"}:
            self._chunk(
                {"garbled": b"data: {not json\n\n", "foreign": b'data: {"results": 7}\n\n'}.get(
                    mode, b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'
                )
            )
        if mode not in {"unfinished", "foreign"}:
            self._event({}, "length" if mode == "length" else "stop")
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
        event = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._body("application/json", json.dumps(value).encode(), status, headers)

    def _body(self, kind: str, data: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Keep standard error quiet."""


def _obeyed(script: Script, request: dict) -> str:
    """What is said: the first demand that stands in the passages, marked with its passage, else the script's text."""
    asked = request["messages"][-1]["content"]
    passages = re.findall(r"<<ĐOẠN (\d+) .*?>>\n(.*?)<<HẾT ĐOẠN", asked, re.DOTALL)
    for marker, passage in passages:
        for demand in script.demands:
            if " ".join(demand.split()) in " ".join(passage.split()):
                return f"{demand} [{marker}]" if script.marked else demand
    return script.text


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
