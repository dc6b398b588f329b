"""Avro's own client, stock: an `avro.ipc.Requestor` on an `HTTPTransceiver`.

    python client.py HOST PORT PATH PROTOCOL.avpr

Prints {"python": "...", "avro": "..."} once it is connected. Then, until its standard input ends, it
reads one call a line, does it on the one Requestor it keeps, and prints one answer a line:

    {"message": "echo", "parameters": {"query": "hi"}}

    {"result": ...}                          the response
    {"error": {...}, "declared": true}       an error that the protocol declares
    {"error": "text", "declared": false}     the server's text for any other error, or, as
                                             "ClassName: text", what this client itself raised
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import avro.errors
import avro.ipc
import avro.protocol


def main(host: str, port: int, path: str, protocol_path: str) -> None:
    protocol = avro.protocol.parse(Path(protocol_path).read_text("utf-8"))
    try:
        # It connects at once, and its Requestor keys what it knows of the server by that connection.
        transceiver = avro.ipc.HTTPTransceiver(host, port, path)
    except OSError as error:
        sys.exit(f"no connection to {host}:{port}: {error}")
    requestor = avro.ipc.Requestor(protocol, transceiver)
    write_line({"python": platform.python_version(), "avro": version("avro")})
    for line in sys.stdin:
        call = json.loads(line)
        write_line(answer(requestor, call["message"], call["parameters"]))


def answer(requestor: avro.ipc.Requestor, message: str, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": requestor.request(message, parameters)}
    except avro.errors.AvroRemoteException as error:
        # The datum itself: the server's text, or the fields of the declared error.
        (datum,) = error.args
        return {"error": datum, "declared": not isinstance(datum, str)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "declared": False}


def write_line(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: client.py HOST PORT PATH PROTOCOL.avpr")
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
