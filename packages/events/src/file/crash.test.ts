import { expect, test } from "vitest"
import { crash } from "../fixtures/crashes.ts"
import { newDirectory } from "../testing/directory.ts"

// At length: npm run crashes
test.for(["buffered", "flushed", "synced"] as const)(
  "two processes at a time record and are killed at any moment, and nothing that was acknowledged is lost (%s)",
  { timeout: 60_000 },
  async (durability) => {
    const crashes = await crash(await newDirectory(), durability, 6)
    expect(crashes).toMatchObject({ kills: 6, lost: 0, misplaced: 0, damaged: 0 })
    expect(crashes.acknowledged).toBeGreaterThan(6)
  },
)
