// What holds of a set of servers whatever comes of the calls, and whichever servers come and go.

import { protocol } from "@avrolet/avro"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { ServerEvent } from "../diagnostics.ts"
import { RpcError } from "../errors.ts"
import { implement } from "../implement.ts"
import { localTransport } from "../local.ts"
import { published, until } from "../testing/outcome.ts"
import type { Transport } from "../transport.ts"
import type { BalancedServer } from "./balanced-server.ts"
import type { Outcome } from "./outcome.ts"
import type { Policy } from "./policies.ts"
import { ServerSet } from "./server-set.ts"

const service = implement(protocol({ protocol: "Nothing", messages: {} }), {})
const NAMES = ["a", "b", "c", "d", "e", "f"]

/** Has servers come and go; makes a call, which may go from one server to the next until one outcome is final. */
type Step = { readonly names: readonly string[] } | { readonly outcomes: readonly Outcome[] }

const outcome = fc.constantFrom<Outcome>("good", "bad", "unreachable", "unknown")
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ names: fc.subarray(NAMES, { minLength: 1 }) }) },
  { weight: 12, arbitrary: fc.record({ outcomes: fc.array(outcome, { minLength: 1, maxLength: 8 }) }) },
)

function settingsOf(policy: Policy, keepShare: number, failuresInARow: number) {
  const never = { minOutMillis: 60_000, maxOutMillis: 60_000, returnMillis: 60_000, probeMillis: 1000 }
  const often = { failureShare: 0.5, windowMillis: 60_000, windowCalls: 4 }
  return { policy, keepShare, failuresInARow, ...often, ...never }
}

const closed: string[] = []
const transports = (names: readonly string[]): Map<string, () => Transport> =>
  new Map(
    names.map((name) => [
      name,
      () => ({ ...localTransport(service), close: async () => void closed.push(name) }),
    ]),
  )

test("some serve whatever they do, none that is out is chosen while one that serves is left, none twice for a call, and those that go are closed once", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Policy>("round-robin", "least-in-flight"),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 4 }),
      fc.array<Step>(step, { maxLength: 100 }),
      (policy, keepShare, failuresInARow, steps) => {
        const set = new ServerSet(settingsOf(policy, keepShare, failuresInARow))
        set.update(transports(NAMES))
        closed.length = 0
        let gone = 0
        for (const each of steps) {
          if ("names" in each) {
            gone += set.all.filter(({ name }) => !each.names.includes(name)).length
            set.update(transports(each.names))
            expect(set.all.map(({ name }) => name)).toEqual(each.names)
          } else call(set, each.outcomes)
          const serving = set.all.filter(({ health }) => !health.isOut).length
          expect(serving).toBeGreaterThanOrEqual(Math.max(1, Math.ceil(set.all.length * keepShare)))
          expect(set.all.every(({ callsInFlight }) => callsInFlight === 0)).toBe(true)
        }
        expect(closed).toHaveLength(gone)
      },
    ),
  )
})

/** A call whose outcomes are these, at one server after the other, as long as it could not be sent. */
function call(set: ServerSet, outcomes: readonly Outcome[]): void {
  const tried = new Set<BalancedServer>()
  for (const each of outcomes) {
    const left = set.all.filter((server) => !tried.has(server))
    const serving = left.filter(({ health }) => !health.isOut)
    const server = set.choose(tried)
    if (server === undefined) {
      expect(left).toEqual([])
      return
    }
    expect(serving.length > 0 ? serving : left).toContain(server)
    server.callBegins()
    set.note(server, server.health.isOut, each)
    server.callEnds()
    if (each !== "unreachable") return
    tried.add(server)
  }
}

test("one that answers when it is asked, if only with an error, serves again and is counted among those that do", async () => {
  const settings = { ...settingsOf("round-robin", 0.5, 1), minOutMillis: 1, maxOutMillis: 2 }
  const set = new ServerSet(settings)
  const send = () => Promise.reject(new RpcError("ERR_RPC_REMOTE", "Internal error"))
  set.update(
    new Map(["a", "b", "c", "d"].map((name) => [name, () => ({ ...localTransport(service), send })])),
  )
  const [a, b, c] = set.all as [BalancedServer, BalancedServer, BalancedServer]
  const events = await published<ServerEvent>("avrolet:rpc.server", async () => {
    set.note(a, false, "bad")
    await until(() => {
      set.choose(undefined) // asks those that were left alone for long enough
      return !a.health.isOut
    })
  })
  expect(events.map(({ server, change }) => [server, change])).toEqual([
    ["a", "ejected"],
    ["a", "returned"],
  ])
  set.note(b, false, "bad")
  set.note(c, false, "bad")
  expect([b.health.isOut, c.health.isOut]).toEqual([true, true]) // two of four may be
})

test("each that serves gets its turn, and by shares those that have come back", () => {
  const set = new ServerSet(settingsOf("round-robin", 0, 1))
  set.update(transports(NAMES))
  const [first] = set.all
  if (first === undefined) throw new Error("There are servers")
  set.note(first, false, "bad")
  first.health.readmit(performance.now() - 15_000) // a quarter of the way to its whole share
  const counts = new Map<string, number>()
  for (let time = 0; time < 1000; time++) {
    const { name } = set.choose(undefined) as BalancedServer
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const others = NAMES.slice(1).map((name) => counts.get(name) ?? 0)
  expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(1)
  expect(counts.get("a")).toBeGreaterThan(30)
  expect(counts.get("a")).toBeLessThan(60)
})
