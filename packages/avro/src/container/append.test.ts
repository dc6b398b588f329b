// Which schema a file is gone on with: the one whose bytes stand for the same values.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { parseSchema } from "../schema/schema.ts"
import { fileOf, readAll } from "../testing/container.ts"
import { appendContainer } from "./append.ts"

let folder = ""
let files = 0
const newPath = (): string => join(folder, `${files++}.avro`)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "avrolet-append-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

const decimal = (precision: number, scale?: number) =>
  parseSchema({ type: "bytes", logicalType: "decimal", precision, ...(scale === undefined ? {} : { scale }) })
const long = (logicalType?: string) => parseSchema({ type: "long", logicalType })
test.for([
  { of: "a scale", file: decimal(9, 2), own: decimal(9, 4), wrong: "precision 9 and scale 4" },
  { of: "a precision", file: decimal(9, 2), own: decimal(10, 2), wrong: "precision 9 and scale 2" },
  { of: "a unit", file: long("timestamp-micros"), own: long("timestamp-millis"), wrong: "timestamp-micros" },
  { of: "a lack", file: long("timestamp-micros"), own: long(), wrong: "no logical type" },
  { of: "an addition", file: long(), own: long("timestamp-nanos"), wrong: "no logical type" },
])("refuses a file whose values are another logical type: $of, and says where", async (given) => {
  const within: [string, (type: unknown) => unknown][] = [
    ["", (type) => type],
    ["[*]", (type) => ({ type: "array", items: type })],
    [".*", (type) => ({ type: { type: "map", values: ["null", { type }] } })],
    [
      ".next.at",
      (type) => ({
        type: "record",
        name: "a.Node",
        fields: [
          { name: "next", type: ["null", { type: "record", name: "Leaf", fields: [{ name: "at", type }] }] },
          { name: "more", type: { type: "array", items: ["Leaf", "Node"] } },
        ],
      }),
    ],
  ]
  for (const [where, around] of within) {
    const [ofFile, own] = [given.file, given.own].map(({ definition }) => parseSchema(around(definition)))
    if (ofFile === undefined || own === undefined) throw new Error("Two schemas")
    const path = newPath()
    writeFileSync(path, await fileOf(ofFile, []))
    await expect(appendContainer(own, path)).rejects.toMatchObject({
      code: "ERR_AVRO_CONTAINER",
      path: where,
      message: expect.stringContaining(given.wrong) as string,
    })
    await (await appendContainer(ofFile, path)).close()
  }
})

test("takes a schema that says the same of its values in other words", async () => {
  const path = newPath()
  const fields = [{ name: "price", type: decimal(9).definition }]
  writeFileSync(path, await fileOf(parseSchema({ type: "record", name: "a.Sale", doc: "Sold", fields }), []))
  const price = { type: { type: "bytes", scale: 0, precision: 9, logicalType: "decimal" } }
  const same = { type: "record", namespace: "a", name: "Sale", fields: [{ name: "price", type: price }] }
  const writer = await appendContainer(parseSchema(same), path)
  await writer.write({ price: "12" })
  await writer.close()
  expect((await readAll(path)).values).toEqual([{ price: "12" }])
})

test("takes limits for a header that is large, and for a schema in it that is deep", async () => {
  const text = parseSchema("string")
  const large = newPath()
  writeFileSync(large, await fileOf(text, [], { metadata: { made: "x".repeat(2 ** 21) } }))
  await expect(appendContainer(text, large)).rejects.toMatchObject({
    code: "ERR_AVRO_LIMIT",
    message: expect.stringContaining("limits.maxHeaderBytes") as string,
  })
  const writer = await appendContainer(text, large, { limits: { maxHeaderBytes: 2 ** 22 } })
  await writer.write("more")
  await writer.close()

  const deep = newPath()
  const lists = parseSchema({ type: "array", items: { type: "array", items: "string" } })
  writeFileSync(deep, await fileOf(lists, []))
  const writerOptions = { limits: { maxDepth: 1 } }
  await expect(appendContainer(lists, deep, { writerOptions })).rejects.toMatchObject({
    code: "ERR_AVRO_LIMIT",
    message: expect.stringContaining("limits.maxDepth") as string,
  })
})
