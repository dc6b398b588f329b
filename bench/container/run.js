// @ts-check
// Writes and reads a million records beside avsc and Python's fastavro: npm run bench:container
//
//   --count N     so many records; default 1000000
//   --rounds N    each so often, in turns; default 3. What is shown are medians
//
// Every measurement is a process of its own. All read the same file, which ours wrote. fastavro comes from the
// environment that `node conformance/python/install.js` makes.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { environment, versionsOf } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { halvesHead, halvesRow, memoryHead, memoryRows } from "./large.js"
import { fastavroVersion, measured } from "./measured.js"
import { speedHead, speedRows } from "./speed.js"
import { records, schema } from "./workload.js"

const { values } = parseArgs({ options: { count: { type: "string" }, rounds: { type: "string" } } })
const count = Number(values.count ?? 1_000_000)
const rounds = Number(values.rounds ?? 3)
const load = loadavg()
const folder = mkdtempSync(join(tmpdir(), "avrolet-bench-container-"))

try {
  const known = join(folder, "records.json")
  writeFileSync(known, JSON.stringify([...records(5000)]))
  const [speed, memory, halves] = [[speedHead], [memoryHead], [halvesHead]]
  for (const codec of ["null", "deflate", "zstandard"]) {
    const [file, written] = [join(folder, `${codec}.avro`), join(folder, "written.avro")]
    const task = { codec, count, records: known, schema }
    await measured("ours", { ...task, action: "write", file })
    speed.push(...(await speedRows("write", { ...task, file: written }, rounds)))
    speed.push(...(await speedRows("read", { ...task, file }, rounds)))
    memory.push(...(await memoryRows(folder, codec, count)))
    halves.push(await halvesRow(folder, codec, count * 4, rounds))
    console.error(`${codec} is measured`)
  }
  const { date, node, machine } = environment(load)
  console.log(
    `${date}, Node ${node}, ${machine}; ${versionsOf(["avsc"])}, fastavro ${await fastavroVersion()}`,
  )
  console.log(`\n${count} records; medians of ${rounds} rounds. "×" is how many times as fast as the peer\n`)
  console.log([speed, memory, halves].map((rows) => table(rows).join("\n")).join("\n\n"))
} finally {
  rmSync(folder, { recursive: true })
}
