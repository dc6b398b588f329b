// Where answers and complaints go.

export const EXIT_FAILED = 1
export const EXIT_MISUSED = 2

/** Something on the command line is not as it has to be. */
export class Misuse extends Error {}

/** Prints one value as a line of JSON: dates as ISO text, bytes as the specification's JSON has them. */
export function printJson(value: unknown): void {
  // A reader that has seen enough (`| head`) closes the pipe: not an error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
  })
  process.stdout.write(`${JSON.stringify(value, toJson)}\n`)
}

/** Says on stderr, in one line, what went wrong. */
export function failWith(error: unknown, exitCode: number): void {
  process.stderr.write(`avrolet: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = exitCode
}

function toJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value
}
