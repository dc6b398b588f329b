// @ts-check
// Gives the Java peers their home: makes `.jars` beside this file with what pom.xml names, Apache's own test
// data (`share/test`) and the compiled programs. Stamps hold what they were made from, so a second run does
// nothing.
//
//   node conformance/java/install.js

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fail, must, run } from "../run-command.js"

const here = import.meta.dirname
const jars = join(here, ".jars")
const classes = join(jars, "classes")
const programs = ["Peer.java", "Exchange.java", "Files.java", "Rpc.java", "Idl.java"]

await unlessStamped(["pom.xml"], async () => {
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
await unlessStamped(programs, async () => {
  await need("javac", ["--version"], "a Java development kit of version 17 or newer")
  rmSync(classes, { recursive: true, force: true })
  const target = ["--release", "17", "-encoding", "UTF-8", "-Xlint:deprecation", "-d", classes]
  const sources = programs.map((program) => join(here, program))
  await must("Compiling the Java peers", "javac", [...target, "-cp", join(jars, "*"), ...sources])
})

/**
 * Does `work` unless it was done for these very sources.
 * @param {string[]} sources
 * @param {() => Promise<void>} work
 */
async function unlessStamped(sources, work) {
  const stamp = join(jars, `${sources.join("+")}.installed`)
  const text = sources.map((source) => readFileSync(join(here, source), "utf8")).join("")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === text) return
  await work()
  writeFileSync(stamp, text)
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} what
 */
async function need(command, args, what) {
  const { ok, output } = await run(`Looking for ${command}`, command, args)
  if (!ok) {
    fail(
      `The Java peers need ${what}, but ${output.trim()}: install it with the system's package manager, ` +
        "such as `apt install openjdk-17-jdk-headless maven` or `brew install openjdk maven`.",
    )
  }
}
