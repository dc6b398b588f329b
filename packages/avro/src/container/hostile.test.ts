// Files that are cut and damaged: always one of this library's errors, or values, never a hang. How much memory
// that takes, the safety law of the codec measures (../safety-law.test.ts).

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { parseSchema, schema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { fileOf, readAll } from "../testing/container.ts"
import { readContainer, readContainerBlocks } from "./read.ts"

const Line = schema({
  type: "record",
  name: "Line",
  fields: [
    { name: "number", type: "long" },
    { name: "words", type: { type: "array", items: "string" } },
    { name: "note", type: ["null", "string"] },
  ],
})
const lines = Array.from({ length: 60 }, (_, number) => ({
  number,
  words: ["a", "bc", `${number}`],
  note: number % 2 === 0 ? null : "odd",
}))
const codecs = ["null", "deflate"]

describe.for(codecs)("with the codec %s", (codec) => {
  test("every truncation but one at a block's end is told, after all values of whole blocks", async () => {
    const file = await fileOf(Line, lines, { codec, blockBytes: 60 })
    const ends = new Map([[(await readContainer()(file).header()).bytes, 0]])
    let values = 0
    for await (const block of readContainerBlocks(Line)(file)) {
      values += block.count
      ends.set(block.offset + block.bytes, values)
    }
    expect(ends.size).toBeGreaterThan(10)
    let whole = 0
    for (let end = 0; end <= file.length; end++) {
      whole = ends.get(end) ?? whole
      const { values: read, error } = await readAll(file.subarray(0, end), Line)
      if (ends.has(end)) expect(error).toBeUndefined()
      else expect(error).toMatchObject({ code: "ERR_AVRO_TRUNCATED" })
      expect(read).toEqual(lines.slice(0, whole))
    }
  })

  test("a torn tail names the block and the byte where it begins", async () => {
    const file = await fileOf(Line, lines, { codec, blockBytes: 120 })
    const offsets: number[] = []
    for await (const { offset } of readContainerBlocks(Line)(file)) offsets.push(offset)
    const { error } = await readAll(file.subarray(0, file.length - 1), Line)
    expect(error).toMatchObject({ block: offsets.length - 1, offset: offsets.at(-1) })
    expect((error as Error).message).toContain("repairContainer")
  })

  test("every bit of a file may be wrong: it is told, or other values come", async () => {
    const file = await fileOf(Line, lines.slice(0, 8), { codec, blockBytes: 100 })
    const wrong = new Uint8Array(file)
    for (let bit = 0; bit < file.length * 8; bit++) {
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7))
      await expectOurs(wrong)
      wrong[bit >> 3] = file[bit >> 3] as number
    }
  })

  test("so may any bytes, in any file of any schema", async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })
    const property = fc.asyncProperty(
      samples,
      damage,
      fc.nat(),
      async ({ definition, value }, changes, cut) => {
        const written = await fileOf(parseSchema(definition), [value, value], { codec, blockBytes: 1 })
        const wrong = new Uint8Array(
          written.subarray(0, written.length - (cut % 3 === 0 ? cut % written.length : 0)),
        )
        for (const [index, byte] of changes) wrong[index % wrong.length] = byte
        await expectOurs(wrong)
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })
})

test("bytes without any order end in an error", async () => {
  const start = Buffer.from(await fileOf(Line, lines)).subarray(0, 30)
  const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (rest) => {
    await expectOurs(rest)
    await expectOurs(Buffer.concat([start, rest]))
  })
  await fc.assert(property, { numRuns: 500 })
})

async function expectOurs(file: Uint8Array): Promise<void> {
  const { error } = await readAll(file)
  if (error !== undefined && !(error instanceof AvroError)) throw error as Error
}
