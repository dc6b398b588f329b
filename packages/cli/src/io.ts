// Where answers and complaints go.

import { WriteStream } from "node:tty"
import { codeOf, jsonOf } from "./json.ts"

export const EXIT_FAILED = 1
export const EXIT_MISUSED = 2

/** Something on the command line is not as it has to be. */
export class Misuse extends Error {}

/** Prints one value as a line of JSON. */
export function printJson(value: unknown): void {
  printText(`${jsonOf(value)}\n`)
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

/** Says on stderr, in one line, what goes on. Of what a peer said, nothing means anything to the terminal. */
export function sayOnStderr(sentence: string): void {
  const shown = sentence.replace(CONTROLS, (character) => `\\x${codeOf(character)}`)
  process.stderr.write(`avrolet: ${shown}\n`)
}

/** But tab and newline, which lay out the place of a mistake. */
const CONTROLS = /(?![\t\n])\p{Cc}/gu

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
