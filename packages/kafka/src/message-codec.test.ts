import { encode, parseSchema, schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { frame } from "./framing.ts"
import { createMessageCodec } from "./message-codec.ts"
import { registryOf } from "./testing/registry-of.ts"

const id = { name: "id", type: "long" } as const
const note = { name: "note", type: ["null", "string"], default: null } as const
const OldOrder = schema({ type: "record", name: "Order", fields: [id] })
const Order = schema({ type: "record", name: "Order", fields: [id, note] })

test("a message names the schema that it was written with, which is registered once", async () => {
  const { registry, asked } = await orders()
  const codec = createMessageCodec(registry, "orders-value", Order)
  const messages = await Promise.all([codec.encode({ id: 1 }), codec.encode({ id: 2, note: "x" })])
  expect(messages.map((message) => message.toString("hex"))).toEqual(["00000000080200", "000000000804020278"])
  expect(await Promise.all(messages.map((message) => codec.decode(message)))).toEqual([
    { id: 1, note: null },
    { id: 2, note: "x" },
  ])
  expect(asked).toEqual(["POST /api/subjects/orders-value/versions", "GET /api/schemas/ids/8"])
})

test("a message of an older schema is read as this one has it", async () => {
  const { registry } = await orders()
  const message = frame(7, encode(OldOrder, { id: 42 }))
  const value = await createMessageCodec(registry, "orders-value", Order).decode(new Uint8Array(message))
  expect(value).toEqual({ id: 42, note: null })
})

test.for([
  { name: "a record without fields", type: { type: "record", name: "Deleted", fields: [] }, value: {} },
  { name: "null", type: "null", value: null },
])("a value of no bytes, $name, is read back", async ({ type, value }) => {
  const answer = JSON.stringify({ id: 7, schema: JSON.stringify(type) })
  const registry = await registryOf((_request, response) => response.end(answer))
  const codec = createMessageCodec(registry, "empty-value", parseSchema(type))
  const message = await codec.encode(value)
  expect(message.toString("hex")).toBe("0000000007")
  expect(await codec.decode(message)).toEqual(value)
})

test("a value is what it was when the call was made", async () => {
  const { registry } = await orders()
  const codec = createMessageCodec(registry, "orders-value", Order)
  const order = { id: 1 }
  const encoding = codec.encode(order)
  order.id = 2
  expect(await codec.decode(await encoding)).toEqual({ id: 1, note: null })
})

test("what may not be registered has to be there", async () => {
  const { registry, asked } = await orders()
  const codec = createMessageCodec(registry, "other-value", Order, { register: false })
  await expect(codec.encode({ id: 1 })).rejects.toMatchObject({ code: "ERR_EVENTS_SCHEMA" })
  expect(asked).toEqual(["POST /api/subjects/other-value"])
})

test("after a registry that failed the next message asks again", async () => {
  let asked = 0
  const registry = await registryOf((_request, response) => {
    response.statusCode = ++asked === 1 ? 500 : 200
    response.end('{"id":8}')
  })
  const codec = createMessageCodec(registry, "orders-value", Order)
  await expect(codec.encode({ id: 1 })).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  expect((await codec.encode({ id: 1 })).readUInt32BE(1)).toBe(8)
})

test.for([
  { name: "a tombstone", message: null, code: "ERR_EVENTS_FOREIGN" },
  { name: "JSON", message: Buffer.from('{"id":1}'), code: "ERR_EVENTS_FOREIGN" },
  {
    name: "a schema that there is not",
    message: Buffer.from("000000000902", "hex"),
    code: "ERR_EVENTS_FOREIGN",
  },
  { name: "half a value", message: Buffer.from("000000000882", "hex"), code: "ERR_AVRO_TRUNCATED" },
])("$name is refused with $code", async ({ message, code }) => {
  const { registry } = await orders()
  await expect(createMessageCodec(registry, "orders-value", Order).decode(message)).rejects.toMatchObject({
    code,
  })
})

test("a value that does not fit is refused before the registry is asked", async () => {
  const { registry, asked } = await orders()
  const codec = createMessageCodec(registry, "orders-value", Order)
  await expect(codec.encode({ id: "1" as never })).rejects.toMatchObject({ code: "ERR_AVRO_VALUE" })
  expect(asked).toEqual([])
})

/** A registry with both schemas: the older one is 7, the newer one 8. */
async function orders() {
  const answers: Record<string, object> = {
    "POST /api/subjects/orders-value/versions": { id: 8 },
    "GET /api/schemas/ids/7": { schema: JSON.stringify(OldOrder.definition) },
    "GET /api/schemas/ids/8": { schema: JSON.stringify(Order.definition) },
  }
  const asked: string[] = []
  const registry = await registryOf((request, response) => {
    const what = `${request.method} ${request.url}`
    asked.push(what)
    const answer = answers[what]
    response.statusCode = answer === undefined ? 404 : 200
    response.end(JSON.stringify(answer ?? { error_code: 40403, message: "no such schema" }))
  })
  return { registry, asked }
}
