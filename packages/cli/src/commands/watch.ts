// avrolet watch: tells what blocks the event loop of a process that runs already and knows nothing of us.

import { watchProcess } from "@avrolet/watchdog/attach"
import { Command, InvalidArgumentError } from "commander"
import { isColoured, outputLost, printJson, printText, sayOnStderr } from "../io.ts"

/** The `watch` command. */
export function watchCommand(): Command {
  return new Command("watch")
    .description("tell what blocks the event loop of a running Node.js process, until it ends or Ctrl-C")
    .argument("<pid>", "the process; it needs no preparation, and may be in an endless loop", parsePid)
    .option("--threshold <millis>", "how late the event loop may be", parseThreshold, 50)
    .option("--json", "print each block as a line of JSON once it is over, instead of a report")
    .action(watch)
}

async function watch(
  pid: number,
  { threshold: thresholdMillis, json }: { threshold: number; json?: true },
): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()
  // A terminal that closes may say so twice, and nobody is there who insists: the second must not kill.
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt).on("SIGHUP", interrupt)
  try {
    await watchProcess(pid, {
      thresholdMillis,
      style: { color: isColoured(process.stdout), directory: process.cwd() },
      onNotice: sayOnStderr,
      ...(json === true ? { onBlock: printJson } : { onReport: printText }),
      signal: AbortSignal.any([interrupted.signal, outputLost]),
    })
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt).off("SIGHUP", interrupt)
  }
}

function parsePid(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It is the number of a process.")
  return Number(text)
}

function parseThreshold(text: string): number {
  const millis = Number(text)
  if (millis >= 1 && millis <= 3_600_000) return millis
  throw new InvalidArgumentError("It is a number of milliseconds from 1 to 3600000.")
}
