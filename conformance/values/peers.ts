// Starts Avro's own libraries, in Java and in Python, and asks them in lines of JSON: ../java/Peer.java
// and peer.py say what.

import { startJavaProgram } from "../java/peer.ts"
import type { Peer } from "../peer.ts"
import { startPythonProgram } from "../python/peer.ts"

/** What is asked of a peer. Schemas and values are JSON text, bytes are hex. */
export type Question =
  | { readonly do: "parse"; readonly schema: string }
  | { readonly do: "encode" | "single"; readonly schema: string; readonly json: string }
  | { readonly do: "decode"; readonly schema: string; readonly hex: string; readonly writer?: string }
  | { readonly do: "compare"; readonly schema: string; readonly hex: string; readonly other: string }
  | { readonly do: "unsingle"; readonly schema: string; readonly hex: string; readonly writers?: string[] }
  | { readonly do: "logical"; readonly schema: string; readonly hex: string }
  | { readonly do: "examples" }

/** What it answers: `ok` is of the shape that the question asks for. */
export interface Answer {
  readonly ok?: unknown
  readonly error?: string
}

/** A peer under way. Ends with its scope. */
export interface ValuePeer extends AsyncDisposable {
  readonly versions: Readonly<Record<string, string>>
  /** Asks all the questions in one line. */
  ask(...questions: readonly Question[]): Promise<Answer[]>
}

/** Starts Avro's Java library. Rejects if it is not installed. */
export async function startJava(): Promise<ValuePeer> {
  return asked(await startJavaProgram("Peer"))
}

/** Starts Avro's Python library. Rejects if it is not installed. */
export async function startPython(): Promise<ValuePeer> {
  return asked(await startPythonProgram("../values/peer.py"))
}

const asked = (peer: Peer): ValuePeer => ({
  versions: peer.hello.versions,
  ask: async (...questions) => (await peer.ask(questions)) as Answer[],
  [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
})
