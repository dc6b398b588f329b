// A transport of pino's: its worker thread gives the lines of the log to a stream, which records them into files.
//
//   pino({ transport: { target: "@avrolet/events/pino", options: { directory: "./events" } } })

import { writeSync } from "node:fs"
import { Writable } from "node:stream"
import { StringDecoder } from "node:string_decoder"
import { Log, logOfLine } from "./builtin/log.ts"
import { quietly } from "./builtin/quietly.ts"
import { type FileSinkOptions, fileSink } from "./file/index.ts"
import { createRecorder } from "./recorder.ts"
import { type RecorderOptions, warnOnce } from "./recorder-options.ts"

/** Options of the transport: of files and of recording, as far as they can be given to another thread. */
export interface PinoTransportOptions
  extends FileSinkOptions,
    Pick<RecorderOptions, "service" | "host" | "batchBytes" | "batchMillis" | "maxPendingBytes"> {
  readonly directory: string
}

/**
 * Records each line of the log as a `Log` event. The worker waits where the disk does not keep up, and pino then keeps
 * lines in memory. Files are complete when pino's stream has ended: at the end of the program, pino sees to that. What
 * cannot be stored is told once on the standard error, and takes no program down.
 */
export default function pinoTransport({ directory, ...options }: PinoTransportOptions): Writable {
  const recorder = createRecorder(fileSink(directory, options), { ...options, onError: warnOnce(warn) })
  const attempt = quietly(warn)
  const record = (line: string): void => attempt(() => recorder.record(Log, logOfLine(line)))
  const decoder = new StringDecoder()
  let rest = ""
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line !== "") record(line)
      void recorder.room().then(() => done())
    },
    final(done) {
      if (rest !== "") record(rest)
      void recorder
        .close()
        .catch(ignore) // it was told
        .then(() => done())
    },
  })
}

const STDERR = 2 // that of a worker has no number

/** At once: pino's worker may end before a warning of the process is printed. */
function warn(message: string): void {
  try {
    writeSync(STDERR, `(node:${process.pid}) EventsWarning: ${message}\n`)
  } catch {
    // nobody can be told
  }
}

const ignore = (): void => {}
