import { parseProtocol, protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "./client.ts"
import { type Handlers, implement } from "./implement.ts"
import { localTransport } from "./local.ts"
import { Shop } from "./testing/shop.ts"

const Echo = protocol({
  protocol: "Echo",
  messages: { echo: { request: [{ name: "query", type: "string" }], response: "string" } },
})

describe("implement", () => {
  test("refuses a message without a handler", () => {
    const none = {} as Handlers<never>
    expect(() => implement(Echo as never, none)).toThrow(new TypeError("No handler for message echo of Echo"))
  })

  test("a handler that an object inherits is none", () => {
    const Odd = protocol({ protocol: "Odd", messages: { toString: { request: [], response: "string" } } })
    expect(() => implement(Odd as never, {} as never)).toThrow(
      new TypeError("No handler for message toString of Odd"),
    )
  })

  test("refuses a handler without a message", () => {
    const handlers = { echo: () => "", ehco: () => "" }
    expect(() => implement(Echo, handlers)).toThrow(
      new TypeError("A handler for ehco, which is no message of Echo"),
    )
  })

  test("handlers are methods: `this` is their object", async () => {
    class Greeter {
      greeting = "hello"
      echo({ query }: { query: string }): string {
        return `${this.greeting}, ${query}`
      }
    }
    const greeter = new Greeter()
    const service = implement(Echo, { echo: (parameters) => greeter.echo(parameters) })
    expect(await createClient(Echo, localTransport(service)).echo({ query: "you" })).toBe("hello, you")
  })

  test("messages with the names of what every object inherits are ordinary messages", async () => {
    const Odd = protocol({
      protocol: "Odd",
      messages: {
        constructor: { request: [], response: "string" },
        toString: { request: [], response: "string" },
        hasOwnProperty: { request: [], response: "string" },
      },
    })
    const answer = () => "ours"
    const service = implement(Odd, { constructor: answer, toString: answer, hasOwnProperty: answer })
    const client = createClient(Odd, localTransport(service))
    expect(await Promise.all([client.constructor(), client.toString(), client.hasOwnProperty()])).toEqual([
      "ours",
      "ours",
      "ours",
    ])
  })
})

describe("createClient", () => {
  test("refuses a message that would make the client a promise", () => {
    const Thenable = parseProtocol(
      '{"protocol":"Thenable","messages":{"then":{"request":[],"response":"null"}}}',
    )
    expect(() => createClient(Thenable, { send: neverCalled } as never)).toThrow(TypeError)
  })

  test("has the protocol's messages, each once, and nothing else (H8)", () => {
    const client = createClient(Shop, { send: neverCalled } as never)
    expect(Object.keys(client)).toEqual(Object.keys(Shop.messages))
    expect(Object.getPrototypeOf(client)).toBeNull()
  })
})

const neverCalled = (): never => {
  throw new Error("not to be called")
}
