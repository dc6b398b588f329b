// The law of safety for container files, as ../safety-law.test.ts for values: every truncation and every damage ends
// in an `AvroError` or in values, within a second and 100 MB. Measured in a process of its own.

import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import type { ContainerReport } from "../fixtures/hostile-container.ts"

const seed = Number(process.env["AVROLET_FUZZ_SEED"] ?? Date.now() % 2 ** 31)
const TIMEOUT_MILLIS = 120_000

test(
  `whatever is cut or damaged of a file ends in an error or in values (AVROLET_FUZZ_SEED=${seed})`,
  async () => {
    const program = fileURLToPath(new URL("../../dist/fixtures/hostile-container.js", import.meta.url))
    const args = ["--max-semi-space-size=1", "--expose-gc", program, String(seed)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MILLIS - 5000 })
    const report = JSON.parse(stdout) as ContainerReport
    expect(report.violations).toEqual([])
    expect(report.inputs).toBeGreaterThan(6000)
    expect(report.longestMillis).toBeLessThan(1000)
    expect(report.growthBytes).toBeLessThan(100e6)
  },
  TIMEOUT_MILLIS,
)
