// Where the Java peers are.

import { existsSync } from "node:fs"
import { delimiter } from "node:path"
import { fileURLToPath } from "node:url"
import { type Peer, startProgram } from "../peer.ts"

const jars = fileURLToPath(new URL(".jars", import.meta.url))

/** Starts a Java program of this folder. Rejects if it is not installed here. */
export async function startJavaProgram(program: string, ...args: string[]): Promise<Peer> {
  return startJavaProgramWith([], program, ...args)
}

/** The same, with more folders on the class path. */
export async function startJavaProgramWith(
  folders: readonly string[],
  program: string,
  ...args: string[]
): Promise<Peer> {
  if (!existsSync(`${jars}/classes/${program}.class`))
    throw new Error("The Java peers are not installed: node conformance/java/install.js")
  const path = [`${jars}/*`, `${jars}/classes`, ...folders].join(delimiter)
  // Threads that do nothing but compile would take the second core from the other peers.
  return startProgram("java", ["-XX:TieredStopAtLevel=1", "-cp", path, program, ...args])
}
