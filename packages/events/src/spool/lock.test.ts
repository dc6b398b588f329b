import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, test, vi } from "vitest"
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
    const living = spawn("sleep", ["60"])
    await using _ = ending(living)
    await writeFile(join(directory, "lock"), DEAD)
    await writeFile(join(directory, "lock-taking"), `${living.pid} ${await startOf(living.pid as number)}`)
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      ...inUse,
      message: expect.stringContaining(`process ${living.pid} `) as string,
    })
    expect(await readFile(join(directory, "lock"), "utf8")).toBe(DEAD)
  })

  test("is had though its process is there still: it has ended, and nobody asked how", async () => {
    const parent = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    })
    await using _ = ending(parent)
    const [line] = (await once(parent.stdout, "data")) as [Buffer]
    const pid = Number(line.toString())
    await vi.waitFor(async () => expect((await statusOf(pid))[0]).toBe("Z"), 10_000)
    await writeFile(join(directory, "lock"), `${pid} ${await startOf(pid)}`)
    await (await lockDirectory(directory)).release()
  })

  test.for(["", "\0\0\0\0", "0 1", "-1 1", "no process"])(
    "is had where a loss of power left a lock that names no process: %j",
    async (content) => {
      await writeFile(join(directory, "lock"), content)
      await (await lockDirectory(directory)).release()
    },
  )
})

const ending = (child: ChildProcess): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  },
})

const startOf = async (pid: number): Promise<string | undefined> => (await statusOf(pid))[19]

/** What Linux tells of a process, from its state on: of one whose name has no space. */
const statusOf = async (pid: number): Promise<string[]> =>
  (await readFile(`/proc/${pid}/stat`, "utf8")).split(" ").slice(2)
