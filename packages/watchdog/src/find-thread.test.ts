import { expect, test, vi } from "vitest"
import { findThread } from "./find-thread.ts"

// As Node fails to load it where it was built without.
vi.mock("node:inspector", () => {
  throw Object.assign(new Error("Inspector is not available"), { code: "ERR_INSPECTOR_NOT_AVAILABLE" })
})

test("a Node without an inspector has no line to a thread, and says so in a sentence", async () => {
  expect(await findThread(0, 0, true)).toBe("this Node was built without the inspector")
})

test("neither has one whose permission model forbids it", async () => {
  expect(await findThread(0, 0, false)).toBe("Node's permission model forbids the inspector here")
})
