import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test("events are recorded, survive two kills, are read back and asked about", async () => {
  const program = fileURLToPath(new URL("../dist/events/events.js", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  const [killed, again, files, read, ...countries] = stdout.trim().split("\n")
  expect(killed).toMatch(/^killed with SIGKILL, after the shop was told that \d{4,} orders are stored$/)
  expect(again).toMatch(/^started again in the same directory, and killed again, after \d{4,}$/)
  expect(files).toBe("files: 2, one of each life")
  expect(read).toMatch(/^read back: \d{5,} orders, of which acknowledged and missing: 0$/)
  expect(countries).toHaveLength(3)
  for (const [index, name] of ["FR", "NL", "PT"].entries()) {
    expect(countries[index]).toMatch(new RegExp(`^${name}: \\d{4,} orders, half of them within \\d+ ms$`))
  }
})
