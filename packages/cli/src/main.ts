// The command line: argv → command → exit code.
//
//   0  it worked        1  it failed        2  it was asked for wrongly

import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import { callCommand } from "./commands/call.ts"
import { generateCommand } from "./commands/generate.ts"
import { watchCommand } from "./commands/watch.ts"
import { EXIT_FAILED, EXIT_MISUSED, failWith, Misuse } from "./io.ts"

/** Runs the command line and sets the exit code. Diagnostics go to stderr, answers to stdout. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("avrolet")
    .description("Small services that talk Avro")
    .version(version())
    .exitOverride()
    .showHelpAfterError("(avrolet --help lists the commands)")
    .addCommand(generateCommand())
    .addCommand(callCommand())
    .addCommand(watchCommand())
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program)
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_MISUSED
    else failWith(error, error instanceof Misuse ? EXIT_MISUSED : EXIT_FAILED)
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  return String((manifest as { version: unknown }).version)
}
