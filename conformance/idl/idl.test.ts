// IDL, read by us and by Avro's own Java library: what it declares has to be the same JSON, also when we wrote
// the text. Apache's own files are those that it publishes among its tests.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { parseProtocol, parseSchema } from "@avrolet/avro"
import { formatIdl, type IdlFile, parseIdl, protocolOf, readIdl, schemaOf } from "@avrolet/avro/idl"
import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { samples } from "../../packages/avro/src/testing/arbitrary.ts"
import { startJavaProgramWith } from "../java/peer.ts"
import { differences, withoutSchema } from "./differences.ts"

const jars = fileURLToPath(new URL("../java/.jars", import.meta.url))
const classPath = join(jars, "idl/putOnClassPath")
const java = await startJavaProgramWith([classPath], "Idl")
const scratch = mkdtempSync(join(tmpdir(), "avrolet-idl-"))
afterAll(async () => {
  await java[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

/** What a file declares, or that it is refused. */
interface Answer {
  readonly ok?: unknown
  readonly error?: string
}

const javas = async (path: string): Promise<Answer> => (await java.ask(path)) as Answer

const read = (path: string): Promise<IdlFile> => readIdl(path, { folders: [classPath] })

const ours = (path: string): Promise<Answer> =>
  read(path).then(
    ({ declaration }) => ({ ok: declaration }),
    (error: Error) => ({ error: error.message }),
  )

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".avdl"))
    .map((name) => join(folder, name))
    .toSorted()

const apaches = [...filesIn(join(jars, "idl")), ...filesIn(join(jars, "share"))]
const own = filesIn(fileURLToPath(new URL("cases", import.meta.url)))
const named = (files: readonly string[], root: string): [string, string][] =>
  files.map((file) => [relative(root, file), file])

test("the peer is of the version that is pinned", () => {
  const { versions } = java.hello
  console.info(
    `Peer: Java ${versions["java"]}, avro-idl ${versions["avro-idl"]}; ${apaches.length} files of Apache's`,
  )
  const pom = readFileSync(new URL("../java/pom.xml", import.meta.url), "utf8")
  expect(pom).toContain(`<avro.version>${versions["avro-idl"]}<`)
  expect(apaches.length).toBeGreaterThan(30)
})

describe("a file of Apache's declares what Java says it does", () => {
  test.for(named(apaches, jars))("%s", async ([, file]) => {
    const [we, they] = [await ours(file), await javas(file)]
    if (they.error === undefined) expect(we).toEqual(they)
    else expect(we.error, `Java: ${they.error}`).toBeDefined()
  })
})

describe("a file of Apache's declares what Apache says it does", () => {
  const input = join(jars, "idl/input")
  test.for(named(filesIn(input), input))("%s", async ([name, file]) => {
    const output = name.replace(/_schema\.avdl$/, ".avsc").replace(/\.avdl$/, ".avpr")
    const text = readFileSync(join(jars, "idl/output", output), "utf8")
    const { declaration } = await read(file)
    expect(declaration).toEqual(JSON.parse(text))
    // In the same order too: a protocol is known by its text.
    expect(JSON.stringify(declaration)).toBe(JSON.stringify(JSON.parse(text)))
  })
})

describe("a file of ours declares the same to Java", () => {
  test.for(named(own, fileURLToPath(new URL("cases", import.meta.url))))("%s", async ([, file]) => {
    expect(await ours(file)).toEqual(await javas(file))
  })
})

describe("what we write, Java reads", () => {
  const withSchemas = [...apaches, ...own].map((file) => [relative(process.cwd(), file), file])
  test.for(withSchemas)("%s", async ([, file = ""]) => {
    const idl = await read(file).catch(() => undefined)
    if (idl === undefined) return expect((await ours(file)).error).toBeDefined()
    const made = attempt(() => (idl.kind === "protocol" ? protocolOf(idl) : schemaOf(idl)))
    if (made === undefined) return expect(reasonFor(file)).toBeDefined()
    expect(reasonFor(file)).toBeUndefined()
    const path = join(scratch, "written.avdl")
    writeFileSync(path, formatIdl(made))
    const { ok, error } = await javas(path)
    expect(error).toBeUndefined()
    expect(ok).toEqual(parseIdl(formatIdl(made)).declaration)
    if (idl.kind === "protocol") expect(ok).toEqual(idl.declaration)
  })

  test("of any schema, as the same schema", async () => {
    const path = join(scratch, "random.avdl")
    const definitions = fc.sample(samples, { numRuns: 200, seed: 1 }).map(({ definition }) => definition)
    for (const definition of definitions) {
      const text = formatIdl(parseSchema(definition))
      writeFileSync(path, text)
      expect(await javas(path), text).toEqual({ ok: parseIdl(text).declaration })
    }
  })
})

describe("Java reads otherwise", () => {
  test.for(differences.map((one) => [one.text, one] as const))(
    "%s",
    async ([text, { reason, ...expected }]) => {
      const path = join(scratch, "different.avdl")
      writeFileSync(path, text)
      for (const [side, { ok, error }] of Object.entries({
        ours: await ours(path),
        javas: await javas(path),
      })) {
        const part = expected[side as "ours" | "javas"]
        if (part === undefined) expect(error, `${side}: ${reason}`).toBeDefined()
        else expect(JSON.stringify(ok), `${side}: ${reason}: ${error}`).toContain(part)
      }
    },
  )
})

/** Why no schema is made of a file. */
const reasonFor = (file: string): string | undefined =>
  [...withoutSchema].find(([end]) => file.endsWith(end))?.[1]

/** What is made, or `undefined` if it is refused. */
function attempt(
  make: () => ReturnType<typeof parseProtocol | typeof parseSchema>,
): ReturnType<typeof make> | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
