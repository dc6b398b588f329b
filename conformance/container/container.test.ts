// Container files of every codec, written by one and read by the other: Java, Python's avro and fastavro.

import { createWriteStream, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { fileURLToPath } from "node:url"
import { decodeJson, encodeJson } from "@avrolet/avro"
import { appendContainer, indexContainer, readContainer, writeContainer } from "@avrolet/avro/container"
import { afterAll, describe, expect, test } from "vitest"
import { startJavaProgram } from "../java/peer.ts"
import { startPythonProgram } from "../python/peer.ts"
import { Entry, entries, more } from "./entries.ts"

interface FileAnswer {
  readonly ok?: { codec: string; values: string[]; metadata: Record<string, string> }
  readonly error?: string
}

const json = entries.map((entry) => encodeJson(Entry, entry))

const java = await startJavaProgram("Files")
const avro = await startPythonProgram("../container/peer.py", "avro")
const fastavro = await startPythonProgram("../container/peer.py", "fastavro")
const folder = mkdtempSync(join(tmpdir(), "avrolet-conformance-"))
afterAll(async () => {
  for (const peer of [java, avro, fastavro]) await peer[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const all = ["null", "deflate", "snappy", "zstandard", "bzip2", "xz"]
const peers = [
  { name: "Java", peer: java, codecs: all },
  { name: "Python avro", peer: avro, codecs: all.filter((codec) => codec !== "xz") }, // it has none
  { name: "fastavro", peer: fastavro, codecs: all },
]

test("the peers", () => {
  console.info("Peers:", ...peers.map(({ name, peer }) => [name, peer.hello.versions]))
})

describe.for(peers)("$name", ({ name, peer, codecs }) => {
  const ask = async (question: object): Promise<FileAnswer> => (await peer.ask(question)) as FileAnswer
  const pathOf = (codec: string, kind: string): string => join(folder, `${name}-${codec}-${kind}.avro`)

  test.for(codecs)("writes %s files that we read and go on with (G5-G8, G12, G15)", async (codec) => {
    const path = pathOf(codec, "theirs")
    const definition = JSON.stringify(Entry.definition)
    const question = {
      do: "write",
      path,
      codec,
      schema: definition,
      values: json,
      metadata: { made: "there" },
    }
    expect(await ask(question)).toEqual({ ok: true })
    const reading = readContainer(Entry)(path)
    const header = await reading.header()
    expect(header.codec).toBe(codec)
    expect(Buffer.from(header.metadata.get("made") ?? []).toString()).toBe("there")
    const values = []
    for await (const value of reading) values.push(value)
    expect(values).toEqual(entries)
    expect((await indexContainer(path)).count).toBe(500)
    const writer = await appendContainer(Entry, path)
    await writer.write(more)
    await writer.close()
    const { ok } = await ask({ do: "read", path })
    expect(ok?.values.map((value) => decodeJson(Entry, value))).toEqual([...entries, more])
  })

  test.for(codecs)("reads %s files that we write, and goes on with them (G5-G8, G12, G15)", async (codec) => {
    const path = pathOf(codec, "ours")
    const writing = writeContainer(Entry, { codec, blockBytes: 2000, metadata: { made: "here" } })
    await pipeline(entries, writing, createWriteStream(path))
    const { ok, error } = await ask({ do: "read", path })
    expect(error).toBeUndefined()
    expect(ok?.codec).toBe(codec)
    expect(ok?.metadata["made"]).toBe("here")
    expect(ok?.values.map((value) => decodeJson(Entry, value))).toEqual(entries)
    expect(await ask({ do: "append", path, values: [encodeJson(Entry, more)] })).toEqual({ ok: true })
    const values = []
    for await (const value of readContainer(Entry)(path)) values.push(value)
    expect(values).toEqual([...entries, more])
  })

  test("reads an empty file of ours (G13)", async () => {
    const path = pathOf("null", "empty")
    await pipeline([], writeContainer(Entry), createWriteStream(path))
    expect((await ask({ do: "read", path })).ok?.values).toEqual([])
  })
})

describe("Apache's data files", () => {
  const data = fileURLToPath(new URL("../java/.jars/share/test/data", import.meta.url))
  const files = existsSync(data) ? readdirSync(data).filter((name) => name.endsWith(".avro")) : []

  test("are there", () => {
    expect(files.length).toBeGreaterThan(0)
  })

  test.for(files)("%s is read as Java reads it", async (name) => {
    const path = join(data, name)
    const answer = (await java.ask({ do: "read", path })) as FileAnswer
    const reading = readContainer(undefined, { writerOptions: { long: "bigint" } })(path)
    const { schema: written } = await reading.header()
    const values: string[] = []
    for await (const value of reading) values.push(encodeJson(written, value))
    expect(values.map((value) => JSON.parse(value) as unknown)).toEqual(
      answer.ok?.values.map((value) => JSON.parse(value) as unknown),
    )
  })
})
