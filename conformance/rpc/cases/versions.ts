// What changes from one version of a protocol to the next, with the older version on either side. Only the
// message that is called has to be compatible.

import type { Case } from "./case.ts"

/** A newer server. */
const up = (
  name: string,
  message: string,
  parameters: Case["parameters"],
  outcome: Case["outcome"],
): Case => ({ name, client: "exchange", server: "exchange-newer", message, parameters, outcome })

/** An older server. */
const down = (
  name: string,
  message: string,
  parameters: Case["parameters"],
  outcome: Case["outcome"],
): Case => ({ name, client: "exchange-newer", server: "exchange", message, parameters, outcome })

const kept = { result: "kept" }
const reason = "there is no such thing"

const parameterCases: readonly Case[] = [
  up(
    "a parameter added with a default: the server's default",
    "join",
    { value: ["a", "b"] },
    { result: "a-b" },
  ),
  down(
    "a parameter added with a default: an older server ignores it",
    "join",
    { value: ["a", "b"], separator: "+" },
    { result: "a b" },
  ),
  up(
    "a parameter dropped: a newer server ignores it",
    "dropped",
    { value: "kept", more: "not needed" },
    kept,
  ),
  down("a parameter dropped: an older server refuses, for want of it", "dropped", { value: "kept" }, "fails"),
  up("a parameter added without a default: a newer server refuses", "strict", { value: "kept" }, "fails"),
  down(
    "a parameter added without a default: an older server ignores it",
    "strict",
    { value: "kept", more: "not known" },
    kept,
  ),
  up("a parameter of int is read as a long", "promoted", { value: 2 ** 31 - 1 }, { result: "2147483647" }),
  down("a parameter of long is not read as an int", "promoted", { value: 1 }, "fails"),
  up("an array of int is read as one of long", "items", { value: [1, 2] }, { result: "1,2" }),
  up("a branch added to a parameter: the older ones go on", "branch", { value: true }, { result: "true" }),
  down(
    "a branch added to a parameter: an older server reads those it knows",
    "branch",
    { value: "kept" },
    kept,
  ),
  down(
    "a branch added to a parameter: an older server refuses it by the value",
    "branch",
    { value: 1 },
    "fails",
  ),
  up("a field renamed, with an alias", "renamed", { value: { old: "kept" } }, kept),
  up("a symbol added to an enum: the older ones go on", "color", { value: "GREEN" }, { result: "GREEN" }),
  down("a symbol added to an enum: an older server's default", "color", { value: "BLUE" }, { result: "RED" }),
]

const responseCases: readonly Case[] = [
  down("a response of int is read as a long", "widened", { value: 7 }, { result: 7 }),
  up("a response of long is not read as an int", "widened", { value: 7 }, "fails"),
  down("a response widened to a union: an older server's value", "optional", { value: "kept" }, kept),
  up(
    "a response widened to a union: the branch that an older client knows",
    "optional",
    { value: "kept" },
    kept,
  ),
  up("a response widened to a union: an older client refuses the other", "optional", { value: "" }, "fails"),
  up(
    "a field dropped and a field added: an older client",
    "person",
    { value: { name: "Ada", nick: "Countess" } },
    { result: { name: "Ada", nick: "none" } },
  ),
  down(
    "a field dropped and a field added: a newer client",
    "person",
    { value: { name: "Ada", email: "ada@example.org" } },
    { result: { name: "Ada", email: "unknown" } },
  ),
]

// The newer version declares one error more, before the others: their indexes on the wire are others.
const errorCases: readonly Case[] = [
  up(
    "an error with a field more: an older client skips it",
    "fail",
    { value: "Missing" },
    { declared: "conformance.Missing", value: { reason } },
  ),
  down(
    "an error with a field more: a newer client's default",
    "fail",
    { value: "Missing" },
    { declared: "conformance.Missing", value: { reason, hint: "none" } },
  ),
  down(
    "an error with a field less: a newer client skips it",
    "fail",
    { value: "Refused" },
    { declared: "conformance.Refused", value: { code: 7 } },
  ),
  up(
    "an error that the client does not declare is told by the server's type",
    "fail",
    { value: "Teapot" },
    { declared: "conformance.Teapot", value: { short: true } },
  ),
]

const messageCases: readonly Case[] = [
  down("a message added: an older server does not know it", "added", { value: "x" }, "fails"),
  up("a message removed: a newer server does not know it", "removed", { value: "x" }, "fails"),
  up("a message that has become one-way: an older client", "turned", { value: "up" }, { result: null }),
  down("a message that has become one-way: a newer client", "turned", { value: "down" }, { result: null }),
]

export const versionCases: readonly Case[] = [
  ...parameterCases,
  ...responseCases,
  ...errorCases,
  ...messageCases,
]
