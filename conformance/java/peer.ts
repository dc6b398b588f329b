// Where the Java peers are.

import { existsSync } from "node:fs"
import { delimiter } from "node:path"
import { fileURLToPath } from "node:url"
import { type Peer, startProgram } from "../peer.ts"

const jars = fileURLToPath(new URL(".jars", import.meta.url))

/** Starts a Java program of this folder. Rejects if it is not installed here. */
export async function startJavaProgram(program: string, ...args: string[]): Promise<Peer> {
  if (!existsSync(`${jars}/${program}.java.installed`))
    throw new Error("The Java peers are not installed: node conformance/java/install.js")
  const path = [`${jars}/*`, `${jars}/classes`].join(delimiter)
  return startProgram("java", ["-cp", path, program, ...args])
}
