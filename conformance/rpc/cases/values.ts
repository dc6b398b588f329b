// Every type, forth and back, and every end that a call may have, where both sides have the same protocol.

import type { Outcome } from "../outcome.ts"
import type { Case } from "./case.ts"

/** A message that answers the value it gets. */
const echo = (name: string, message: string, value: unknown): Case => called(name, message, { value }, value)

const called = (name: string, message: string, parameters: Case["parameters"], result: unknown): Case =>
  ended(name, message, parameters, { result })

const ended = (
  name: string,
  message: string,
  parameters: Case["parameters"],
  outcome: Case["outcome"],
): Case => ({ name, client: "exchange", server: "exchange", message, parameters, outcome })

const failing = (name: string, value: string, outcome: Outcome | "fails"): Case =>
  ended(name, "fail", { value }, outcome)

const everything = {
  boolean: true,
  int: -(2 ** 31),
  long: Number.MAX_SAFE_INTEGER,
  float: Math.fround(0.1),
  double: Number.MIN_VALUE,
  string: "wörld 🌍",
  bytes: Uint8Array.of(0, 127, 128, 255),
  suit: "HEARTS",
  four: Uint8Array.of(1, 2, 3, 4),
  list: [-0, 1.5, Number.POSITIVE_INFINITY, Number.NaN],
  map: { "": [], clé: ["a", ""], constructor: ["own"] },
  maybe: "SPADES",
  nothing: {},
  next: null,
}

const invoice = {
  id: "123e4567-e89b-12d3-a456-426614174000",
  price: "-1234567.89",
  day: new Date("2024-02-29"),
  at: new Date("2024-02-29T12:34:56.789Z"),
  takes: 86_399_999_999,
}

export const valueCases: readonly Case[] = [
  echo("a string", "text", "hi"),
  echo("an empty string", "text", ""),
  echo("a string of every width of UTF-8", "text", "a é € 🌍 \u0000 \uffff \u{10ffff}"),
  echo("a string of 1 MB", "text", "0123456789".repeat(100_000)),
  echo("a string longer in bytes than in characters", "text", "€".repeat(8191)),
  echo("bytes", "data", Uint8Array.of(0, 127, 128, 255)),
  echo("no bytes", "data", new Uint8Array(0)),
  echo(
    "1 MB of bytes",
    "data",
    Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31) % 251),
  ),
  ...[8191, 8192, 8193].map((size) =>
    echo(`${size} bytes, about Python's buffers`, "data", new Uint8Array(size).fill(7)),
  ),
  echo(
    "1 MB of bytes in a thousand parts",
    "chunks",
    Array.from({ length: 1000 }, (_, index) => new Uint8Array(1100).fill(index % 256)),
  ),
  echo("a record of every type", "everything", everything),
  echo("a record within itself", "everything", { ...everything, next: { ...everything, maybe: null } }),
  echo("a record of logical types", "invoice", invoice),
  echo("an enum", "suit", "SPADES"),
  echo("a map of longs", "longs", { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER }),
  echo("an empty map", "longs", {}),
  ...[null, true, -1, "text"].map((value) => echo(`${String(value)} in a union`, "choice", value)),
  echo("a record without fields", "empty", {}),
  called("no parameters and no result", "nothing", {}, null),
  failing("a declared error", "Missing", {
    declared: "conformance.Missing",
    value: { reason: "there is no such thing" },
  }),
  failing("another declared error of the same message", "Refused", {
    declared: "conformance.Refused",
    value: { code: 7, by: "SPADES" },
  }),
  failing("an error that is not declared", "boom", "fails"),
  called("a one-way message", "note", { value: "one way" }, null),
]
