// @ts-check
// Measures names that are slow to resolve beside file reads and a quick name: npm run bench:dns
//
// Both lookups ask the same server through the same resolv.conf. That needs a resolv.conf of its own and port 53,
// so each measurement runs in namespaces of its own (unshare of util-linux): Linux only, no root needed where
// user namespaces are allowed. Tables on standard output, progress on standard error. See README.md

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { environment } from "../shared/environment.js"
import { table } from "../shared/markdown.js"

/** @typedef {import("./measure.js").Measured} Measured */

/** @type {readonly { title: string, kind: string, threads: number }[]} */
const rows = [
  { title: "no names", kind: "none", threads: 4 },
  { title: "`dns.lookup`", kind: "node", threads: 4 },
  { title: "**ours**", kind: "ours", threads: 4 },
  { title: "no names, `UV_THREADPOOL_SIZE=1`", kind: "none", threads: 1 },
  { title: "`dns.lookup`, `UV_THREADPOOL_SIZE=1`", kind: "node", threads: 1 },
  { title: "**ours**, `UV_THREADPOOL_SIZE=1`", kind: "ours", threads: 1 },
]

/** Gives the loopback device and the resolv.conf, then becomes the measurement. */
const ENTER = 'ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'

const loadBefore = loadavg()
const folder = mkdtempSync(join(tmpdir(), "avrolet-bench-dns-"))
const resolvConf = join(folder, "resolv.conf")
writeFileSync(resolvConf, "nameserver 127.0.0.1\noptions timeout:10\n")
try {
  const cells = []
  for (const { title, kind, threads } of rows) {
    console.error(title)
    cells.push(cellsOf(title, await measure(kind, threads)))
  }
  const { date, node, machine } = environment(loadBefore)
  console.log(`- date: ${date}\n- node: ${node}\n- machine: ${machine}\n`)
  console.log(table([["", "100 names", "quick name", "reads", "median", "worst"], ...cells]).join("\n"))
} finally {
  rmSync(folder, { recursive: true })
}

/** @param {string} kind @param {number} threads @returns {Promise<Measured>} */
async function measure(kind, threads) {
  const command = [process.execPath, join(import.meta.dirname, "measure.js"), kind]
  const namespaces = ["--map-root-user", "--mount", "--net"]
  const child = spawn("unshare", [...namespaces, "sh", "-c", ENTER, "sh", resolvConf, ...command], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(threads) },
  })
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")])
  if (code !== 0) throw new Error(`the measurement of "${kind}" failed; it needs Linux, unshare and ip`)
  return JSON.parse(printed)
}

/** @param {string} title @param {Measured} measured */
function cellsOf(title, { namesMillis, quickMillis, reads, medianMillis, worstMillis }) {
  const millis = (/** @type {number | null} */ value) =>
    value === null ? "" : `${value.toFixed(value < 10 ? 1 : 0)} ms`
  return [
    title,
    millis(namesMillis),
    millis(quickMillis),
    String(reads),
    millis(medianMillis),
    millis(worstMillis),
  ]
}
