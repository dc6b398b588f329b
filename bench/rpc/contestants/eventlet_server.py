"""Avro's own Responder behind Eventlet's WSGI server, stock both.

    python eventlet_server.py PROTOCOL.avpr

Listens on a free port of 127.0.0.1 and prints it. For each line on its standard input it prints the
microseconds of CPU that it has used, and it ends when its standard input does.
"""

import warnings

# Eventlet advises against itself when it is imported; it is here because it is the ancestor.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import avro.ipc
import avro.protocol
import eventlet.patcher
import eventlet.wsgi


def main(protocol_path: str) -> None:
    responder = Responder(avro.protocol.parse(Path(protocol_path).read_text("utf-8")))
    listener = eventlet.listen(("127.0.0.1", 0), backlog=1024)
    # A real thread: a green one would hold the whole hub while it reads.
    threading = eventlet.patcher.original("threading")
    threading.Thread(target=tell_cpu, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    with open(os.devnull, "w") as nowhere:
        eventlet.wsgi.server(listener, application(responder), log=nowhere, log_output=False, debug=False)


class Responder(avro.ipc.Responder):
    def invoke(self, message: avro.protocol.Message, request: dict[str, Any]) -> Any:
        return request["query" if message.name == "echo" else "order"]


def application(responder: avro.ipc.Responder) -> Callable[..., list[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = io.BytesIO(environ["wsgi.input"].read())
        request = avro.ipc.FramedReader(body).read_framed_message()
        response = io.BytesIO()
        avro.ipc.FramedWriter(response).write_framed_message(responder.respond(request))
        content = response.getvalue()
        start_response("200 OK", [("Content-Type", "avro/binary"), ("Content-Length", str(len(content)))])
        return [content]

    return answer


def tell_cpu() -> None:
    read = eventlet.patcher.original("os").read
    while asked := read(0, 4096):
        for _ in range(asked.count(b"\n")):
            os.write(1, b"%d\n" % (time.process_time_ns() // 1000))
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: eventlet_server.py PROTOCOL.avpr")
    main(sys.argv[1])
