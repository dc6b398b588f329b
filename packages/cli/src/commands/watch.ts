// avrolet watch: tells what blocks the event loop of a process that runs already and knows nothing of us.

import { watchProcess } from "@avrolet/watchdog/attach"
import { Command, InvalidArgumentError } from "commander"
import { printJson, printText, sayOnStderr } from "../io.ts"

/** The `watch` command. */
export function watchCommand(): Command {
  return new Command("watch")
    .description("tell what blocks the event loop of a running Node.js process, until it ends or Ctrl-C")
    .argument("<pid>", "the process; it needs no preparation, and may be in an endless loop", parseNumber)
    .option("--threshold <millis>", "how late the event loop may be", parseNumber, 50)
    .option("--json", "print each block as a line of JSON once it is over, instead of a report", false)
    .action(watch)
}

async function watch(
  pid: number,
  { threshold: thresholdMillis, json }: { threshold: number; json: boolean },
): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt)
  const color = process.stdout.isTTY && !process.env["NO_COLOR"]
  try {
    await watchProcess(pid, {
      thresholdMillis,
      style: { color, directory: process.cwd() },
      onNotice: sayOnStderr,
      ...(json ? { onBlock: printJson } : { onReport: printText }),
      signal: interrupted.signal,
    })
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt)
  }
}

function parseNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === "" || Number.isNaN(number)) throw new InvalidArgumentError("It is not a number.")
  return number
}
