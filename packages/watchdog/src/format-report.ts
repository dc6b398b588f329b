// The report for people: what blocks, where, for how long, on whose behalf. Pure: blocks in, text out.

import { isAbsolute, relative } from "node:path"
import { styleText } from "node:util"
import { type Block, calleeOf, type Frame, isOwn, type ThreadIdentity } from "./block.ts"
import { placeOf } from "./format-stack.ts"
import type { Formatter } from "./formatter.ts"
import type { Place } from "./places.ts"
import type { ReportStyle } from "./report-style.ts"

const MAX_FRAMES = 10
const MAX_PLACES = 20
const MAX_NAME_WIDTH = 40

/** The formatter for people. */
export const createPrettyFormatter = (style: ReportStyle, thread: ThreadIdentity): Formatter => ({
  blocked: (block, extent, before) => formatBlocked(block, extent, style, before),
  lasting: (block) => formatLasting(block, style),
  free: (block, told) => formatFree(block, told, style),
  starved: (block) => formatStarved(block, style),
  summary: (places) => formatSummary(places, style, thread),
  trouble: formatTrouble,
})

function formatBlocked(
  block: Block,
  extent: "so far" | "in all",
  style: ReportStyle,
  before?: Place,
): string {
  const { paint } = painter(style)
  const millis = formatMillis(block.millis)
  const head =
    extent === "so far"
      ? `⚠ ${loopOf(block)} blocked for ${millis} so far`
      : `⚠ ${loopOf(block)} was blocked for ${millis}`
  const lines = [`${paint("yellow", head)}, ${whereabouts(block, style)}`, ...details(block, style)]
  if (before !== undefined) {
    const { times, totalMillis } = before
    lines.push(`  before: ${formatTimes(times)} at this place, ${formatMillis(totalMillis)} in all`)
  }
  return [...lines, ""].join("\n")
}

const formatLasting = (block: Block, style: ReportStyle): string =>
  `${painter(style).paint("yellow", `⚠ ${loopOf(block)} still blocked after ${formatMillis(block.millis)}`)}, ${whereabouts(block, style)}\n`

function formatFree(block: Block, told: Block, style: ReportStyle): string {
  const { paint } = painter(style)
  const head = paint("green", `✓ ${loopOf(block)} free again after ${formatMillis(block.millis)}`)
  if (told.frames.length === 0 && block.frames.length > 0) {
    return [`${head}, ${whereabouts(block, style)}`, ...details(block, style), ""].join("\n")
  }
  const queued = block.figures.queuedMillis ?? 0
  const notes = [
    whereabouts(block, style),
    `${block.samples} ${block.samples === 1 ? "sample" : "samples"}`,
    ...(block.cause === told.cause ? [] : [`cause: ${block.cause}, ${CAUSES[block.cause](block)}`]),
    ...(queued * 4 > block.millis ? [`${formatMillis(queued)} of it waiting for a processor`] : []),
  ]
  return `${head}  ${paint("dim", `(${notes.join(", ")})`)}\n`
}

const formatStarved = (block: Block, style: ReportStyle): string =>
  `${painter(style).paint("yellow", `⚠ ${loopOf(block)} late by ${formatMillis(block.millis)}`)}, and not because of this program: it waited ${formatMillis(block.figures.queuedMillis ?? 0)} for a processor\n`

function formatSummary(places: readonly Place[], { directory }: ReportStyle, thread: ThreadIdentity): string {
  const rows = places
    .slice(0, MAX_PLACES)
    .map(({ name, times, totalMillis, worstMillis }) => [
      String(times),
      formatMillis(totalMillis),
      formatMillis(worstMillis),
      printable(name.replace(`(${directory}/`, "(")),
    ])
  const table = [["times", "total", "worst", "place"], ...rows]
  const width = (column: number): number => Math.max(...table.map((row) => row[column]?.length ?? 0))
  const lines = table.map(
    ([times = "", total = "", worst = "", place]) =>
      `  ${times.padStart(width(0))}  ${total.padStart(width(1))}  ${worst.padStart(width(2))}  ${place}`,
  )
  const rest = places.length - rows.length
  const blocks = places.reduce((sum, { times }) => sum + times, 0)
  return [
    `${loopOf(thread)}: ${blocks} blocks in ${places.length} ${places.length === 1 ? "place" : "places"}`,
    ...lines,
    ...(rest > 0 ? [`  … ${rest} more`] : []),
    "",
  ].join("\n")
}

const formatTrouble = (sentence: string): string => `avrolet watchdog: ${sentence}\n`

// Most programs have one event loop.
function loopOf({ threadId, threadName }: ThreadIdentity): string {
  if (threadId === 0) return "event loop"
  return `event loop of worker ${threadId}${threadName ? ` (${printable(threadName)})` : ""}`
}

function details(block: Block, style: ReportStyle): string[] {
  const { paint } = painter(style)
  const lines = [`  cause: ${block.cause} (${CAUSES[block.cause](block)})`]
  const served = servedOf(block)
  if (served !== undefined) lines.unshift(`  while serving ${paint("bold", printable(served))}`)
  else if (isLoading(block)) lines.unshift("  while loading modules")
  for (const [name, text] of Object.entries(block.contexts ?? {}))
    lines.push(`  ${printable(`${name}: ${text}`)}`)
  if (block.stackTaken === "after") lines.push(`  stack: ${stackNote(block)}`)
  return [...lines, ...formatFrames(block.frames, style)]
}

// Over HTTP a message is served within a request.
function servedOf({ request, httpRequest }: Block): string | undefined {
  if (request === undefined || httpRequest === undefined) return request ?? httpRequest
  return `${request} (${httpRequest})`
}

const CAUSES: Record<Block["cause"], (block: Block) => string> = {
  cpu: () => "JavaScript kept running",
  microtasks: (block) => `microtasks or ticks that never end; ${formatMoves(block)}`,
  callbacks: (block) => `many callbacks in one turn; ${formatMoves(block)}`,
  gc: ({ figures }) => `garbage collection: ${formatMillis(figures.gcMillis)} of it`,
  "sync-call": ({ call }) => `${printable(call ?? "a call")} holds the thread until it is done`,
  native: ({ figures, stackTaken }) =>
    stackTaken === "after" || figures.silentMillis > figures.answeredMillis
      ? "inside a call that cannot be interrupted"
      : "inside calls that wait",
  starved: () => "the machine gave this thread no processor",
  unknown: () => "nothing could be learnt about it",
}

const formatMoves = ({ figures, samples }: Block): string =>
  `at ${figures.callbacks} of ${samples} looks another one was running`

function stackNote({ frames }: Block): string {
  if (frames.length === 0) return "to be had when the call returns"
  if (!frames.some(isOwn)) return "the call had returned before its caller could be seen"
  return calleeOf(frames) === undefined
    ? "taken after the call had returned; the call is on its first line or just before"
    : "taken as the call returned"
}

function whereabouts(block: Block, style: ReportStyle): string {
  const { frames, stackTaken, cause, call } = block
  const frame = frames.find((each) => isOwn(each) && !each.async)
  const { paint } = painter(style)
  if (frame === undefined) {
    if (cause === "unknown") return "place unknown"
    if (call !== undefined) return `inside ${paint("bold", printable(call))}`
    return stackTaken === "after" ? "inside a native call" : "with nothing of the application on the stack"
  }
  const callee = calleeOf(frames)
  // what JavaScript calls changes from moment to moment; a builtin or a native call is where it stays
  const stays =
    callee !== undefined && (callee.file === undefined || cause === "native" || cause === "sync-call")
  const calling = stays ? ` calling ${printable(callee.name)}` : ""
  // the function that is known is then the one that went on, and need not be the one that called
  const preposition =
    stackTaken === "after" && callee === undefined ? "inside a native call just before" : "in"
  return `${preposition} ${paint("bold", printable(frame.name))}${calling}  ${paint("cyan", shortPlace(frame, style))}`
}

// Frames inside Node are left out, except the one the application called, and when there are no others.
function formatFrames(frames: readonly Frame[], style: ReportStyle): string[] {
  const { paint } = painter(style)
  const callee = calleeOf(frames)
  const some = frames.some(isOwn)
  const shown = frames.filter((frame) => !some || frame === callee || isOwn(frame))
  const lines = shown.slice(0, MAX_FRAMES).map((frame) => ({ frame, name: nameOf(frame) }))
  const width = Math.min(MAX_NAME_WIDTH, Math.max(0, ...lines.map(({ name }) => name.length)))
  const rest = shown.length - lines.length
  return [
    ...lines.map(({ frame, name }) => {
      const line = `    at ${name.padEnd(width)}  ${shortPlace(frame, style)}`.trimEnd()
      return isOwn(frame) && !frame.file?.includes("/node_modules/") ? line : paint("dim", line)
    }),
    ...(rest > 0 ? [paint("dim", `    … ${rest} more`)] : []),
  ]
}

const nameOf = ({ name, async }: Frame): string => `${async ? "async " : ""}${printable(name)}`

const isLoading = ({ frames }: Block): boolean =>
  frames.some(({ file, async }) => !async && file?.startsWith("node:internal/modules/"))

function shortPlace(frame: Frame, { directory }: ReportStyle): string {
  if (frame.file === undefined) return ""
  if (!isAbsolute(frame.file)) return printable(placeOf(frame))
  const near = relative(directory, frame.file)
  return printable(placeOf({ ...frame, file: near.length < frame.file.length ? near : frame.file }))
}

const formatTimes = (times: number): string => (times === 1 ? "once" : `${times} times`)

function formatMillis(millis: number): string {
  return millis < 10_000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(1)} s`
}

// Names and paths come from the program, some from its data: they must not drive the terminal.
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "\u{fffd}")

function painter({ color }: ReportStyle): {
  paint: (format: Parameters<typeof styleText>[0], text: string) => string
} {
  // the stream to validate would be standard output, and we write to standard error: decided by the caller
  return { paint: (format, text) => (color ? styleText(format, text, { validateStream: false }) : text) }
}
