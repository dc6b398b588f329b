// Where answers and complaints go.

import { WriteStream } from "node:tty"

export const EXIT_FAILED = 1
export const EXIT_MISUSED = 2

/** Something on the command line is not as it has to be. */
export class Misuse extends Error {}

/** Prints one value as a line of JSON: dates as ISO text, bytes as the specification's JSON has them. */
export function printJson(value: unknown): void {
  printText(`${JSON.stringify(value, toJson)}\n`)
}

/** Prints a text as it is. */
export function printText(text: string): void {
  process.stdout.write(text)
}

/** Whether what is written there may have colours, as NO_COLOR, FORCE_COLOR, TERM and the terminal say. */
export function isColoured(stream: WriteStream): boolean {
  const isForced = process.env["FORCE_COLOR"] !== undefined
  return (isForced || stream.isTTY) && WriteStream.prototype.getColorDepth() > 2
}

/** Says on stderr, in one line, what goes on. */
export function sayOnStderr(sentence: string): void {
  process.stderr.write(`avrolet: ${sentence}\n`)
}

/** Says on stderr, in one line, what went wrong. */
export function failWith(error: unknown, exitCode: number): void {
  sayOnStderr(error instanceof Error ? error.message : String(error))
  process.exitCode = exitCode
}

const lost = new AbortController()

/** Aborted when stdout or stderr takes no more: for whoever would go on and on. */
export const outputLost: AbortSignal = lost.signal

/** Lets the process live when what it prints cannot be written. Says so in one line, and that it failed. */
export function surviveLostOutput(): void {
  process.stderr.on("error", () => {
    process.exitCode ??= EXIT_FAILED
    lost.abort()
  })
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) closes the pipe: not an error of ours.
    if (error.code !== "EPIPE" && !outputLost.aborted) failWith(`cannot write: ${error.message}`, EXIT_FAILED)
    lost.abort()
  })
}

function toJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value
}
