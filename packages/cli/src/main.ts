// The command line: argv → command → exit code.
//
//   0  it worked        1  it failed        2  it was asked for wrongly

import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import { callCommand } from "./commands/call.ts"
import { generateCommand } from "./commands/generate.ts"
import { watchCommand } from "./commands/watch.ts"
import { EXIT_FAILED, EXIT_MISUSED, failWith, Misuse, sayOnStderr, surviveLostOutput } from "./io.ts"

/** Runs the command line and sets the exit code. Diagnostics go to stderr, answers to stdout. */
export async function main(argv: readonly string[]): Promise<void> {
  surviveLostOutput()
  const program = new Command("avrolet")
    .description("Small services that talk Avro")
    .version(version())
    .configureHelp({ subcommandTerm: (command) => command.name() }) // so that a line fits into 80 columns
    .addCommand(generateCommand())
    .addCommand(callCommand())
    .addCommand(watchCommand())
  for (const command of [program, ...program.commands]) complainInOneLine(command.exitOverride())
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) process.exitCode = EXIT_MISUSED
    } else failWith(error, error instanceof Misuse ? EXIT_MISUSED : EXIT_FAILED)
  }
}

/** Writes what commander finds wrong as our own complaints are written, with where to read on. */
function complainInOneLine(command: Command): void {
  const name = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`
  command.configureOutput({
    outputError: (text) =>
      sayOnStderr(
        `${text
          .trim()
          .replace(/^error: /, "")
          .replaceAll("\n", " ")} (see ${name} --help)`,
      ),
  })
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  return String((manifest as { version: unknown }).version)
}
