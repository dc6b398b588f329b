// A peer that dies leaves nobody waiting.

import { expect, test, vi } from "vitest"
import { startProgram } from "./peer.ts"

const DIES_WHEN_ASKED = `
  console.log(JSON.stringify({ versions: { pid: String(process.pid) } }))
  process.stdin.once("data", () => process.kill(process.pid, "SIGKILL"))
`

test("a peer that is killed is told as ended, and its scope ends", async () => {
  const peer = await startProgram(process.execPath, ["-e", DIES_WHEN_ASKED])
  await expect(peer.ask("anything")).rejects.toThrow("ended before it answered")
  const isThere = (): boolean => process.kill(Number(peer.hello.versions["pid"]), 0)
  await vi.waitFor(() => expect(isThere).toThrow("ESRCH"))
  await expect(peer.ask("x".repeat(2 ** 20))).rejects.toThrow("ended before it answered")
  await peer[Symbol.asyncDispose]()
})
