// @ts-check
// What was measured, as Markdown: a table for each way of running and each direction, who is faster
// than ours where, memory, and how far the targets are met.

import { table } from "../shared/markdown.js"
import { geometricMean, median, scatter } from "../shared/statistics.js"

/** @typedef {import("./retain.js").Retained} Retained */
/** @typedef {"encode" | "decode" | "resolve"} Kind */

/**
 * @typedef {object} Result
 * @property {"mixed" | "solo"} mode
 * @property {string} sample
 * @property {boolean} tuned
 * @property {Kind} kind
 * @property {Record<string, number[]>} times By codec, nanoseconds in each round of all passes.
 * @property {Record<string, number>} sizes
 */

/**
 * @typedef {object} Retention
 * @property {string} sample
 * @property {"encode" | "decode"} direction
 * @property {Record<string, Retained[]>} runs By codec, one a round.
 */

/**
 * @typedef {object} Report
 * @property {Record<string, string>} about
 * @property {Result[]} results
 * @property {Retention[]} retentions
 */

/** Above this, a cell is marked: its rounds disagree too much for its last digits to mean anything. */
const SCATTERED = 0.25

/** @type {Record<string, string>} */
const titles = {
  emitted: "ours",
  closures: "interpreted",
  msgpackr: "msgpackr",
  json: "JSON",
  protobufjs: "protobufjs",
  "emitted into": "ours, into",
}

/** @type {Record<Result["mode"], string>} */
const modes = {
  mixed: "Mixed: every schema and every codec in one process",
  solo: "Solo: a process for each schema",
}

/** @type {Record<Kind, string[]>} */
const columns = {
  encode: ["emitted", "closures", "msgpackr", "json", "protobufjs", "emitted into"],
  decode: ["emitted", "closures", "msgpackr", "json", "protobufjs"],
  resolve: ["emitted", "closures"],
}

/** @param {Report} report */
export function render({ about, results, retentions }) {
  const parts = [Object.entries(about).map(([key, value]) => `${key}: ${value}`)]
  for (const mode of /** @type {const} */ (["mixed", "solo"])) {
    const ofMode = results.filter((result) => result.mode === mode)
    if (ofMode.length === 0) continue
    parts.push([`## ${modes[mode]}`])
    for (const kind of /** @type {const} */ (["encode", "decode", "resolve"])) {
      parts.push(speedTable(kind, ofMode))
    }
    parts.push(faster(ofMode), scattered(ofMode))
  }
  if (retentions.length > 0) parts.push(["## Results kept: a process for each codec"], keptTable(retentions))
  parts.push(["## Targets"], targetTable(results))
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`
}

/**
 * Times faster than avsc, the median of the rounds' ratios. What writes into a buffer that is kept is
 * compared with avsc doing so.
 * @param {Result} result
 * @param {string} codec
 */
export function ratio(result, codec) {
  return median(ratios(result, codec))
}

/** @param {Result} result @param {string} codec */
function ratios({ times }, codec) {
  const base = times[codec.endsWith(" into") ? "avsc into" : "avsc"] ?? []
  return (times[codec] ?? []).map((time, round) => (base[round] ?? Number.NaN) / time)
}

/** @param {Kind} kind @param {Result[]} results */
function speedTable(kind, results) {
  const rows = results.filter((result) => result.kind === kind)
  if (rows.length === 0) return []
  const codecs = columns[kind]
  const tuned = rows.filter((row) => row.tuned)
  const untuned = rows.filter((row) => !row.tuned)
  const line = (/** @type {Result} */ row) => [
    row.sample,
    median(row.times["avsc"] ?? []).toFixed(0),
    ...codecs.map(
      (codec) => `${scatter(ratios(row, codec)) > SCATTERED ? "~" : ""}${twoDigits(ratio(row, codec))}`,
    ),
  ]
  const mean = (/** @type {string} */ title, /** @type {Result[]} */ of) =>
    of.length < 2
      ? []
      : [[title, "", ...codecs.map((codec) => twoDigits(geometricMean(of.map((row) => ratio(row, codec)))))]]
  return table([
    [kind, "avsc ns", ...codecs.map((codec) => titles[codec] ?? codec)],
    ...tuned.map(line),
    ...mean("*geometric mean*", tuned),
    ...untuned.map(line),
    ...mean("*geometric mean, not tuned on*", untuned),
    ...(tuned.length > 1 || untuned.length > 1 ? mean("*geometric mean of all*", rows) : []),
  ])
}

/** @param {Result[]} results */
function faster(results) {
  const lines = results.flatMap((result) => {
    const ours = ratio(result, "emitted")
    const ahead = ["avsc", "msgpackr", "json", "protobufjs"]
      .filter((codec) => result.times[codec] !== undefined && ratio(result, codec) > ours)
      .map((codec) => `${titles[codec] ?? codec} by ${twoDigits(ratio(result, codec) / ours)}`)
    return ahead.length === 0 ? [] : [`- ${result.sample}, ${result.kind}: ${ahead.join(", ")}`]
  })
  return lines.length === 0 ? ["Ours is the fastest on every row."] : ["Faster than ours:", "", ...lines]
}

/** @param {Result[]} results */
function scattered(results) {
  const cells = results.flatMap((result) =>
    columns[result.kind].map((codec) => scatter(ratios(result, codec)) > SCATTERED),
  )
  const count = cells.filter(Boolean).length
  if (count === 0) return []
  return [
    `~ Rounds disagree by more than ${SCATTERED * 100} % in ${count} of ${cells.length} cells` +
      `${count > cells.length / 4 ? ": the machine is busy, run this again when it is not" : ""}.`,
  ]
}

/** @param {Retention[]} retentions */
function keptTable(retentions) {
  const codecs = ["avsc", "emitted", "closures", "msgpackr", "json"]
  return table([
    ["", "kept", ...codecs.map((codec) => titles[codec] ?? codec)],
    ...retentions.map(({ sample, direction, runs }) => [
      `${sample}, ${direction}`,
      String(runs["avsc"]?.[0]?.kept),
      ...codecs.map((codec) => {
        const ofCodec = runs[codec] ?? []
        const speed = median(ofCodec.map(({ nanos }, round) => (runs["avsc"]?.[round]?.nanos ?? 0) / nanos))
        const nanos = median(ofCodec.map((run) => run.nanos))
        const held = median(ofCodec.map((run) => run.heldBytes)) / 1e6
        const rss = median(ofCodec.map((run) => run.rssBytes)) / 1e6
        const first = codec === "avsc" ? `${nanos.toFixed(0)} ns` : twoDigits(speed)
        return `${first} · ${held.toFixed(1)} · ${rss.toFixed(0)}`
      }),
    ]),
  ])
}

/** @param {Result[]} results */
function targetTable(results) {
  const sets = /** @type {const} */ (["mixed", "solo"]).flatMap((mode) =>
    [true, false].map((tuned) => ({
      title: `${mode}, ${tuned ? "the ten" : "not tuned on"}`,
      rows: results.filter((result) => result.mode === mode && result.tuned === tuned),
    })),
  )
  return table([
    ["target", ...sets.map(({ title }) => title)],
    ...targets.map(({ title, least, of }) => [
      title,
      ...sets.map(({ rows }) => {
        const { value, where } = of(rows)
        if (Number.isNaN(value) || !Number.isFinite(value)) return "–"
        const place = where === undefined ? "" : ` (${where})`
        return value >= least ? `${twoDigits(value)}${place}` : `**${twoDigits(value)}**${place}`
      }),
    ]),
  ])
}

/** @type {{ title: string, least: number, of: (rows: Result[]) => { value: number, where?: string } }[]} */
const targets = [
  { title: "encode ≥ 4, geometric mean", least: 4, of: meanOf("encode", "emitted") },
  { title: "decode ≥ 3, geometric mean", least: 3, of: meanOf("decode", "emitted") },
  { title: "resolution ≥ 3", least: 3, of: meanOf("resolve", "emitted") },
  { title: "encode ≥ 2.5, worst row", least: 2.5, of: worstOf("encode", () => 1) },
  { title: "decode ≥ 1.2, worst row", least: 1.2, of: worstOf("decode", () => 1) },
  { title: "encode ahead of JSON, worst row", least: 1, of: worstOf("encode", (row) => ratio(row, "json")) },
  { title: "decode ahead of JSON, worst row", least: 1, of: worstOf("decode", (row) => ratio(row, "json")) },
  {
    title: "encode ahead of msgpackr, worst row",
    least: 1,
    of: worstOf("encode", (row) => ratio(row, "msgpackr")),
  },
  {
    title: "decode ahead of msgpackr, worst row",
    least: 1,
    of: worstOf("decode", (row) => ratio(row, "msgpackr")),
  },
  { title: "interpreted: encode ≥ 1.5, geometric mean", least: 1.5, of: meanOf("encode", "closures") },
  { title: "interpreted: decode ≥ 1, geometric mean", least: 1, of: meanOf("decode", "closures") },
]

/**
 * @param {Kind} kind
 * @param {string} codec
 * @returns {(rows: Result[]) => { value: number }}
 */
function meanOf(kind, codec) {
  return (rows) => ({
    value: geometricMean(rows.filter((row) => row.kind === kind).map((row) => ratio(row, codec))),
  })
}

/**
 * Our speed over another's, where that is least.
 * @param {Kind} kind
 * @param {(row: Result) => number} other
 * @returns {(rows: Result[]) => { value: number, where?: string }}
 */
function worstOf(kind, other) {
  return (rows) => {
    const [worst] = rows
      .filter((row) => row.kind === kind)
      .map((row) => ({ value: ratio(row, "emitted") / other(row), where: row.sample }))
      .toSorted((a, b) => a.value - b.value)
    return worst ?? { value: Number.NaN }
  }
}

/** @param {number} value */
function twoDigits(value) {
  return value.toFixed(2)
}
