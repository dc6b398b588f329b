// Where a peer does otherwise than a case says, and why. Whatever is listed has to be so: a peer that mends
// it makes the test fail, and its line goes.

import type { Case } from "./cases/case.ts"

/** A case, by its name, the end of it that is the peer, what comes of it instead, and the reason. */
export interface Difference {
  readonly case: string
  readonly peer: "client" | "server"
  readonly instead: Case["outcome"]
  readonly reason: string
}

const refuses = (peer: Difference["peer"], name: string, reason: string): Difference => ({
  case: name,
  peer,
  reason,
  instead: "fails",
})

const undeclared: Difference = refuses(
  "client",
  "an error that the client does not declare is told by the server's type",
  "it resolves the error as one of those that it declares",
)

export const javaHttpDifferences: readonly Difference[] = [undeclared]

const BOTH_ONE_WAY = "on a connection that remembers its handshake, both sides have to be one-way or neither"

export const javaTcpDifferences: readonly Difference[] = [
  undeclared,
  ...(["client", "server"] as const).flatMap((peer) => [
    refuses(peer, "a message that has become one-way: an older client", BOTH_ONE_WAY),
    refuses(peer, "a message that has become one-way: a newer client", BOTH_ONE_WAY),
  ]),
]

export const pythonHttpDifferences: readonly Difference[] = [
  undeclared,
  ...(["client", "server"] as const).map(
    (peer): Difference => ({
      case: "true in a union",
      peer,
      instead: { result: 1 },
      reason: "a bool is an int to it, and it takes the last branch that fits",
    }),
  ),
  refuses("server", "an array of int is read as one of long", "no promotion inside arrays and maps"),
  refuses("server", "a field renamed, with an alias", "it knows no aliases"),
  refuses(
    "server",
    "a symbol added to an enum: an older server's default",
    "the reader's default is not used for unknown symbols",
  ),
  refuses(
    "client",
    "a response widened to a union: the branch that an older client knows",
    "refused when the schemas meet, not by value",
  ),
]
