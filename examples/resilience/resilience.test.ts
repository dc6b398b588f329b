import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const compiled = fileURLToPath(new URL("../dist/resilience/resilience.js", import.meta.url))

test("balanced calls fail less often than those that servers get in turn, none is answered wrong, the slow server gets less", {
  timeout: 120_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [compiled, "2"])
  const [, , , , ...lines] = stdout.trimEnd().split("\n")
  const rows = lines.map((line) => {
    const [name = "", failed, wrong, , , , share] = line.split(/\s{2,}| (?=%)/)
    return { name, failed: Number(failed), wrong: Number(wrong), share: Number(share) }
  })
  expect(rows.map(({ name }) => name)).toEqual([
    "each in turn, by hand",
    "balanced",
    "balanced, retries",
    "balanced, retries, hedging",
  ])
  expect(rows.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0])
  const [byHand, ...balanced] = rows
  expect(byHand?.share).toBe(33)
  expect(byHand?.failed).toBeGreaterThan(0)
  for (const { failed, share } of balanced) {
    expect(failed).toBeLessThan(byHand?.failed ?? 0)
    expect(share).toBeLessThan(33)
  }
})
