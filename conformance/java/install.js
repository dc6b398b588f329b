// @ts-check
// Gives the Java peers their home: makes `.jars` beside this file with what pom.xml names, Apache's own test
// data (`share/test`) and the compiled programs. Stamps hold what they were made from, so a second run does
// nothing.
//
//   node conformance/java/install.js

import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { must, need, unlessStamped } from "../run-command.js"

const here = import.meta.dirname
const jars = join(here, ".jars")
const classes = join(jars, "classes")
const programs = ["Peer.java", "Exchange.java", "Files.java", "Rpc.java", "Idl.java"]

await unlessStamped(here, ["pom.xml"], async () => {
  await need("mvn", ["--version"], "Maven 3.8 or newer")
  rmSync(jars, { recursive: true, force: true })
  mkdirSync(jars)
  const goals = [
    "dependency:copy-dependencies@jars",
    "dependency:unpack-dependencies@data",
    "dependency:unpack-dependencies@idl",
  ]
  await must("Getting the Java packages", "mvn", ["--batch-mode", "--quiet", ...goals], here)
})
await unlessStamped(here, programs, async () => {
  await need("javac", ["--version"], "a Java development kit of version 17 or newer")
  rmSync(classes, { recursive: true, force: true })
  const target = ["--release", "17", "-encoding", "UTF-8", "-Xlint:deprecation", "-d", classes]
  const sources = programs.map((program) => join(here, program))
  await must("Compiling the Java peers", "javac", [...target, "-cp", join(jars, "*"), ...sources])
})
