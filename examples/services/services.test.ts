import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const compiled = fileURLToPath(new URL("../dist/services/services.js", import.meta.url))

test("four processes answer, one is killed and the others go on, and each says how it did", {
  timeout: 60_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [compiled])
  const [health, allUp, oneKilled, , ...table] = stdout.trimEnd().split("\n")
  expect(health).toBe("the shop is SERVING")
  expect(allUp).toMatch(/^all up: +400 answered$/)
  expect(oneKilled).toMatch(/^one killed: +\d+ answered(, \d failed with ERR_RPC_(REMOTE|TIMEOUT))*$/)

  const [head, ...lines] = table.map((line) => line.split(/ {2,}/))
  expect(head).toEqual(["service", "calls", "errors", "p99 ms", "fan-out", "blocks"])
  const rows = new Map(lines.map(([name = "", ...cells]) => [name, cells]))
  expect([...rows.keys()]).toEqual([
    "gateway, HTTP",
    "prices, TCP",
    "reviews, HTTP",
    "stock, NATS, killed",
    "stock, NATS",
  ])
  const number = (name: string, column: number): number => Number(rows.get(name)?.[column])
  const pages = number("gateway, HTTP", 0)
  expect(pages).toBe(802)
  expect(rows.get("gateway, HTTP")?.[3]).toMatch(/^4\.\d \(at most 6\)$/) // 3, and 0 to 3 of related items
  expect(number("gateway, HTTP", 1)).toBeLessThan(10) // what the dead one had: 8 pages were asked for at a time
  expect(number("prices, TCP", 0)).toBeGreaterThan(2 * pages) // 1, and those
  expect(rows.get("reviews, HTTP")?.[4]).not.toBe("0") // on a busy machine it may be for want of time
  expect(rows.get("stock, NATS")?.[3]).toBe("0")
  for (const name of ["stock, NATS, killed", "stock, NATS"]) expect(number(name, 0)).toBeGreaterThan(0)
})
