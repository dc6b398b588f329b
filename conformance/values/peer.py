"""Avro's own Python library, asked in lines of JSON on standard input, as ../java/Peer.java is.

    python peer.py

Prints {"versions": {"python": "...", "avro": "..."}} first. Then, until its standard input ends, it reads a line of
questions and prints a line of answers in the same order:

    [{"do": "encode", "schema": "\\"int\\"", "json": "1"}, ...]
    [{"ok": "02"} or {"error": "AvroTypeException: ..."}, ...]

    do        takes                    answers
    parse     schema                   {canonical, "CRC-64-AVRO", "MD5", "SHA-256"}
    encode    schema, json             hex
    decode    schema, hex, writer?     json, resolved if there is a writer
    logical   schema, hex              {value, hex}: the value as text, and what it encodes that to again
    examples                           its own tests' schemas: [{schema, valid}]

A schema is its JSON text, a value the text of its JSON encoding, bytes are hex. Everything is stock
but for what Python lacks: the JSON encoding, and with it the names of the branches of unions.
"""

import io
import json
import platform
import sys
import warnings
from importlib.metadata import version
from typing import Any

import avro.errors
import avro.io
import avro.schema

warnings.simplefilter("ignore", avro.errors.AvroWarning)


ALGORITHMS = {"CRC-64-AVRO": "CRC-64-AVRO", "MD5": "md5", "SHA-256": "sha256"}


def main() -> None:
    write_line({"versions": {"python": platform.python_version(), "avro": version("avro")}})
    for line in sys.stdin:
        write_line([answer(question) for question in json.loads(line)])


def answer(question: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": result(question)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def result(question: dict[str, Any]) -> Any:
    if question["do"] == "examples":
        return examples()
    schema = avro.schema.parse(question["schema"])
    match question["do"]:
        case "parse":
            fingerprints = {name: schema.fingerprint(known).hex() for name, known in ALGORITHMS.items()}
            return {"canonical": schema.canonical_form, **fingerprints}
        case "encode":
            return encoded(Writer(schema), from_json(schema, json.loads(question["json"]))).hex()
        case "decode":
            writer = avro.schema.parse(question["writer"]) if "writer" in question else schema
            return json.dumps(to_json(read(Reader(writer, schema), question["hex"])))
        case "logical":
            value = read(avro.io.DatumReader(schema), question["hex"])
            return {"value": str(value), "hex": encoded(avro.io.DatumWriter(schema), value).hex()}
    raise NotImplementedError(question["do"])


def examples() -> list[dict[str, Any]]:
    from avro.test.test_schema import EXAMPLES

    return [{"schema": str(example), "valid": example.valid} for example in EXAMPLES]


def encoded(writer: avro.io.DatumWriter, value: Any) -> bytes:
    out = io.BytesIO()
    writer.write_data(writer.writers_schema, value, avro.io.BinaryEncoder(out))
    return out.getvalue()


def read(reader: avro.io.DatumReader, text: str) -> Any:
    data = io.BytesIO(bytes.fromhex(text))
    value = reader.read(avro.io.BinaryDecoder(data))
    if data.read(1):
        raise avro.errors.AvroException("the value ends before its bytes do")
    return value


class Branch:
    """A value of a union that says which branch it is of: Python's own guesses by the value."""

    def __init__(self, schema: avro.schema.Schema, value: Any) -> None:
        self.schema = schema
        self.value = value


class Writer(avro.io.DatumWriter):
    def write_union(self, writers_schema: Any, datum: Branch, encoder: avro.io.BinaryEncoder) -> None:
        encoder.write_long(writers_schema.schemas.index(datum.schema))
        self.write_data(datum.schema, datum.value, encoder)


class Reader(avro.io.DatumReader):
    def read_data(self, writers_schema: Any, readers_schema: Any, decoder: avro.io.BinaryDecoder) -> Any:
        value = super().read_data(writers_schema, readers_schema, decoder)
        # A union of the writer comes back here with the one branch that it took.
        if isinstance(readers_schema, avro.schema.UnionSchema) and not isinstance(value, Branch):
            branches = readers_schema.schemas
            matching = [branch for branch in branches if branch.match(writers_schema)]
            return Branch(writers_schema if writers_schema in branches else matching[0], value)
        return value


def from_json(schema: avro.schema.Schema, value: Any) -> Any:
    match schema.type:
        case "bytes" | "fixed":
            return value.encode("latin-1")
        case "float" | "double":
            return float(value)
        case "array":
            return [from_json(schema.items, item) for item in value]
        case "map":
            return {key: from_json(schema.values, item) for key, item in value.items()}
        case "union":
            name, content = ("null", None) if value is None else next(iter(value.items()))
            branch = next(branch for branch in schema.schemas if branch_name(branch) == name)
            return Branch(branch, from_json(branch, content))
        case "record":
            return {field.name: from_json(field.type, value[field.name]) for field in schema.fields}
    return value


def to_json(value: Any) -> Any:
    match value:
        case Branch():
            name = branch_name(value.schema)
            return None if name == "null" else {name: to_json(value.value)}
        case bytes():
            return value.decode("latin-1")
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case float() if value != value or value in (float("inf"), float("-inf")):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def branch_name(schema: Any) -> str:
    return schema.fullname if isinstance(schema, avro.schema.NamedSchema) else schema.type


def write_line(value: Any) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
