import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { newDirectory } from "../testing/directory.ts"
import { type Lock, lockDirectory } from "./lock.ts"

const DEAD = "4194303 1" // larger than any pid
const inUse = { code: "ERR_EVENTS_SPOOL" }

let directory: string
beforeEach(async () => {
  directory = await newDirectory()
})

describe("a directory", () => {
  test.for([
    { left: "nothing", files: {} },
    { left: "its lock", files: { lock: DEAD } },
    { left: "its lock, and one who died while taking it over", files: { lock: DEAD, "lock-taking": DEAD } },
  ])("is had by one of many who ask at a time, where the dead left $left", async ({ files }) => {
    for (let round = 0; round < 50; round++) {
      for (const [name, holder] of Object.entries(files)) await writeFile(join(directory, name), holder)
      const asked = await Promise.allSettled(Array.from({ length: 6 }, () => lockDirectory(directory)))
      const locks = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))
      const refusals = asked.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []))
      expect(locks).toHaveLength(1)
      for (const refused of refusals) expect(refused).toMatchObject(inUse)
      expect(await readdir(directory)).toEqual(["lock"])
      await (locks[0] as Lock).release()
      expect(await readdir(directory)).toEqual([])
    }
  })

  test("is refused while its process lives, and had again once it is let go of", async () => {
    const lock = await lockDirectory(directory)
    await expect(lockDirectory(directory)).rejects.toMatchObject(inUse)
    await lock.release()
    await (await lockDirectory(directory)).release()
  })

  test("is refused while a process lives that takes it over", async () => {
    await using living = livingProcess()
    await writeFile(join(directory, "lock"), DEAD)
    await writeFile(join(directory, "lock-taking"), `${living.pid} ${await startOf(living.pid)}`)
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      ...inUse,
      message: expect.stringContaining(`process ${living.pid} `) as string,
    })
    expect(await readFile(join(directory, "lock"), "utf8")).toBe(DEAD)
  })

  test.for(["", "\0\0\0\0", "0 1", "-1 1", "no process"])(
    "is had where a loss of power left a lock that names no process: %j",
    async (content) => {
      await writeFile(join(directory, "lock"), content)
      await (await lockDirectory(directory)).release()
    },
  )
})

function livingProcess(): AsyncDisposable & { readonly pid: number } {
  const child: ChildProcess = spawn("sleep", ["60"])
  return {
    pid: child.pid as number,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit")
      child.kill("SIGKILL")
      await exited
    },
  }
}

/** As Linux counts it: the 22nd field. */
const startOf = async (pid: number): Promise<string | undefined> =>
  (await readFile(`/proc/${pid}/stat`, "utf8")).split(" ")[21]
