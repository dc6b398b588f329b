// What is logged, as events.

import { schema, type ValueOf } from "@avrolet/avro"

/** One line of a log. */
export const Log = schema({
  type: "record",
  name: "Log",
  namespace: "avrolet.events",
  fields: [
    { name: "time", type: { type: "long", logicalType: "timestamp-millis" }, doc: "when it was logged" },
    { name: "level", type: "string", doc: "trace, debug, info, warn, error, fatal, or a name of one's own" },
    {
      name: "severity",
      type: "int",
      doc: "as pino has it: trace 10, debug 20, info 30, warn 40, error 50, fatal 60",
    },
    { name: "logger", type: ["null", "string"], default: null },
    { name: "message", type: "string" },
    {
      name: "error",
      type: [
        "null",
        {
          type: "record",
          name: "LoggedError",
          fields: [
            { name: "type", type: "string" },
            { name: "message", type: "string" },
            { name: "stack", type: "string" },
          ],
        },
      ],
      default: null,
    },
    {
      name: "attributes",
      type: { type: "map", values: "string" },
      default: {},
      doc: "text as it is, the rest as JSON",
    },
  ],
})
export type Log = ValueOf<typeof Log>

const SEVERITIES: ReadonlyMap<unknown, number> = new Map([
  ["trace", 10],
  ["debug", 20],
  ["info", 30],
  ["warn", 40],
  ["error", 50],
  ["fatal", 60],
])
const LEVELS: ReadonlyMap<number, string> = new Map(
  Array.from(SEVERITIES, ([level, severity]) => [severity, String(level)]),
)

/** What stands in pino's lines and has a place of its own, or stands with every event anyway. */
const PLACED = new Set(["level", "time", "name", "msg", "err", "pid", "hostname"])
const PLACED_OF_ERROR = new Set(["type", "message", "stack"])
const INFO = 30

/** A line of pino's, which may be any JSON: what is missing or odd in it is no reason to lose it. */
export function logOfLine(line: string): Log {
  const parsed = parse(line)
  if (parsed === undefined) return plainLog(line)
  const { level, time, name, msg, err } = parsed
  const severity =
    typeof level === "number" && Number.isInteger(level) && Math.abs(level) < 2 ** 31
      ? level
      : (SEVERITIES.get(level) ?? INFO)
  return {
    time: timeOf(time),
    level: typeof level === "string" ? level.toWellFormed() : (LEVELS.get(severity) ?? String(severity)),
    severity,
    logger: typeof name === "string" ? name.toWellFormed() : null,
    message: optionalText(msg),
    error: err === undefined || err === null ? null : loggedError(err),
    attributes: {
      ...attributesOf(parsed, "", PLACED),
      ...(isObject(err) && attributesOf(err, "err.", PLACED_OF_ERROR)),
    },
  }
}

/** A line that is nothing but text. */
export const plainLog = (message: string, severity = INFO): Log => ({
  time: new Date(),
  level: LEVELS.get(severity) ?? String(severity),
  severity,
  logger: null,
  message: message.toWellFormed(),
  error: null,
  attributes: {},
})

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function timeOf(time: unknown): Date {
  const date = new Date(typeof time === "number" || typeof time === "string" ? time : Number.NaN)
  return Number.isNaN(date.getTime()) ? new Date() : date
}

/** Of an error, as pino serializes it or as it was thrown; or of anything else that was thrown. */
export function loggedError(error: unknown): NonNullable<Log["error"]> {
  if (!isObject(error)) return { type: "", message: textOf(error), stack: "" }
  const { type = error["name"], message, stack } = error
  return { type: optionalText(type), message: optionalText(message), stack: optionalText(stack) }
}

const attributesOf = (
  fields: Record<string, unknown>,
  prefix: string,
  placed: ReadonlySet<string>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) =>
      placed.has(key) ? [] : [[prefix + key.toWellFormed(), textOf(value)] as const],
    ),
  )

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null

const optionalText = (value: unknown): string => (value === undefined ? "" : textOf(value))

const textOf = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed()
