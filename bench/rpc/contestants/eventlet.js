// @ts-check
// The ancestor: Avro's own Python server behind Eventlet's WSGI server, called by our client.

import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { protocol } from "../workload.js"
import { HOST } from "./listen.js"
import { callThrough, importHttp } from "./ours.js"

/** @typedef {import("../contestants.js").Setting} Setting */

const PYTHON = join(import.meta.dirname, "../../../conformance/python/.venv/bin/python")

/** @param {Setting} setting @returns {Promise<import("../contestants.js").Served>} */
export async function serve({ builds }) {
  const protocolPath = join(builds, "bench.avpr")
  writeFileSync(protocolPath, JSON.stringify(protocol))
  const server = spawn(PYTHON, [join(import.meta.dirname, "eventlet_server.py"), protocolPath], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  // One line that says the port, and then one for each time that the CPU is asked for.
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]()
  const read = async () => Number((await lines.next()).value)
  return {
    port: await read(),
    async cpuMicros() {
      server.stdin.write("\n")
      return read()
    },
  }
}

/** @param {number} port @param {Setting} setting */
export async function connect(port, { builds }) {
  const { httpTransport } = await importHttp(builds)
  return callThrough(httpTransport(`http://${HOST}:${port}`), builds)
}
