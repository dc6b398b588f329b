"""Container files of the two Python libraries, asked for in lines of JSON, as ../java/Files.java is.

    python peer.py avro|fastavro

Values are without bytes and with no union but of null, so that the JSON of their Python objects is their JSON
encoding; a time is given as text.
"""

import json
import platform
import sys
import warnings
from importlib.metadata import version
from typing import Any

import avro.datafile
import avro.errors
import avro.io
import avro.schema
import fastavro

warnings.simplefilter("ignore", avro.errors.AvroWarning)


class Avro:
    def write(self, path: str, codec: str, schema: str, values: list[Any], metadata: dict[str, str]) -> None:
        parsed = avro.schema.parse(schema)
        with open(path, "wb") as file:
            writer = avro.datafile.DataFileWriter(file, avro.io.DatumWriter(), parsed, codec=codec)
            for name, value in metadata.items():
                writer.set_meta(name, value.encode())
            for index, value in enumerate(values):
                writer.append(value)
                if index % 10 == 9:
                    writer.sync()
            writer.close()

    def append(self, path: str, values: list[Any]) -> None:
        with open(path, "ab+") as file, avro.datafile.DataFileWriter(file, avro.io.DatumWriter()) as writer:
            for value in values:
                writer.append(value)

    def read(self, path: str) -> tuple[dict[str, str], list[Any]]:
        with open(path, "rb") as file:
            reader = avro.datafile.DataFileReader(file, avro.io.DatumReader())
            return {name: value.decode() for name, value in reader.meta.items()}, list(reader)


class Fastavro:
    def write(self, path: str, codec: str, schema: str, values: list[Any], metadata: dict[str, str]) -> None:
        with open(path, "wb") as file:
            parsed = json.loads(schema)
            fastavro.writer(file, parsed, values, codec=codec, metadata=metadata, sync_interval=1000)

    def append(self, path: str, values: list[Any]) -> None:
        with open(path, "a+b") as file:
            fastavro.writer(file, None, values)

    def read(self, path: str) -> tuple[dict[str, str], list[Any]]:
        with open(path, "rb") as file:
            reader = fastavro.reader(file)
            return dict(reader.metadata), list(reader)


def answer(library: Any, question: dict[str, Any]) -> dict[str, Any]:
    do, path = question["do"], question["path"]
    values = [json.loads(value) for value in question.get("values", [])]
    try:
        if do == "read":
            metadata, read = library.read(path)
            codec = metadata.get("avro.codec", "null")
            return {"ok": {"codec": codec, "values": [json.dumps(value, default=str) for value in read], "metadata": metadata}}
        if do == "append":
            library.append(path, values)
        else:
            library.write(path, question["codec"], question["schema"], values, question["metadata"])
        return {"ok": True}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def write_line(value: Any) -> None:
    print(json.dumps(value), flush=True)


name = sys.argv[1]
write_line({"versions": {"python": platform.python_version(), name: version(name)}})
for line in sys.stdin:
    write_line(answer(Avro() if name == "avro" else Fastavro(), json.loads(line)))
