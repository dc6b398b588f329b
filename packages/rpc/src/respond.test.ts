import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createCancellation, neverCancelled } from "./cancellation.ts"
import { declaredError } from "./declared-error.ts"
import type { RefusedEvent, ServedEvent } from "./diagnostics.ts"
import { type CallContext, implement } from "./implement.ts"
import { refusal } from "./refusal.ts"
import { createServerSession, respond, respondInSession } from "./respond.ts"
import { bytes, hex } from "./testing/hex.ts"
import { nextTurns } from "./testing/proxy.ts"
import { published, until } from "./transport.contract.ts"

const Bell = protocol({
  protocol: "Bell",
  types: [{ type: "error", name: "Broken", fields: [{ name: "part", type: "string" }] }],
  messages: {
    ring: { request: [{ name: "times", type: "int" }], response: "int", errors: ["Broken"] },
    nudge: { request: [], response: "null", "one-way": true },
  },
})

type Ring = (times: number, context: CallContext) => number | Promise<number>

const serving = (ring: Ring) =>
  implement(Bell, {
    ring: ({ times }, context) => ring(times, context),
    nudge: (_parameters, context) => {
      void ring(0, context)
      return null
    },
  })

const bell = serving((times) => {
  if (times === 1) throw declaredError(Bell, "Broken", { part: "x" })
  if (times === 2) throw refusal("ERR_RPC_FORBIDDEN", "no")
  if (times === 3) throw new Error("password=hunter2")
  return times
})

const hash = hex(Bell.hash)
const handshake = `${hash} 00 ${hash} 00`
const ring = "08 72696e67"

describe("a response", () => {
  test.for([
    { name: "a result", times: "08", rest: "00 00 08" },
    {
      name: "a declared error, as its branch of the effective union (I12)",
      times: "02",
      rest: "00 01 02 02 78",
    },
    {
      name: "any other error, as the string that is the union's first branch (I12)",
      times: "06",
      rest: `00 01 00 1c ${hex(Buffer.from("Internal error"))}`,
    },
    {
      name: "a refusal, as that string, with its code in the metadata",
      times: "04",
      rest: `02 18 ${hex(Buffer.from("avrolet.code"))} 22 ${hex(Buffer.from("ERR_RPC_FORBIDDEN"))} 00 01 00 04 6e6f`,
    },
  ])("is the handshake, the metadata, the flag and $name (I9)", async ({ times, rest }) => {
    expect(await answer(bell, `${handshake} 00 ${ring} ${times}`)).toBe(compact(`00000000 ${rest}`))
  })

  test("has its handshake each time, where nothing is remembered between messages (I8)", async () => {
    for (let time = 0; time < 2; time++)
      expect(await answer(bell, `${handshake} 00 ${ring} 08`)).toMatch(/^00000000/)
  })

  test("to a one-way call is null where it has the handshake, and there is none where it has not (I11)", async () => {
    expect(await answer(bell, `${handshake} 00 0a 6e75646765`)).toBe("00000000 00 00".replaceAll(" ", ""))
    const session = createServerSession()
    session.client = bell.protocol
    const replies: unknown[] = []
    await respondInSession(bell, session, bytes("00 0a 6e75646765"), neverCancelled(), (write) =>
      replies.push(write),
    )
    expect(replies).toEqual([])
  })

  test("to a ping is the handshake alone, whatever follows the empty name (I10)", async () => {
    expect(await answer(bell, `${handshake} 00 00 ffff`)).toBe("00000000")
  })

  test("to a client that is not known is the handshake alone, whatever it calls (I5)", async () => {
    const response = await answer(bell, `${"ab".repeat(16)} 00 ${hash} 00 00 ${ring} 08`)
    expect(response).toMatch(/^04/)
    expect(response.endsWith(`${hash}00`)).toBe(true)
  })

  test.for([
    { name: "a message that there is not", call: "00 04 6e6f", code: "ERR_RPC_UNKNOWN_MESSAGE" },
    { name: "parameters that end too early", call: `00 ${ring}`, code: "ERR_RPC_REQUEST" },
    { name: "2^40 entries of metadata", call: "808080808040", code: "ERR_RPC_REQUEST" },
    { name: "too many entries of metadata", call: `8204 ${"0000".repeat(257)} 00`, code: "ERR_RPC_METADATA" },
  ])("to $name is an error with a code, and it is published as refused", async ({ call, code }) => {
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      expect(await answer(bell, `${handshake} ${call}`)).toContain(hex(Buffer.from(code)))
    })
    expect(refused).toMatchObject([{ protocol: "Bell", code }])
  })

  test("is an internal error when its metadata cannot be written", async () => {
    const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
      const careless = serving((times, { responseMetadata }) => {
        responseMetadata["text"] = "not bytes" as never
        return times
      })
      const internal = `00000000 00 01 00 1c ${hex(Buffer.from("Internal error"))}`
      expect(await answer(careless, `${handshake} 00 ${ring} 08`)).toBe(compact(internal))
    })
    expect(served).toMatchObject([{ error: { message: /"text" is no Uint8Array/ } }])
  })
})

describe("the time that a client gives", () => {
  test("ends the call though its transport notices nothing", async () => {
    let context: CallContext | undefined
    const service = serving((times, given) => {
      context = given
      return new Promise((resolve) => given.signal.addEventListener("abort", () => resolve(times)))
    })
    await answer(service, callWithin("300")) // which a busy machine may need to begin
    expect(context?.signal.reason).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
      message: "The client's 300 ms are over",
    })
    expect(context?.remainingMillis).toBeLessThan(2) // timers may be early by one
  })

  test("is what the client is told when the handler gives up for it", async () => {
    const service = serving(
      (_times, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    )
    expect(await answer(service, callWithin("20"))).toContain(hex(Buffer.from("ERR_RPC_TIMEOUT")))
  })

  test("that is over on arrival keeps the handler from starting", async () => {
    let runs = 0
    const service = serving((times) => ((runs += 1), times))
    expect(await answer(service, callWithin("0"))).toContain(hex(Buffer.from("ERR_RPC_TIMEOUT")))
    expect(runs).toBe(0)
  })

  test("is not awaited by who asks for the signal when the handler is done", async () => {
    let context: CallContext | undefined
    const service = serving((times, given) => {
      context = given
      return times
    })
    await answer(service, callWithin("20"))
    const signal = context?.signal
    await until(() => context?.remainingMillis === 0)
    await nextTurns()
    expect(signal?.aborted).toBe(false)
  })

  test("is not awaited once the handler is done", async () => {
    let context: CallContext | undefined
    const service = serving((times, given) => {
      context = given
      expect(given.signal.aborted).toBe(false)
      return times
    })
    await answer(service, callWithin("20"))
    await until(() => context?.remainingMillis === 0)
    await nextTurns() // in which a timer would have fired
    expect(context?.signal.aborted).toBe(false)
  })

  test.for([
    { name: "digits", value: "250", most: 250 },
    { name: "digits with zeros before them", value: "000250", most: 250 },
    { name: "more than a timer can wait", value: "999999999999999", most: 2 ** 31 - 1 },
  ])("$name are taken, up to what a timer can wait", async ({ value, most }) => {
    const remaining = await remainingOf(value)
    expect(remaining).toBeLessThanOrEqual(most)
    expect(remaining).toBeGreaterThan(most - 200)
  })

  test.for(["", "-1", "1.5", "1e3", " 5", "0x10", "٣", "1000000000000000", "9".repeat(1000), "NaN"])(
    "is ignored where it is %j",
    async (value) => {
      expect(await remainingOf(value)).toBe(Number.POSITIVE_INFINITY)
    },
  )

  test("a call that was given up before it began is not served", async () => {
    const cancellation = createCancellation()
    cancellation.cancel(new Error("gone"))
    let runs = 0
    const service = serving((times) => ((runs += 1), times))
    await respond(service, bytes(`${handshake} 00 ${ring} 08`), cancellation)
    expect(runs).toBe(0)
  })
})

/** A call of `ring` that has this for its `avrolet.timeout`. */
function callWithin(timeout: string): string {
  const value = Buffer.from(timeout)
  const length =
    value.length * 2 < 128 ? [value.length * 2] : [((value.length * 2) & 0x7f) | 0x80, value.length >> 6]
  const entry = `1e ${hex(Buffer.from("avrolet.timeout"))} ${hex(Buffer.from(length))} ${hex(value)}`
  return `${handshake} 02 ${entry} 00 ${ring} 08`
}

async function remainingOf(timeout: string): Promise<number> {
  let remaining = Number.NaN
  const service = serving((times, { remainingMillis }) => {
    remaining = remainingMillis
    return times
  })
  await answer(service, callWithin(timeout))
  return remaining
}

const answer = async (service: typeof bell, request: string): Promise<string> =>
  hex(await respond(service, bytes(request), neverCancelled()))

const compact = (spaced: string): string => spaced.replaceAll(" ", "")
