// What becomes of a command whose output nobody takes.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { protocol } from "@avrolet/avro"
import { implement } from "@avrolet/rpc"
import { httpHandler } from "@avrolet/rpc/http"
import { describe, expect, test } from "vitest"

const CANNOT_WRITE = /^avrolet: cannot write: ENOSPC.*$/m

describe("avrolet watch leaves the process as it was, its inspector closed,", () => {
  test("when the reader of its reports has seen enough, and exits with 0", async () => {
    await using target = await startTarget()
    const child = start(["watch", String(target.pid)])
    child.stdout?.once("data", () => child.stdout?.destroy())
    const { stderr, code } = await outcomeOf(child)
    expect(await target.inspectorUrl()).toBeNull()
    expect(stderr).toMatch(/closed again\n$/)
    expect(code).toBe(0)
  })

  test("when the reader of its notices is gone, and exits with 1", async () => {
    await using target = await startTarget()
    const child = start(["watch", String(target.pid)])
    child.stderr?.destroy()
    const { code } = await outcomeOf(child)
    expect(await target.inspectorUrl()).toBeNull()
    expect(code).toBe(1)
  })

  test("when its reports cannot be written, says so in one line, and exits with 1", async () => {
    await using target = await startTarget()
    const { stderr, code } = await onFullDisk(["watch", String(target.pid)])
    expect(await target.inspectorUrl()).toBeNull()
    expect(stderr).toMatch(CANNOT_WRITE)
    expect(stderr).toMatch(/closed again\n$/)
    expect(stderr.trimEnd().split("\n")).toHaveLength(4)
    expect(code).toBe(1)
  })

  test("when its terminal closes, which may be said twice", async () => {
    await using target = await startTarget()
    const child = start(["watch", String(target.pid)])
    child.stdout?.once("data", () => {
      child.kill("SIGHUP")
      setImmediate(() => child.kill("SIGHUP"))
    })
    const { stderr, code } = await outcomeOf(child)
    expect(await target.inspectorUrl()).toBeNull()
    expect(stderr).toMatch(/closed again\n$/)
    expect(code).toBe(0)
  })
})

describe("a command whose answer cannot be written says so in one line, and exits with 1:", () => {
  test("avrolet call", async () => {
    const service = implement(protocol({ protocol: "Empty", messages: {} }), {})
    const server = createServer(httpHandler(service)).listen(0, "127.0.0.1")
    await once(server, "listening")
    try {
      const { port } = server.address() as AddressInfo
      const { stderr, code } = await onFullDisk(["call", `http://127.0.0.1:${port}/`])
      expect(stderr.trimEnd()).toMatch(/^avrolet: cannot write: ENOSPC.*$/)
      expect(code).toBe(1)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test("avrolet generate", async () => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-output-"))
    try {
      writeFileSync(join(folder, "size.avsc"), '{ "type": "fixed", "name": "Size", "size": 1 }')
      const { stderr, code } = await onFullDisk(["generate", join(folder, "size.avsc"), "--out", "-"])
      expect(stderr.trimEnd()).toMatch(/^avrolet: cannot write: ENOSPC.*$/)
      expect(code).toBe(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("avrolet --help", async () => {
    const { stderr, code } = await onFullDisk(["--help"])
    expect(stderr.trimEnd()).toMatch(/^avrolet: cannot write: ENOSPC.*$/)
    expect(code).toBe(1)
  })
})

test.for([["cal"], ["call", "echo.local", "split"]])(
  "a misuse whose complaint nobody reads exits with 2 all the same: %s",
  async (args) => {
    const child = start(args)
    child.stderr?.destroy()
    expect((await outcomeOf(child)).code).toBe(2)
  },
)

const BLOCKING = `
  const inspector = require("node:inspector")
  process.on("message", () => process.send(inspector.url() ?? null))
  process.send("ready")
  setInterval(() => { const end = Date.now() + 250; while (Date.now() < end); }, 600)`

/** A program that blocks again and again, and tells where its inspector is. */
async function startTarget() {
  const child = spawn(process.execPath, ["--inspect-port=0", "-e", BLOCKING], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  })
  await once(child, "message")
  return {
    pid: child.pid ?? 0,
    inspectorUrl: async (): Promise<unknown> => {
      child.send("where?")
      const [url] = await once(child, "message")
      return url
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL")
      await once(child, "exit")
    },
  }
}

/** Runs the command as a person would: the compiled program, in a process of its own. */
function start(args: readonly string[], stdout: number | "pipe" = "pipe"): ChildProcess {
  const bin = fileURLToPath(new URL("../bin/avrolet.js", import.meta.url))
  return spawn(process.execPath, [bin, ...args], { stdio: ["ignore", stdout, "pipe"] })
}

async function onFullDisk(args: readonly string[]): Promise<{ stderr: string; code: number }> {
  const full = openSync("/dev/full", "w")
  try {
    return await outcomeOf(start(args, full))
  } finally {
    closeSync(full)
  }
}

async function outcomeOf(child: ChildProcess): Promise<{ stderr: string; code: number }> {
  const closed = once(child, "close")
  const stderr = child.stderr === null || child.stderr.destroyed ? "" : await text(child.stderr)
  const [code] = await closed
  return { stderr, code: code as number }
}
