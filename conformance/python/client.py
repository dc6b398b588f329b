"""Avro's own client, stock: an `avro.ipc.Requestor` on an `HTTPTransceiver`.

    python client.py

Prints {"versions": {"python": "...", "avro": "..."}}. Then, until its standard input ends, it reads one
job a line and prints one line of answers:

    {"port": N, "protocol": "the JSON text", "calls": [{"message": "text", "parameters": "base64"}, ...]}

A job is one client with one connection, which makes its calls one after the other. Parameters and
answers are in the binary encoding of the client's protocol:

    {"result": "base64"}     the response
    {"declared": "base64"}   a declared error, as a value of the message's effective error union
    {"failed": "text"}       the server's text for any other error, or, as "ClassName: text", what this
                             client itself raised
"""

import base64
import io
import json
import platform
import sys
from importlib.metadata import version
from typing import Any

import avro.errors
import avro.io
import avro.ipc
import avro.protocol
import avro.schema


def main() -> None:
    write_line({"versions": {"python": platform.python_version(), "avro": version("avro")}})
    for line in sys.stdin:
        write_line(work(json.loads(line)))


def work(job: dict[str, Any]) -> list[dict[str, str]]:
    protocol = avro.protocol.parse(job["protocol"])
    transceiver = avro.ipc.HTTPTransceiver("127.0.0.1", job["port"])
    # What it knows of a server it keeps by its own socket's address, which an earlier job may have had.
    avro.ipc.REMOTE_HASHES.pop(transceiver.remote_name, None)
    requestor = avro.ipc.Requestor(protocol, transceiver)
    try:
        return [answer(requestor, call["message"], call["parameters"]) for call in job["calls"]]
    finally:
        transceiver.close()


def answer(requestor: avro.ipc.Requestor, name: str, parameters: str) -> dict[str, str]:
    message = requestor.local_protocol.messages[name]
    try:
        request = avro.io.DatumReader(message.request).read(decoder_of(parameters))
        return {"result": base64_of(message.response, requestor.request(name, request))}
    except avro.errors.AvroRemoteException as error:
        # The datum itself: the server's text, or the fields of the declared error.
        (datum,) = error.args
        if isinstance(datum, str):
            return {"failed": datum}
        return {"declared": base64_of(message.errors, datum)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def decoder_of(text: str) -> avro.io.BinaryDecoder:
    return avro.io.BinaryDecoder(io.BytesIO(base64.b64decode(text)))


def base64_of(schema: avro.schema.Schema, value: Any) -> str:
    buffer = io.BytesIO()
    avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(buffer))
    return base64.b64encode(buffer.getvalue()).decode()


def write_line(value: Any) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
