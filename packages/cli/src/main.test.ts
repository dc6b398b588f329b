import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { protocol } from "@avrolet/avro"
import { implement } from "@avrolet/rpc"
import { httpHandler } from "@avrolet/rpc/http"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { freePort } from "../../nats/src/testing/ports.ts"

const Echo = protocol({
  protocol: "Echo",
  namespace: "example",
  types: [
    {
      type: "record",
      name: "Reading",
      fields: [
        { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
        { name: "raw", type: "bytes" },
      ],
    },
  ],
  messages: {
    split: { request: [{ name: "query", type: "string" }], response: "string" },
    read: { request: [], response: "Reading" },
    fail: { request: [], response: "null" },
  },
})

let server: Server
let address: string
beforeAll(async () => {
  const service = implement(Echo, {
    split: ({ query }) => query.split(" ").join("\n"),
    read: () => ({ at: new Date(0), raw: Uint8Array.of(65, 0, 255) }),
    fail: () => {
      throw new Error("secret")
    },
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

describe("avrolet call", () => {
  test("prints the response as a line of JSON, knowing nothing but the address", async () => {
    expect(await avrolet("call", address, "split", '{"query":"a b"}')).toEqual({
      stdout: '"a\\nb"\n',
      stderr: "",
      code: 0,
    })
  })

  test("prints dates as ISO text and bytes as the specification's JSON has them", async () => {
    const { stdout } = await avrolet("call", address, "read")
    expect(JSON.parse(stdout)).toEqual({ at: "1970-01-01T00:00:00.000Z", raw: "A\u0000ÿ" })
  })

  test("prints the protocol when no message is named", async () => {
    const { stdout } = await avrolet("call", address)
    expect(JSON.parse(stdout)).toEqual(JSON.parse(Echo.text))
  })

  test.for([
    { name: "an error of the service", args: ["fail"], stderr: "avrolet: Internal error\n", code: 1 },
    {
      name: "parameters that do not fit",
      args: ["split", '{"query":7}'],
      stderr: "avrolet: Cannot encode split.query: expected a string, got 7\n",
      code: 1,
    },
    {
      name: "a message that the service does not have",
      args: ["spilt"],
      stderr: "avrolet: example.Echo has no message spilt; it has split, read, fail\n",
      code: 2,
    },
    {
      name: "parameters that are not JSON",
      args: ["split", "query=a"],
      stderr: /^avrolet: the parameters are not JSON: .+\n$/,
      code: 2,
    },
    {
      name: "a timeout that is none",
      args: ["split", "--timeout", "soon"],
      stderr: /^avrolet: option '--timeout .* A timeout is a number.* \(see avrolet call --help\)\n$/,
      code: 2,
    },
  ])("says in one line about $name, and exits with $code", async ({ args, stderr, code }) => {
    const outcome = await avrolet("call", address, ...args)
    expect(outcome).toMatchObject({ stdout: "", code })
    if (typeof stderr === "string") expect(outcome.stderr).toBe(stderr)
    else expect(outcome.stderr).toMatch(stderr)
  })

  test("says that nobody listens, and exits with 1", async () => {
    const { stderr, code } = await avrolet("call", `http://127.0.0.1:${await freePort()}`, "split")
    expect(stderr).toMatch(/^avrolet: No connection to http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED .+\n$/)
    expect(code).toBe(1)
  })

  test("takes an http or https address only", async () => {
    const { stderr, code } = await avrolet("call", "echo.local", "split")
    expect(stderr).toBe("avrolet: not an http or https URL: echo.local\n")
    expect(code).toBe(2)
  })
})

describe("avrolet watch", () => {
  const program =
    "console.log('ready'); setInterval(() => { const end = Date.now() + 250; while (Date.now() < end); }, 600)"

  test("tells on stdout what blocks a running process, and on stderr what it does to it", async () => {
    await using blocking = await startNode("--inspect-port=0", "-e", program)
    const { stdout, stderr, code } = await watchUntil(blocking, /free again/)
    expect(stdout).toMatch(/⚠ event loop blocked for \d+ ms so far, in .*\[eval\]:1:\d+\n {2}cause: cpu/)
    expect(stderr).toMatch(
      /^avrolet: opening the inspector .*\navrolet: watching .*\navrolet: left .* closed again\n$/,
    )
    expect(code).toBe(0)
  })

  test("prints blocks as lines of JSON when asked", async () => {
    await using blocking = await startNode("--inspect-port=0", "-e", program)
    const { stdout } = await watchUntil(blocking, /"cause":"cpu".*\n/, ["--json"])
    const blocks = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)) // on a busy machine the first was starved
    expect(blocks.at(-1)).toMatchObject({ cause: "cpu", stackTaken: "during" })
  })

  test("says in one line why it does not, and exits with 1", async () => {
    expect(await avrolet("watch", "4194305")).toEqual({
      stdout: "",
      stderr: "avrolet: There is no process 4194305\n",
      code: 1,
    })
  })

  test.for([["all"], ["1.5"], ["0"], ["1", "--threshold", "0"], ["1", "--threshold", "soon"]])(
    "says in one line what is no process or no threshold, and exits with 2: %s",
    async (args) => {
      const { stdout, stderr, code } = await avrolet("watch", ...args)
      expect({ stdout, code }).toEqual({ stdout: "", code: 2 })
      expect(stderr).toMatch(/^avrolet: .+ \(see avrolet watch --help\)\n$/)
    },
  )

  test.for([
    { env: { FORCE_COLOR: "1" }, isColoured: true },
    { env: { FORCE_COLOR: "0" }, isColoured: false },
    { env: {}, isColoured: false },
  ])("prints with colours on a pipe only when forced: $env", async ({ env, isColoured }) => {
    await using blocking = await startNode("--inspect-port=0", "-e", program)
    const { stdout } = await watchUntil(blocking, /free again/, [], env)
    expect(stdout.includes("\u001b[")).toBe(isColoured)
  })
})

describe("avrolet", () => {
  test("lists its commands, on stdout, when asked", async () => {
    const { stdout, code } = await avrolet("--help")
    expect(stdout).toMatch(/call .*call a message of an Avro service/s)
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80)
    expect(code).toBe(0)
  })

  test("exits with 2 on a command that there is not", async () => {
    expect(await avrolet("cal")).toMatchObject({
      stdout: "",
      code: 2,
      stderr: "avrolet: unknown command 'cal' (Did you mean call?) (see avrolet --help)\n",
    })
  })
})

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Runs the command as a person would: the compiled program, in a process of its own. */
const avrolet = (...args: string[]): Promise<Outcome> => outcomeOf(start(args))

/** Watches a process until something is printed, and ends as with Ctrl-C. */
function watchUntil(
  { pid }: { pid: number },
  printed: RegExp,
  options: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = start(["watch", String(pid), ...options], env)
  let seen = ""
  child.stdout.on("data", (chunk) => {
    seen += chunk
    if (printed.test(seen) && !child.killed) child.kill("SIGINT")
  })
  return outcomeOf(child)
}

/** Of the caller's environment nothing decides about colours. */
function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env
  const bin = fileURLToPath(new URL("../bin/avrolet.js", import.meta.url))
  return spawn(process.execPath, [bin, ...args], {
    env: { ...rest, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
}

/** A program that prints once it has started, and is killed when it goes out of scope. */
async function startNode(...args: string[]) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] })
  await once(child.stdout, "data") // until then it would refuse to be watched
  return {
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL")
      await once(child, "exit")
    },
  }
}

async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Outcome> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ])
  return { stdout, stderr, code: code as number }
}
