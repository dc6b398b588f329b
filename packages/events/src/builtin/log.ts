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

const LEVELS: ReadonlyMap<number, string> = new Map([
  [10, "trace"],
  [20, "debug"],
  [30, "info"],
  [40, "warn"],
  [50, "error"],
  [60, "fatal"],
])

/** What stands in pino's lines and has a place of its own, or stands with every event anyway. */
const PLACED = new Set(["level", "time", "name", "msg", "err", "pid", "hostname"])
const INFO = 30

/** A line of pino's, which may be any JSON: what is missing or odd in it is no reason to lose it. */
export function logOfLine(line: string): Log {
  const parsed = parse(line)
  if (parsed === undefined) return plainLog(line)
  const { level, time, name, msg, err } = parsed
  const severity =
    typeof level === "number" && Number.isInteger(level) && Math.abs(level) < 2 ** 31 ? level : INFO
  return {
    time: timeOf(time),
    level: typeof level === "string" ? level.toWellFormed() : (LEVELS.get(severity) ?? String(severity)),
    severity,
    logger: typeof name === "string" ? name.toWellFormed() : null,
    message: msg === undefined ? "" : textOf(msg),
    error: typeof err === "object" && err !== null ? errorOf(err as Record<string, unknown>) : null,
    attributes: Object.fromEntries(
      Object.entries(parsed).flatMap(([key, value]) =>
        PLACED.has(key) ? [] : [[key.toWellFormed(), textOf(value)] as const],
      ),
    ),
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
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function timeOf(time: unknown): Date {
  const date = new Date(typeof time === "number" || typeof time === "string" ? time : Number.NaN)
  return Number.isNaN(date.getTime()) ? new Date() : date
}

const errorOf = ({ type, message, stack }: Record<string, unknown>): NonNullable<Log["error"]> => ({
  type: type === undefined ? "" : textOf(type),
  message: message === undefined ? "" : textOf(message),
  stack: stack === undefined ? "" : textOf(stack),
})

const textOf = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed()
