// @ts-check
// Measures our calls beside the raw limits of their transports and their peers: npm run bench:rpc
//
//   --quick        in about two minutes, with fewer rounds
//   --only a,b     only these contestants, and the raw limits that they are compared with
//   --json FILE    every round's samples, to look at later
//
// Tables on standard output, progress on standard error. What the numbers mean: README.md

import { readFileSync, writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { environment, versionsOf } from "../shared/environment.js"
import { copyBuilds } from "./builds.js"
import { compete } from "./compete.js"
import { contestantOf, contestants } from "./contestants.js"
import { render } from "./report.js"

const PEERS = [
  "undici",
  "fastify",
  "avsc",
  "@grpc/grpc-js",
  "protobufjs",
  "@connectrpc/connect-node",
  "@trpc/server",
  "@nats-io/transport-node",
]

const { quick, json, chosen } = optionsOf(process.argv.slice(2))

const plan = quick
  ? { rounds: 3, leadMillis: 60, millis: 160, warmMillis: 2000 }
  : { rounds: 6, leadMillis: 120, millis: 500, warmMillis: 7200 }

const startedAt = Date.now()
const loadBefore = loadavg()
const builds = copyBuilds()
process.once("exit", () => builds.remove())

const { results, absent } = await compete(chosen, builds.path, plan)
const report = { about: about(), results, absent }
console.log(render(report))
if (json !== undefined) writeFileSync(json, JSON.stringify({ ...report, absent: [...absent] }))

/** @param {string[]} args */
function optionsOf(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { quick: { type: "boolean" }, only: { type: "string" }, json: { type: "string" } },
    })
    const only = values.only?.split(",").map(contestantOf) ?? contestants
    return {
      quick: values.quick === true,
      json: values.json,
      chosen: contestants.filter((one) => one.always === true || isMeant(one, only)),
    }
  } catch (error) {
    console.error(`bench:rpc: ${error instanceof Error ? error.message : error}`)
    process.exit(2)
  }
}

/**
 * Who is watched is compared with the same unwatched, and with the same once more.
 * @param {import("./contestants.js").Contestant} one
 * @param {readonly import("./contestants.js").Contestant[]} only
 */
function isMeant(one, only) {
  const bases = only.flatMap(({ watches }) => watches ?? [])
  const isControl = one.name.endsWith("-again") && bases.includes(one.watches ?? "")
  return only.includes(one) || bases.includes(one.name) || isControl
}

function about() {
  const { rounds, millis, warmMillis } = plan
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  const args = process.argv.slice(2).join(" ")
  return {
    ...environment(loadBefore),
    peers: `${versionsOf(PEERS)}; in Python: ${pythonVersions()}`,
    effort: `${warmMillis} ms of warm-up each, ${rounds} rounds of ${millis} ms a cell, in ${seconds} s`,
    command: `npm run bench:rpc${args === "" ? "" : ` -- ${args}`}`,
  }
}

function pythonVersions() {
  const file = join(import.meta.dirname, "../../conformance/python/requirements.txt")
  const pinned = readFileSync(file, "utf8").matchAll(/^(avro|eventlet)==(\S+)/gm)
  return Array.from(pinned, ([, name, version]) => `${name} ${version}`).join(", ")
}
