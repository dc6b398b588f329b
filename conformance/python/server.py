"""The ancestor itself: Avro's own Responder behind Eventlet's WSGI server.

    python server.py PROTOCOL.avpr

Listens on a free port of 127.0.0.1, prints one JSON line when it is ready,

    {"port": N, "python": "...", "avro": "...", "eventlet": "..."}

and answers every path until its standard input closes or it gets SIGTERM. A protocol need not have
all of the messages or parameters known here.

Everything on the wire is stock `avro.ipc` but for one method: stock Python sends every error as a
string, so `write_error` is overridden to send the declared ones as what they are.
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


def main(protocol_path: str) -> None:
    responder = EchoResponder(avro.protocol.parse(Path(protocol_path).read_text("utf-8")))
    listener = eventlet.listen(("127.0.0.1", 0), backlog=1024)
    # A real thread: a green one would hold the whole hub while it reads.
    threading = eventlet.patcher.original("threading")
    threading.Thread(target=exit_when_stdin_closes, daemon=True).start()
    ready = {
        "port": listener.getsockname()[1],
        "python": platform.python_version(),
        "avro": version("avro"),
        "eventlet": version("eventlet"),
    }
    print(json.dumps(ready), flush=True)
    with open(os.devnull, "w") as nowhere:
        eventlet.wsgi.server(listener, wsgi_application(responder), log=nowhere, log_output=False, debug=False)


class EchoResponder(avro.ipc.Responder):
    def invoke(self, message: avro.protocol.Message, request: dict[str, Any]) -> str:
        query: str = request.get("query", "")
        match message.name:
            case "echo":
                return query
            case "split":
                return "\n".join(query.split(request.get("separator")))
            case "fail" if query == "boom":
                raise RuntimeError("boom")
            case "fail":
                raise avro.errors.AvroRemoteException({"reason": f'no answer to "{query}"'})
        raise NotImplementedError(message.name)

    def write_error(self, writers_schema: Any, error_exception: Exception, encoder: Any) -> None:
        match error_exception.args:
            case [dict(declared)]:
                avro.io.DatumWriter(writers_schema).write(declared, encoder)
            case _:
                super().write_error(writers_schema, error_exception, encoder)


def wsgi_application(responder: avro.ipc.Responder) -> Callable[..., list[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        # The whole body: after its first message Java leaves a second terminator on the connection.
        body = io.BytesIO(environ["wsgi.input"].read())
        request = avro.ipc.FramedReader(body).read_framed_message()
        response = io.BytesIO()
        avro.ipc.FramedWriter(response).write_framed_message(responder.respond(request))
        start_response("200 OK", [("Content-Type", "avro/binary")])
        return [response.getvalue()]

    return application


def exit_when_stdin_closes() -> None:
    read = eventlet.patcher.original("os").read
    while read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: server.py PROTOCOL.avpr")
    main(sys.argv[1])
