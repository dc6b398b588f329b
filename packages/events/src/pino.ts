// A transport of pino's: its worker thread gives the lines of the log to a stream, which records them into files.
//
//   pino({ transport: { target: "@avrolet/events/pino", options: { directory: "./events" } } })

import { Writable } from "node:stream"
import { StringDecoder } from "node:string_decoder"
import { Log, logOfLine } from "./builtin/log.ts"
import { type FileSinkOptions, fileSink } from "./file/index.ts"
import { createRecorder } from "./recorder.ts"
import type { RecorderOptions } from "./recorder-options.ts"

/** Options of the transport: of files and of recording, as far as they can be given to another thread. */
export interface PinoTransportOptions
  extends FileSinkOptions,
    Pick<RecorderOptions, "service" | "host" | "batchBytes" | "batchMillis" | "maxPendingBytes"> {
  readonly directory: string
}

/**
 * Records each line of the log as a `Log` event. The worker waits where the disk does not keep up, and pino then keeps
 * lines in memory. Files are complete when pino's stream has ended: at the end of the program, pino sees to that.
 */
export default function pinoTransport({ directory, ...options }: PinoTransportOptions): Writable {
  const recorder = createRecorder(fileSink(directory, options), options)
  const decoder = new StringDecoder()
  let rest = ""
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line !== "") recorder.record(Log, logOfLine(line))
      void recorder.room().then(() => done())
    },
    final(done) {
      if (rest !== "") recorder.record(Log, logOfLine(rest))
      recorder.close().then(
        () => done(),
        (error: Error) => done(error),
      )
    },
  })
}
