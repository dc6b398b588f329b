// Messages that any client may carry, in a real Kafka with a real Schema Registry, with Java's Avro at the other end.

import { canonicalForm, parseSchema, schema, type ValueOf } from "@avrolet/avro"
import { createMessageCodec } from "@avrolet/kafka/messages"
import { Admin, Consumer, Producer } from "@platformatic/kafka"
import { expect, test } from "vitest"
import { runKafkaPeer } from "./cluster.ts"
import { sharedKafka } from "./shared-kafka.ts"

const kafka = sharedKafka()

const id = { name: "id", type: "long" } as const
const item = { name: "item", type: "string" } as const
const note = { name: "note", type: ["null", "string"], default: null } as const
const OldOrder = schema({ type: "record", name: "Order", namespace: "shop", fields: [id, item] })
const Order = schema({ type: "record", name: "Order", namespace: "shop", fields: [id, item, note] })

test("what ours writes Java reads, and what Java wrote with an older schema ours reads", async () => {
  const codec = createMessageCodec(kafka.registry, "orders-value", Order)
  const java = { text: JSON.stringify(OldOrder.definition), values: '{"id":1,"item":"tea"}\n' }
  const { address } = kafka.broker
  await createTopic("orders")
  await runKafkaPeer(java.values, "write", address, kafka.registryUrl, "orders", java.text)
  await send("orders", await codec.encode({ id: 2, item: "café", note: "hot" }))

  expect(await receive("orders", 2, (value) => codec.decode(value))).toEqual([
    { id: 1, item: "tea", note: null },
    { id: 2, item: "café", note: "hot" },
  ])
  const read = await runKafkaPeer("", "read", address, kafka.registryUrl, "orders", "2", java.text)
  expect(read).toEqual(['{"id":1,"item":"tea"}', '{"id":2,"item":"café"}'])
})

test("a schema that may not be registered has to be there", async () => {
  const careful = createMessageCodec(kafka.registry, "careful-value", Order, { register: false })
  await expect(careful.encode({ id: 1, item: "tea" })).rejects.toMatchObject({ code: "ERR_EVENTS_SCHEMA" })
  expect(await kafka.registry.latest("careful-value")).toBeUndefined()
  const registered = await kafka.registry.register("careful-value", Order)
  expect(await kafka.registry.idOf("careful-value", Order)).toBe(registered)
  expect((await careful.encode({ id: 1, item: "tea" })).readUInt32BE(1)).toBe(registered)
})

test("a schema that refers to those of other subjects is read whole", async () => {
  const Money = {
    type: "record",
    name: "Money",
    namespace: "shop",
    fields: [{ name: "cents", type: "long" }],
  }
  const Price = {
    type: "record",
    name: "Price",
    namespace: "shop",
    fields: [
      { name: "net", type: "Money" },
      { name: "gross", type: "shop.Money" },
    ],
  }
  await post("money-value", { schema: JSON.stringify(Money) })
  const references = [{ name: "shop.Money", subject: "money-value", version: 1 }]
  const registered = await post("price-value", { schema: JSON.stringify(Price), references })
  const whole = structuredClone(Price) as { fields: { type: unknown }[] }
  Object.assign(whole.fields[0] ?? {}, { type: Money })
  expect(canonicalForm(await kafka.registry.find(registered))).toBe(canonicalForm(parseSchema(whole)))
})

/** Registers by hand: ours registers schemas that are whole. */
async function post(subject: string, body: object): Promise<number> {
  const response = await fetch(`${kafka.registryUrl}/subjects/${subject}/versions`, {
    method: "POST",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { id: number }).id
}

async function createTopic(topic: string): Promise<void> {
  const admin = new Admin({ clientId: "plain", bootstrapBrokers: [kafka.broker.address] })
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
  await admin.close()
}

async function send(topic: string, value: Buffer): Promise<void> {
  const producer = new Producer({
    clientId: "plain",
    bootstrapBrokers: [kafka.broker.address],
    autocreateTopics: true,
  })
  await producer.send({ messages: [{ topic, value }] })
  await producer.close()
}

async function receive(
  topic: string,
  count: number,
  decode: (value: Buffer) => Promise<ValueOf<typeof Order>>,
): Promise<ValueOf<typeof Order>[]> {
  const consumer = new Consumer({
    clientId: "plain",
    groupId: "plain",
    bootstrapBrokers: [kafka.broker.address],
  })
  const stream = await consumer.consume({ topics: [topic], mode: "earliest" })
  const values = []
  for await (const { value } of stream) {
    values.push(await decode(value))
    if (values.length === count) break
  }
  await stream.close()
  await consumer.close()
  return values
}
