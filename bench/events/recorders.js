// @ts-check
// Who records: each as its users write it, into one file or directory.

import { once } from "node:events"
import { setImmediate } from "node:timers/promises"
import { createRecorder } from "@avrolet/events"
import { fileSink } from "@avrolet/events/file"
import avsc from "avsc"
import pino from "pino"
import winston from "winston"
import { definition, SERVICE, Served } from "./workload.js"

/**
 * @typedef {object} Contestant
 * @property {(value: any) => boolean} record Whether to go on at once.
 * @property {() => Promise<unknown>} room
 * @property {() => Promise<unknown>} close Resolves once all is with the operating system.
 */

const always = { room: async () => {} }

/** @param {string} path @param {import("@avrolet/events/file").FileSinkOptions} options @returns {Contestant} */
function ours(path, options) {
  const recorder = createRecorder(fileSink(path, options), { service: SERVICE })
  return {
    record: (value) => recorder.record(Served, value),
    room: () => recorder.room(),
    close: () => recorder.close(),
  }
}

/** @param {string} path @param {{ sync: boolean, minLength: number }} options @returns {Contestant} */
function pinoTo(path, options) {
  const destination = pino.destination({ dest: path, ...options })
  const logger = pino({ base: { pid: process.pid, hostname: "here", service: SERVICE } }, destination)
  return {
    ...always,
    record: (value) => {
      logger.info(value)
      return true
    },
    close: async () => {
      const closed = once(destination, "close")
      destination.end()
      await closed
    },
  }
}

/** @type {Readonly<Record<string, (path: string) => Contestant>>} */
export const recorders = {
  "ours, buffered": (path) => ours(path, { durability: "buffered" }),
  "ours, flushed (default)": (path) => ours(path, {}),
  "ours, synced": (path) => ours(path, { durability: "synced" }),
  "pino, 4 KiB at a time": (path) => pinoTo(path, { sync: true, minLength: 4096 }),
  "pino, every line (default)": (path) => pinoTo(path, { sync: true, minLength: 0 }),
  winston: (path) => {
    const transport = new winston.transports.File({ filename: path })
    const format = winston.format.combine(winston.format.timestamp(), winston.format.json())
    const logger = winston.createLogger({
      format,
      transports: [transport],
      defaultMeta: { service: SERVICE },
    })
    let [recorded, logged] = [0, 0]
    transport.on("logged", () => logged++)
    return {
      record: (value) => {
        logger.info("served", value)
        recorded++
        return !logger.writableNeedDrain
      },
      room: () => once(logger, "drain"),
      close: async () => {
        // To end it before fails with "write after end".
        while (logged < recorded) await setImmediate()
        const finished = once(transport, "finish")
        logger.end()
        await finished
      },
    }
  },
  "avsc, file encoder": (path) => {
    const type = avsc.Type.forSchema(
      /** @type {any} */ ({
        type: "record",
        name: "Recorded",
        fields: [
          { name: "at", type: "long" },
          { name: "host", type: "string" },
          { name: "pid", type: "int" },
          { name: "service", type: "string" },
          { name: "value", type: definition },
        ],
      }),
    )
    const encoder = avsc.createFileEncoder(path, type)
    return {
      // In microseconds: avsc has no long for the nanoseconds since 1970.
      record: (value) =>
        encoder.write({ at: Date.now() * 1000, host: "here", pid: process.pid, service: SERVICE, value }),
      room: () => once(encoder, "drain"),
      close: async () => {
        const written = once(encoder, "finish")
        encoder.end()
        await written
      },
    }
  },
}
