"""The ancestor itself: Avro's own Responder behind Eventlet's WSGI server.

    python server.py PROTOCOL.avpr...

Serves every protocol on a free port of 127.0.0.1, prints where in one JSON line,

    {"versions": {"python": "...", "avro": "...", "eventlet": "..."}, "ports": {"http": [N, ...]}}

and answers every path until its standard input closes or it gets SIGTERM.

Everything on the wire is stock `avro.ipc` but for one method: stock Python sends every error as a
string, so `write_error` is overridden to send the declared ones as what they are. What is served at
/stock has it as it is.
"""

import warnings

# Eventlet advises against itself when it is imported; it is here because it is the ancestor.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import io
import json
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import avro.errors
import avro.io
import avro.ipc
import avro.protocol
import eventlet.patcher
import eventlet.wsgi


def main(protocol_paths: list[str]) -> None:
    listeners = [serve(avro.protocol.parse(Path(path).read_text("utf-8"))) for path in protocol_paths]
    # A real thread: a green one would hold the whole hub while it reads.
    threading = eventlet.patcher.original("threading")
    threading.Thread(target=exit_when_stdin_closes, daemon=True).start()
    versions = {"python": platform.python_version(), "avro": version("avro"), "eventlet": version("eventlet")}
    ports = {"http": [listener.getsockname()[1] for listener in listeners]}
    print(json.dumps({"versions": versions, "ports": ports}), flush=True)
    eventlet.Event().wait()


def serve(protocol: avro.protocol.Protocol) -> Any:
    listener = eventlet.listen(("127.0.0.1", 0), backlog=1024)
    application = wsgi_application({"/": Exchange(protocol), "/stock": StockExchange(protocol)})
    nowhere = open(os.devnull, "w")
    eventlet.spawn(eventlet.wsgi.server, listener, application, log=nowhere, log_output=False, debug=False)
    return listener


class StockExchange(avro.ipc.Responder):
    """The service of ../protocols, in whichever of its versions: most messages answer the value they get."""

    def __init__(self, protocol: avro.protocol.Protocol) -> None:
        super().__init__(protocol)
        self.notes: list[str] = []

    def invoke(self, message: avro.protocol.Message, request: dict[str, Any]) -> Any:
        value = request.get("value")
        match message.name:
            case "promoted" | "items" | "branch" | "renamed" | "color":
                return text_of(value)
            case "join":
                return request.get("separator", " ").join(value)
            case "optional":
                return None if value == "" and message.response.type == "union" else value
            case "fail":
                raise failure(message, value)
            case "note" | "turned":
                self.notes.append(value)
                return None
            case "notes":
                return self.notes
        return value


class Exchange(StockExchange):
    def write_error(self, writers_schema: Any, error_exception: Exception, encoder: Any) -> None:
        match error_exception.args:
            case [dict(declared)]:
                avro.io.DatumWriter(writers_schema).write(declared, encoder)
            case _:
                super().write_error(writers_schema, error_exception, encoder)


def text_of(value: Any) -> str:
    match value:
        case list():
            return ",".join(map(str, value))
        case dict():
            return str(next(iter(value.values())))
        case bool():
            return str(value).lower()
    return str(value)


# What the fields of any error hold, by their names.
FIELDS = {
    "reason": "there is no such thing",
    "hint": "look elsewhere",
    "code": 7,
    "by": "SPADES",
    "short": True,
}


def failure(message: avro.protocol.Message, how: str) -> Exception:
    for branch in message.errors.schemas:
        if branch.type == "error" and branch.name == how:
            fields = {field.name: FIELDS[field.name] for field in branch.fields}
            return avro.errors.AvroRemoteException(fields)
    return RuntimeError(how)


def wsgi_application(responders: dict[str, avro.ipc.Responder]) -> Callable[..., list[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        # The whole body: after its first message Java leaves a second terminator on the connection.
        body = io.BytesIO(environ["wsgi.input"].read())
        request = avro.ipc.FramedReader(body).read_framed_message()
        response = io.BytesIO()
        answer = responders[environ["PATH_INFO"]].respond(request)
        avro.ipc.FramedWriter(response).write_framed_message(answer)
        start_response("200 OK", [("Content-Type", "avro/binary")])
        return [response.getvalue()]

    return application


def exit_when_stdin_closes() -> None:
    read = eventlet.patcher.original("os").read
    while read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: server.py PROTOCOL.avpr...")
    main(sys.argv[1:])
