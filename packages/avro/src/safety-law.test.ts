// The law of the codec's safety: every truncation and every damage of what comes from others ends in an
// `AvroError` or in a value, within a second and 100 MB. It is measured in processes of their own, whose
// memory nothing else fills, with emitted code and with the interpreter.

import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "./errors.ts"
import type { Sample } from "./fixtures/doors.ts"
import type { Corpus } from "./fixtures/hostile.ts"
import type { Report } from "./fixtures/meter.ts"
import { parseSchema } from "./schema/schema.ts"
import { samples } from "./testing/arbitrary.ts"
import { hex } from "./testing/hex.ts"
import { mutated } from "./testing/mutated.ts"
import { vectors } from "./testing/vectors.ts"
import { encode } from "./value/encode.ts"

const rounds = Number(process.env["AVROLET_FUZZ_ROUNDS"] ?? 1)
const firstSeed = Number(process.env["AVROLET_FUZZ_SEED"] ?? Date.now() % 2 ** 31)
const RANDOM_SAMPLES = 100
const MAX_BYTES = 100e6
const TIMEOUT_MILLIS = 60_000

describe.for([
  { name: "emitted code", flags: [] },
  { name: "the interpreter", flags: ["--disallow-code-generation-from-strings"] },
])("with $name", ({ flags }) => {
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    test(
      `whatever is cut or damaged ends in an error or a value (AVROLET_FUZZ_SEED=${seed})`,
      async () => {
        const report = await run("damage", corpusOf(seed), flags)
        expectLaw(report)
        expect(report.growthBytes).toBeLessThan(MAX_BYTES) // of all of them together
        for (const [door, { values, refusals }] of Object.entries(report.doors))
          expect(Math.min(values, refusals), door).toBeGreaterThan(100)
      },
      TIMEOUT_MILLIS,
    )
  }

  test(
    "and so do the worst values and declarations that we know",
    async () => {
      expectLaw(await run("worst", { seed: 0, vectors, random: [] }, flags))
    },
    TIMEOUT_MILLIS,
  )
})

function expectLaw(report: Report): void {
  expect(report.violations).toEqual([])
  expect(report.heaviestBytes, report.heaviest).toBeLessThan(MAX_BYTES)
  if (rounds > 1) process.stdout.write(`${JSON.stringify({ ...report, doors: undefined })}\n`)
}

function corpusOf(seed: number): Corpus {
  const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 30 })
  const random = fc
    .sample(fc.tuple(samples, choices), { seed, numRuns: RANDOM_SAMPLES })
    .map(([{ definition, value }, changes]): Sample => {
      const bytes = hex(encode(parseSchema(definition), value))
      const reader = mutated(definition, changes)
      return { schema: definition, reader: isSchema(reader) ? reader : definition, bytes }
    })
  return { seed, vectors, random }
}

function isSchema(declaration: unknown): boolean {
  try {
    parseSchema(declaration)
    return true
  } catch (error) {
    if (error instanceof AvroError) return false
    throw error
  }
}

/** Runs the fixture. A process that ends otherwise than by itself has noted what it was at. */
async function run(task: "damage" | "worst", corpus: Corpus, flags: readonly string[]): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "avrolet-hostile-"))
  const [corpusFile, notesFile] = [join(folder, "corpus.json"), join(folder, "notes.txt")]
  writeFileSync(corpusFile, JSON.stringify(corpus))
  const program = fileURLToPath(new URL("../dist/fixtures/hostile.js", import.meta.url))
  const args = ["--max-semi-space-size=1", "--expose-gc", ...flags, program, task, corpusFile, notesFile]
  const options = { timeout: TIMEOUT_MILLIS - 5000, killSignal: "SIGKILL", maxBuffer: 2 ** 26 } as const
  try {
    return await new Promise<Report>((resolve, reject) => {
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as Report)
        else
          reject(
            new Error(`${lastNote(notesFile)} (${error.signal ?? error.code})\n${stderr.slice(0, 2000)}`),
          )
      })
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function lastNote(file: string): string {
  try {
    return `The process ended at ${readFileSync(file, "utf8").split("\n")[0]}`
  } catch {
    return "The process ended before its first input"
  }
}
