// @ts-check
// Who reads: each answers how many events each route had, and how their times are spread.

import { createReadStream } from "node:fs"
import { aggregate, createSummary, readEvents } from "@avrolet/events"
import { fileSource } from "@avrolet/events/file"
import { query } from "@avrolet/events/sql"
import { DuckDBInstance } from "@duckdb/node-api"
import { Route, Served } from "./workload.js"

/** @typedef {{ directory: string, lines: string }} Stored */
/** @typedef {{ count: number, sum: number }} Answer */

const SELECT = "select route, count(*) as n, sum(millis) as sum, quantile_cont(millis, 0.99) as p99"

/** @type {Readonly<Record<string, (stored: Stored) => Promise<Answer>>>} */
export const readers = {
  "JSON lines: JSON.parse": async ({ lines }) => {
    const groups = new Map()
    await eachLine(lines, (line) => {
      const { route, millis } = JSON.parse(line)
      let summary = groups.get(route)
      if (summary === undefined) groups.set(route, (summary = createSummary()))
      summary.add(millis)
    })
    return answerOf([...groups.values()].map(({ count, sum }) => ({ n: count, sum })))
  },
  "JSON lines: DuckDB": async ({ lines }) => {
    const connection = await (await DuckDBInstance.create()).connect()
    const columns = "columns = { route: 'VARCHAR', millis: 'DOUBLE' }, format = 'newline_delimited'"
    const rows = await connection.runAndReadAll(
      `${SELECT} from read_json('${lines}', ${columns}) group by route`,
    )
    return answerOf(/** @type {any} */ (rows.getRowObjectsJS()))
  },
  "ours: aggregate, two fields": async ({ directory }) => {
    const { groups } = await aggregate(fileSource(directory), Route, {
      by: ({ value }) => value.route,
      measures: { millis: ({ value }) => value.millis },
    })
    return answerOf(groups.map(({ count, measures }) => ({ n: count, sum: measures.millis.sum })))
  },
  "ours: aggregate, all fields": async ({ directory }) => {
    const { groups } = await aggregate(fileSource(directory), Served, {
      by: ({ value }) => value.route,
      measures: { millis: ({ value }) => value.millis },
    })
    return answerOf(groups.map(({ count, measures }) => ({ n: count, sum: measures.millis.sum })))
  },
  "ours: readEvents": async ({ directory }) => {
    const groups = new Map()
    for await (const { value } of readEvents(fileSource(directory), Route)) {
      let summary = groups.get(value.route)
      if (summary === undefined) groups.set(value.route, (summary = createSummary()))
      summary.add(value.millis)
    }
    return answerOf([...groups.values()].map(({ count, sum }) => ({ n: count, sum })))
  },
  "ours: SQL": async ({ directory }) => {
    /** @type {any[]} */
    const rows = []
    for await (const row of query(fileSource(directory), `${SELECT} from Served group by route`))
      rows.push(row)
    return answerOf(rows)
  },
}

/** @param {readonly { n: number | bigint, sum: number }[]} groups @returns {Answer} */
function answerOf(groups) {
  return groups.reduce((all, { n, sum }) => ({ count: all.count + Number(n), sum: all.sum + sum }), {
    count: 0,
    sum: 0,
  })
}

/** Faster than `readline`, which gives each line an event. @param {string} path @param {(line: string) => void} each */
async function eachLine(path, each) {
  let rest = ""
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 })) {
    const lines = (rest + chunk).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) each(line)
  }
}
