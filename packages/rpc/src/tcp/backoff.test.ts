import { describe, expect, test } from "vitest"
import { createBackoff } from "./backoff.ts"

describe("a backoff", () => {
  test("waits for nothing until something fails, then longer each time, up to its limit", () => {
    const backoff = createBackoff({ minBackoffMillis: 100, maxBackoffMillis: 1000 })
    expect(backoff.nextMillis()).toBe(0)
    for (const longest of [100, 200, 400, 800, 1000, 1000]) {
      backoff.failed()
      for (let tries = 0; tries < 50; tries++) {
        const millis = backoff.nextMillis()
        expect(millis).toBeGreaterThanOrEqual(longest / 2)
        expect(millis).toBeLessThanOrEqual(longest)
      }
    }
    backoff.succeeded()
    expect(backoff.nextMillis()).toBe(0)
  })

  test("does not wait as long as anybody else", () => {
    const waits = Array.from({ length: 20 }, () => {
      const backoff = createBackoff({ minBackoffMillis: 100, maxBackoffMillis: 1000 })
      backoff.failed()
      return backoff.nextMillis()
    })
    expect(new Set(waits).size).toBeGreaterThan(1)
  })
})
