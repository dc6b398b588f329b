import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { protocolOf, schemaOf } from "./parse-idl.ts"
import { readIdl } from "./read-idl.ts"

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "avrolet-idl-")))
})
afterEach(() => rm(folder, { recursive: true }))

describe("readIdl", () => {
  test("puts what is imported where the import stands, types and messages", async () => {
    await write({
      "main.avdl": `@namespace("m") protocol Main {
        import idl "common/errors.avdl";
        record Own { c.Problem problem; User user; }
        import protocol "bank.avpr";
        import schema "user.avsc";
        void own(Own own);
      }`,
      "common/errors.avdl": `@namespace("c") protocol Errors { import idl "kinds.avdl"; error Problem { Kind kind; } void report(Problem p); }`,
      "common/kinds.avdl": "namespace c; enum Kind { BAD, WORSE }",
      "bank.avpr": JSON.stringify({
        protocol: "Bank",
        types: [{ type: "fixed", name: "m.Id", size: 4 }],
        messages: { close: { request: [{ name: "id", type: "m.Id" }], response: "null" } },
      }),
      "user.avsc": JSON.stringify({
        type: "record",
        name: "User",
        namespace: "m",
        fields: [{ name: "id", type: { type: "Id" } }],
      }),
    })
    const file = await readIdl(join(folder, "main.avdl"))
    expect(file.declaration).toEqual({
      protocol: "Main",
      namespace: "m",
      types: [
        { type: "enum", name: "Kind", namespace: "c", symbols: ["BAD", "WORSE"] },
        { type: "error", name: "Problem", namespace: "c", fields: [{ name: "kind", type: "Kind" }] },
        {
          type: "record",
          name: "Own",
          fields: [
            { name: "problem", type: "c.Problem" },
            {
              name: "user",
              type: {
                type: "record",
                name: "User",
                fields: [{ name: "id", type: { type: "fixed", name: "Id", size: 4 } }],
              },
            },
          ],
        },
      ],
      messages: {
        report: { request: [{ name: "p", type: "c.Problem" }], response: "null" },
        close: { request: [{ name: "id", type: "Id" }], response: "null" },
        own: { request: [{ name: "own", type: "Own" }], response: "null" },
      },
    })
    expect(Object.keys(protocolOf(file).messages)).toEqual(["report", "close", "own"])
  })

  test("refuses a type without a namespace where JSON would take its name for a nearer one's", async () => {
    const Far = { type: "record", name: "A", fields: [] }
    const User = { type: "record", name: "n.B", fields: [{ name: "a", type: "A" }] }
    await write({
      "near.avdl": '@namespace("n") protocol P { fixed A(1); import schema "b.avsc"; }',
      "alone.avdl": '@namespace("n") protocol P { import schema "b.avsc"; }',
      "b.avsc": JSON.stringify([Far, User]),
    })
    const alone = protocolOf(await readIdl(join(folder, "alone.avdl")))
    expect(alone.types.get("n.B")?.["~node"]).toMatchObject({
      fields: [{ type: { name: "A", type: "record" } }],
    })
    const thrown = await readIdl(join(folder, "near.avdl")).catch((error: unknown) => error)
    expect(thrown).toMatchObject({
      code: "ERR_AVRO_IDL",
      message: `${join(folder, "b.avsc")}: [1].fields[0].type: JSON has no name for "A" where "n.A" is nearer`,
    })
  })

  test("reads a file once, however often and in whatever circle it is imported", async () => {
    await write({
      "a.avdl": 'schema A; import idl "b.avdl"; import idl "./sub/../b.avdl"; record A { B? b; }',
      "b.avdl": 'import idl "sub/../a.avdl"; import idl "b.avdl"; record B { A? a; }',
      "sub/c.avdl": "",
    })
    expect(schemaOf(await readIdl(join(folder, "a.avdl"))).name).toBe("A")
  })

  test("takes a type that two files declare, if they say the same", async () => {
    await write({
      "a.avdl": 'schema array<X>; import idl "b.avdl"; import schema "x.avsc";',
      "b.avdl": "/** An x. */ record X { int? a = null; array<X> b; }",
      "x.avsc": JSON.stringify({
        type: "record",
        name: "X",
        doc: "An x.",
        fields: [
          { name: "a", type: ["null", "int"], default: null },
          { name: "b", type: { type: "array", items: "X" } },
        ],
      }),
    })
    expect((await readIdl(join(folder, "a.avdl"))).declaration).toMatchObject({ items: { name: "X" } })
    await write({ "x.avsc": '{ "type": "fixed", "name": "X", "size": 1 }' })
    await expect(readIdl(join(folder, "a.avdl"))).rejects.toThrow(
      `${join(folder, "x.avsc")}: "X" is declared a second time, and not the same`,
    )
  })

  test("says which paths it looked for, at the import", async () => {
    await write({ "sub/a.avdl": 'protocol P {\n  import idl "gone.avdl";\n}' })
    const other = join(folder, "other")
    const error = await failure(readIdl(join(folder, "sub/a.avdl"), { folders: [other] }))
    expect(error.code).toBe("ERR_AVRO_IDL")
    expect(error.message).toBe(
      `${join(folder, "sub/a.avdl")}:2:14: cannot import: there is no ${join(folder, "sub/gone.avdl")} and no ${join(other, "gone.avdl")}\n` +
        '    import idl "gone.avdl";\n               ^',
    )
  })

  test("ends in Node's error for a first file that is not there", async () => {
    await expect(readIdl(join(folder, "gone.avdl"))).rejects.toMatchObject({ code: "ENOENT" })
  })

  test("looks in the folders it is given for what is not beside the importer", async () => {
    await write({ "a.avdl": 'import idl "b.avdl";', "lib/b.avdl": "fixed B(1);" })
    const file = await readIdl(join(folder, "a.avdl"), { folders: [join(folder, "lib")] })
    expect(file.declaration).toEqual([{ type: "fixed", name: "B", size: 1 }])
  })

  test("says in which file a mistake is", async () => {
    await write({
      "a.avdl": 'import idl "b.avdl"; import schema "c.avsc"; import protocol "d.avpr";',
      "b.avdl": "record B {\n  int;\n}",
      "c.avsc": "{",
      "d.avpr": '{ "protocol": "D", "types": [{ "type": "record", "name": "R" }] }',
    })
    const read = (): Promise<AvroError> => failure(readIdl(join(folder, "a.avdl")))
    expect((await read()).message).toContain(
      `${join(folder, "b.avdl")}:2:6: expected the name of a field, got ";"`,
    )
    await write({ "b.avdl": "" })
    expect((await read()).message).toContain(`${join(folder, "c.avsc")}: not JSON: `)
    await write({ "c.avsc": '"int"' })
    expect((await read()).message).toBe(
      `${join(folder, "d.avpr")}: types[0].fields: expected an array, got undefined`,
    )
  })

  test("tells the warnings of all files", async () => {
    await write({ "a.avdl": 'import idl "b.avdl"; /** x */', "b.avdl": "enum B { /** b */ C }" })
    const { warnings } = await readIdl(join(folder, "a.avdl"))
    expect(warnings).toHaveLength(2)
    expect(warnings.join("\n")).toContain(`${join(folder, "b.avdl")}:1:10: `)
  })

  test("takes its files from wherever it is told", async () => {
    const texts = new Map([
      ["a", 'schema B; import idl "b";'],
      ["b", "fixed B(2);"],
    ])
    const asked: unknown[] = []
    const load = (location: string, importer: string | undefined): { file: string; text: string } => {
      asked.push([location, importer])
      const text = texts.get(location)
      if (text === undefined) throw new Error(`nobody has ${location}`)
      return { file: location, text }
    }
    expect((await readIdl("a", { load })).declaration).toEqual({ type: "fixed", name: "B", size: 2 })
    expect(asked).toEqual([
      ["a", undefined],
      ["b", "a"],
    ])
    texts.delete("b")
    await expect(readIdl("a", { load })).rejects.toThrow("a:1:22: cannot import: nobody has b")
  })

  test("ends where a loader has ever more files", async () => {
    let count = 0
    const load = (): { file: string; text: string } => ({ file: `${count++}`, text: 'import idl "more";' })
    await expect(readIdl("first", { load })).rejects.toThrow("a limit keeps imports from having no end")
  })
})

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

async function failure(attempt: Promise<unknown>): Promise<AvroError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AvroError)
  return error as AvroError
}
