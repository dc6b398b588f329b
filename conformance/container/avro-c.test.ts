// Container files exchanged with Avro C, by its own commands: avrocat reads, avromod writes a file anew, avroappend
// goes on with one. It knows neither bzip2 nor xz nor zstandard.

import { execFile } from "node:child_process"
import { createWriteStream, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { promisify } from "node:util"
import { decodeJson, type ValueOf } from "@avrolet/avro"
import { appendContainer, indexContainer, readContainer, writeContainer } from "@avrolet/avro/container"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Entry, entries, more } from "./entries.ts"

type Entries = ValueOf<typeof Entry>[]

const folder = mkdtempSync(join(tmpdir(), "avrolet-conformance-c-"))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  const empty = join(folder, "empty.avro")
  await write([], empty)
  await run("avrocat", empty)
})

describe.for(["null", "deflate", "snappy"])("Avro C, %s", (codec) => {
  const pathOf = (kind: string): string => join(folder, `${codec}-${kind}.avro`)

  test("reads files that we write, and that we go on with (G5-G8, G15)", async () => {
    const path = pathOf("ours")
    await write(entries, path, codec)
    expect(await readByC(path)).toEqual(entries)
    await append(path)
    expect(await readByC(path)).toEqual([...entries, more])
  })

  test("writes files that we read, and go on with (G5-G8, G15)", async () => {
    const [source, path] = [pathOf("source"), pathOf("theirs")]
    await write(entries, source)
    await run("avromod", `--codec=${codec}`, "--block-size=3000", source, path)
    expect((await indexContainer(path)).header.codec).toBe(codec)
    expect(await read(path)).toEqual(entries)
    await append(path)
    expect(await readByC(path)).toEqual([...entries, more])
  })

  test("goes on with files that we write (G15)", async () => {
    const [added, path] = [pathOf("added"), pathOf("gone-on-with")]
    await write([more], added)
    await write(entries, path, codec)
    await run("avroappend", added, path)
    expect(await read(path)).toEqual([...entries, more])
  })
})

test("Avro C reads an empty file of ours (G13)", async () => {
  expect(await readByC(join(folder, "empty.avro"))).toEqual([])
})

test("a file of the codec that only Avro C has is refused by its name (G11)", async () => {
  const [source, path] = [join(folder, "source.avro"), join(folder, "lzma.avro")]
  await write(entries, source)
  await run("avromod", "--codec=lzma", source, path)
  await expect(read(path)).rejects.toMatchObject({ code: "ERR_AVRO_CODEC" })
})

test.for(["bzip2", "zstandard"])(
  "%s, which Avro C does not know, it refuses and does not misread (G11)",
  async (codec) => {
    const path = join(folder, `${codec}.avro`)
    await write(entries, path, codec)
    await expect(run("avrocat", path)).rejects.toThrow(/unknown codec/)
  },
)

async function write(values: Entries, path: string, codec = "null"): Promise<void> {
  await pipeline(values, writeContainer(Entry, { codec, blockBytes: 2000 }), createWriteStream(path))
}

async function append(path: string): Promise<void> {
  const writer = await appendContainer(Entry, path)
  await writer.write(more)
  await writer.close()
}

async function read(path: string): Promise<Entries> {
  const values: Entries = []
  for await (const value of readContainer(Entry)(path)) values.push(value)
  return values
}

async function readByC(path: string): Promise<Entries> {
  const lines = (await run("avrocat", path)).split("\n").filter((line) => line !== "")
  return lines.map((line) => decodeJson(Entry, line))
}

async function run(command: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 2 ** 26 })
    return stdout
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    throw new Error(`There is no ${command}: install Avro C's commands, as by apt install avro-bin`, {
      cause: error,
    })
  }
}
