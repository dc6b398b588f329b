// @ts-check
// Gives Kafka its home: makes `.jars` beside this file with what pom.xml names, a broker and a Schema Registry, and
// compiles the Java peers. A second run does nothing. After conformance/java/install.js, whose Avro the peer uses.
//
//   node conformance/kafka/install.js

import { mkdirSync, rmSync } from "node:fs"
import { delimiter, join } from "node:path"
import { must, need, unlessStamped } from "../run-command.js"

const here = import.meta.dirname
const jars = join(here, ".jars")
const classes = join(jars, "classes")
const programs = ["KafkaPeer.java", "CountByField.java"]

await unlessStamped(here, ["pom.xml"], async () => {
  await need("mvn", ["--version"], "Maven 3.8 or newer")
  rmSync(jars, { recursive: true, force: true })
  mkdirSync(jars)
  const goals = ["dependency:copy-dependencies@broker", "dependency:unpack@registry"]
  await must("Getting Kafka and a Schema Registry", "mvn", ["--batch-mode", "--quiet", ...goals], here)
})
await unlessStamped(here, programs, async () => {
  await need("javac", ["--version"], "a Java development kit of version 17 or newer")
  rmSync(classes, { recursive: true, force: true })
  const path = [join(jars, "broker", "*"), join(here, "../java/.jars", "*")].join(delimiter)
  const target = ["--release", "17", "-encoding", "UTF-8", "-d", classes, "-cp", path]
  await must("Compiling the Java peers of Kafka", "javac", [
    ...target,
    ...programs.map((program) => join(here, program)),
  ])
})
