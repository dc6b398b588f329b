import { expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { encode } from "../value/encode.ts"
import { createBlockFramer } from "./block-framer.ts"
import { readContainer, readContainerBlocks } from "./read.ts"

const Name = schema({ type: "record", name: "Name", fields: [{ name: "name", type: "string" }] })
const ada = encode(Name, { name: "Ada" })
const ben = encode(Name, { name: "Ben" })

test.for(["null", "deflate", "zstandard"])(
  "values encoded elsewhere become blocks, with %s",
  async (codec) => {
    const framer = await createBlockFramer(Name, { codec, metadata: { by: "us" } })
    const file = [framer.header, await framer.frame(2, Buffer.concat([ada, ben])), await framer.frame(1, ada)]
    const reading = readContainer(Name)(file)
    expect((await reading.header()).metadata.get("by")).toEqual(new TextEncoder().encode("us"))
    const values: unknown[] = []
    for await (const value of reading) values.push(value)
    expect(values).toEqual([{ name: "Ada" }, { name: "Ben" }, { name: "Ada" }])

    const blocks: unknown[] = []
    for await (const block of readContainerBlocks()(file)) {
      blocks.push({ count: block.count, data: Buffer.from(await block.data()) })
    }
    expect(blocks).toEqual([
      { count: 2, data: Buffer.concat([ada, ben]) },
      { count: 1, data: Buffer.from(ada) },
    ])
  },
)

test("a block's data is refused where it cannot hold the values that are announced", async () => {
  const framer = await createBlockFramer(Name)
  const file = [framer.header, await framer.frame(9, ada)]
  for await (const block of readContainerBlocks()(file)) {
    await expect(block.data()).rejects.toMatchObject({ code: "ERR_AVRO_CONTAINER", block: 0 })
  }
})
