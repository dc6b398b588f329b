import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { protocol } from "@avrolet/avro"
import { implement, refusal } from "@avrolet/rpc"
import { httpHandler } from "@avrolet/rpc/http"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

const Numbers = protocol(
  {
    protocol: "Numbers",
    types: [
      {
        type: "record",
        name: "All",
        fields: [
          { name: "long", type: "long" },
          { name: "maybe", type: ["null", "long"] },
          { name: "either", type: ["int", "long"] },
          { name: "double", type: "double" },
          { name: "text", type: "string" },
        ],
      },
    ],
    messages: {
      same: { request: [{ name: "all", type: "All" }], response: "All" },
      doubles: { request: [], response: { type: "array", items: "double" } },
      shout: { request: [], response: "string" },
      refuse: { request: [], response: "null" },
      tell: { request: [{ name: "news", type: "string" }], response: "null", "one-way": true },
    },
  },
  { long: "bigint" },
)

const CONTROLS = "a\u001b]0;title\u0007b\u009b2Jc\u007f\td"

let server: Server
let address: string
beforeAll(async () => {
  const service = implement(Numbers, {
    same: ({ all }) => all,
    doubles: () => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5],
    shout: () => CONTROLS,
    refuse: () => {
      throw refusal("ERR_RPC_UNAVAILABLE", CONTROLS)
    },
    tell: () => null,
  })
  server = createServer(httpHandler(service)).listen(0, "127.0.0.1")
  await once(server, "listening")
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, "close")
})

describe("numbers keep all their digits", () => {
  test.for([
    ['{"all":{"long":9007199254740993,"maybe":null,"either":{"int":1},"double":1.5,"text":"a"}}'],
    [
      '{"all":{"long":-9223372036854775808,"maybe":9223372036854775807,"either":{"long":5},"double":0,"text":""}}',
    ],
    [
      '{"all":{"long":1,"maybe":2,"either":{"long":9007199254740993},"double":1.5,"text":"x\\"9007199254740993"}}',
    ],
  ] as const)("%s", async ([parameters]) => {
    const { all } = /^\{"all":(?<all>.+)\}$/.exec(parameters)?.groups ?? {}
    expect(await call("same", parameters)).toEqual({ stdout: `${all}\n`, stderr: "", code: 0 })
  })

  test("a large integer is given for a double as well", async () => {
    const { stdout } = await call(
      "same",
      '{"all":{"long":1,"maybe":null,"either":{"int":1},"double":10000000000000000000,"text":"a"}}',
    )
    expect(stdout).toContain('"double":10000000000000000000,')
  })

  test("a long of more than 64 bits is refused", async () => {
    const { stderr, code } = await call(
      "same",
      '{"all":{"long":9223372036854775808,"maybe":null,"either":{"int":1},"double":1,"text":"a"}}',
    )
    expect(stderr).toMatch(/^avrolet: Cannot encode same\.all\.long: .*9223372036854775808.*\n$/)
    expect(stderr).not.toContain("bigint")
    expect(code).toBe(1)
  })

  test("what is no number in JSON is printed as Avro's Java does", async () => {
    expect((await call("doubles")).stdout).toBe('["NaN","Infinity","-Infinity",1.5]\n')
  })
})

describe("what a server sends does nothing to the terminal", () => {
  test("in a response", async () => {
    const { stdout } = await call("shout")
    expect(stdout).toBe('"a\\u001b]0;title\\u0007b\\u009b2Jc\\u007f\\td"\n')
    expect(JSON.parse(stdout)).toBe(CONTROLS)
  })

  test("in an error", async () => {
    const { stderr, code } = await call("refuse")
    expect(stderr).toBe("avrolet: a\\x1b]0;title\\x07b\\x9b2Jc\\x7f\td\n")
    expect(code).toBe(1)
  })
})

test("the answer to a one-way message is null", async () => {
  expect(await call("tell", '{"news":"none"}')).toEqual({ stdout: "null\n", stderr: "", code: 0 })
})

test.for([
  ["same", '{"al":1,"all":2}', "same has no parameter al; it has all"],
  ["doubles", '{"x":1}', "doubles has no parameter x; it has none"],
  ["tell", "[1]", "the parameters are a JSON object, got [1]"],
  ["tell", "7", "the parameters are a JSON object, got 7"],
] as const)("%s %s is a misuse", async ([message, parameters, stderr]) => {
  expect(await call(message, parameters)).toEqual({ stdout: "", stderr: `avrolet: ${stderr}\n`, code: 2 })
})

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Runs the command as a person would: the compiled program, in a process of its own. */
async function call(...args: string[]): Promise<Outcome> {
  const bin = fileURLToPath(new URL("../../bin/avrolet.js", import.meta.url))
  const child = spawn(process.execPath, [bin, "call", address, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ])
  return { stdout, stderr, code: code as number }
}
