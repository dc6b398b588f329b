import { expect, test } from "vitest"
import { captureFrames, type GeneratedFrame } from "./probe.ts"

test("a name or a file that is very long is cut", async () => {
  const padding = "x".repeat(100_000)
  const source = `export const outer = { ["${padding}"]: (capture) => capture() }; //${padding}`
  const { outer }: { outer: Record<string, (capture: () => unknown) => GeneratedFrame[]> } = await import(
    /* @vite-ignore */ `data:text/javascript,${source}`
  )
  const probe = (): GeneratedFrame[] => captureFrames(probe as never)
  const [frame] = outer[padding]?.(probe) ?? []
  expect(frame?.name).toBe(`${"x".repeat(200)}…`)
  expect(frame?.file).toHaveLength(4097)
  expect(frame?.file).toMatch(/^data:text\/javascript,/)
})
