// What a registry may answer, and does not if it is a good one. conformance/kafka has a real one.

import { inspect } from "node:util"
import { decode, encode, schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { registryOf } from "../testing/registry-of.ts"
import { createSchemaRegistry } from "./registry.ts"

const Int = schema("int")

test("asks with its headers, below its path, and for each id once", async () => {
  const asked: string[] = []
  const registry = await registryOf(
    (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["authorization"]}`)
      response.end('{"schema":"\\"int\\"","id":7,"version":2}')
    },
    { headers: { authorization: "Basic abc" } },
  )
  expect(await registry.find(7)).toBe(await registry.find(7))
  expect((await registry.latest("a/b-value"))?.version).toBe(2)
  expect(await registry.register("a", Int)).toBe(7)
  expect(asked).toEqual([
    "GET /api/schemas/ids/7 Basic abc",
    "GET /api/subjects/a%2Fb-value/versions/latest Basic abc",
    "POST /api/subjects/a/versions Basic abc",
  ])
})

test("takes who asks out of the URL, and says it to the registry alone", async () => {
  const asked: (string | undefined)[] = []
  const registry = await registryOf(
    (request, response) => {
      asked.push(request.headers.authorization)
      response.writeHead(500).end()
    },
    {},
    "b%C3%B6b:p%40ss@",
  )
  const failure = await failureOf(registry.find(1))
  expect(asked).toEqual([`Basic ${Buffer.from("böb:p@ss").toString("base64")}`])
  expect(inspect(failure, { depth: 9 })).not.toMatch(/p@ss|p%40ss/)
})

test("asks by a `fetch` of one's own: for a certificate, a proxy, or a token that is renewed", async () => {
  let tokens = 0
  const registry = await registryOf(
    (request, response) => {
      response.end(JSON.stringify([request.headers.authorization]))
    },
    {
      fetch(url, init) {
        const headers = new Headers(init.headers)
        headers.set("authorization", `Bearer ${++tokens}`)
        return fetch(url, { ...init, headers })
      },
    },
  )
  expect([await registry.subjects(), await registry.subjects()]).toEqual([["Bearer 1"], ["Bearer 2"]])
})

test("has the id of a version that is there, and makes none", async () => {
  const asked: string[] = []
  const registry = await registryOf((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.statusCode = asked.length === 1 ? 200 : 404
    response.end('{"id":7,"error_code":40403,"message":"no such schema"}')
  })
  expect(await registry.idOf("a-value", Int)).toBe(7)
  await expect(registry.idOf("b-value", Int)).rejects.toMatchObject({ code: "ERR_EVENTS_SCHEMA" })
  expect(asked).toEqual(["POST /api/subjects/a-value", "POST /api/subjects/b-value"])
})

test("a schema that refers to others, which refer to others, is whole", async () => {
  const field = (name: string, type: unknown): object => ({ name, type })
  const record = (name: string, ...fields: object[]): string =>
    JSON.stringify({ type: "record", name, namespace: "shop", fields })
  const money = { name: "shop.Money", subject: "money", version: 1 }
  const item = { name: "shop.Item", subject: "item", version: 3 }
  const answers: Record<string, object> = {
    "/api/schemas/ids/7": {
      schema: record("Order", field("item", "Item"), field("total", "shop.Money")),
      references: [item, money],
    },
    "/api/subjects/item/versions/3": { schema: record("Item", field("price", "Money")), references: [money] },
    "/api/subjects/money/versions/1": { schema: record("Money", field("cents", "long")) },
  }
  const asked: (string | undefined)[] = []
  const registry = await registryOf((request, response) => {
    asked.push(request.url)
    response.end(JSON.stringify(answers[request.url ?? ""]))
  })
  const order = { item: { price: { cents: 250 } }, total: { cents: 500 } }
  const found = await registry.find(7)
  expect(decode(found, encode(found, order))).toEqual(order)
  expect(asked).toEqual(Object.keys(answers))
})

test("references without end are not followed", async () => {
  let asked = 0
  const registry = await registryOf((_request, response) => {
    asked++
    const references = [{ name: `a.A${asked}`, subject: "a", version: asked }]
    response.end(JSON.stringify({ schema: '"int"', references }))
  })
  await expect(registry.find(1)).rejects.toMatchObject({ code: "ERR_EVENTS_FOREIGN" })
  expect(asked).toBeLessThan(200)
})

test("registers again what it is refused, since another client may have been faster", async () => {
  const statuses = [409, 200]
  const registry = await registryOf((_request, response) => {
    response.statusCode = statuses.shift() ?? 500
    response.end('{"id":7,"message":"there already"}')
  })
  expect(await registry.register("a", Int)).toBe(7)
})

test("keeps no more schemas than it may, and none that failed", async () => {
  const asked: string[] = []
  const registry = await registryOf(
    (request, response) => {
      asked.push(request.url ?? "")
      response.statusCode = asked.length === 1 ? 500 : 200
      response.end('{"schema":"\\"int\\""}')
    },
    { maxSchemas: 2 },
  )
  await expect(registry.find(1)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  for (const id of [1, 2, 1, 3, 1, 2]) await registry.find(id)
  expect(asked.map((url) => Number(url.split("/").at(-1)))).toEqual([1, 1, 2, 3, 2])
})

test.for([
  { name: "no JSON", status: 200, body: "<html>", code: "ERR_EVENTS_STORE" },
  { name: "null", status: 200, body: "null", code: "ERR_EVENTS_STORE" },
  { name: "a number", status: 200, body: "7", code: "ERR_EVENTS_STORE" },
  { name: "no schema", status: 200, body: "{}", code: "ERR_EVENTS_FOREIGN" },
  {
    name: "a schema that is none",
    status: 200,
    body: '{"schema":"{\\"type\\":7}"}',
    code: "ERR_EVENTS_FOREIGN",
  },
  {
    name: "Protobuf",
    status: 200,
    body: '{"schemaType":"PROTOBUF","schema":""}',
    code: "ERR_EVENTS_FOREIGN",
  },
  {
    name: "a reference that is none",
    status: 200,
    body: '{"schema":"\\"int\\"","references":[{"name":"a"}]}',
    code: "ERR_EVENTS_STORE",
  },
  {
    name: "a reference that leads to no type of that name",
    status: 200,
    body: '{"schema":"[\\"a\\"]","references":[{"name":"a","subject":"a","version":1}]}',
    code: "ERR_EVENTS_FOREIGN",
  },
  {
    name: "no such schema",
    status: 404,
    body: '{"error_code":40403,"message":"no"}',
    code: "ERR_EVENTS_FOREIGN",
  },
  { name: "no registry at all", status: 404, body: "not found", code: "ERR_EVENTS_STORE" },
  { name: "that it does not know us", status: 401, body: "{}", code: "ERR_EVENTS_FORBIDDEN" },
  { name: "that we must not", status: 403, body: "{}", code: "ERR_EVENTS_FORBIDDEN" },
  { name: "that it is busy", status: 503, body: "", code: "ERR_EVENTS_UNAVAILABLE" },
  { name: "a way to another server", status: 307, body: "", code: "ERR_EVENTS_UNAVAILABLE" },
])("to be told $name is $code", async ({ status, body, code }) => {
  const registry = await registryOf((_request, response) => {
    response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body)
  })
  await expect(registry.find(1)).rejects.toMatchObject({ code })
})

test("an id that is none, and a schema that it refuses", async () => {
  const answers = ['{"id":-1}', '{"id":"7"}', "{}"]
  const registry = await registryOf((_request, response) => {
    const answer = answers.shift()
    response.statusCode = answer === undefined ? 409 : 200
    response.end(answer ?? '{"error_code":409,"message":"incompatible with what was there"}')
  })
  for (const _ of [0, 1, 2])
    await expect(registry.register("a", Int)).rejects.toMatchObject({ code: "ERR_EVENTS_STORE" })
  await expect(registry.register("a", Int)).rejects.toMatchObject({
    code: "ERR_EVENTS_SCHEMA",
    message: expect.stringContaining("incompatible with what was there"),
  })
})

test("an answer that never ends is not read to its end", async () => {
  const registry = await registryOf(
    (_request, response) => {
      const more = (): void =>
        void (response.write("x".repeat(65_536)) ? setImmediate(more) : response.once("drain", more))
      more()
    },
    { maxResponseBytes: 1_000_000 },
  )
  await expect(registry.find(1)).rejects.toMatchObject({
    code: "ERR_EVENTS_STORE",
    message: expect.stringContaining("1000000"),
  })
})

test("an answer that comes byte by byte is not waited for", async () => {
  const registry = await registryOf(
    (_request, response) => {
      const timer = setInterval(() => response.write(" "), 10)
      response.once("close", () => clearInterval(timer))
    },
    { timeoutMillis: 200 },
  )
  await expect(registry.find(1)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
})

test("a refusal of any length has a message that can be read", async () => {
  const registry = await registryOf((_request, response) => {
    response.writeHead(500).end(JSON.stringify({ message: "x".repeat(1_000_000) }))
  })
  const failure = await failureOf(registry.find(1))
  expect(failure.message.length).toBeLessThan(2000)
})

test("an answer that does not come is not waited for", async () => {
  const registry = await registryOf(() => undefined, { timeoutMillis: 100 })
  await expect(registry.find(1)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
})

test("limits that are none are refused, and so is a URL that is none", () => {
  expect(() => createSchemaRegistry("localhost:8081")).toThrow(TypeError)
  expect(() => createSchemaRegistry("registry")).toThrow(TypeError)
  for (const options of [{ timeoutMillis: 0 }, { maxSchemas: 0.5 }, { maxResponseBytes: -1 }])
    expect(() => createSchemaRegistry("http://127.0.0.1:1", options)).toThrow(TypeError)
})

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as Error,
  )
