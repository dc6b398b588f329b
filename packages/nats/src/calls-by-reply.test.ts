import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Answerable, CallsByReply } from "./calls-by-reply.ts"

const callOf = (reply: string): Answerable => ({ reply, hash: 0, next: undefined })

describe("the calls under way", () => {
  test("are found by the subjects of their answers, whatever came and went", () => {
    const steps = fc.array(fc.record({ adds: fc.boolean(), reply: fc.nat({ max: 9 }) }), { maxLength: 300 })
    fc.assert(
      fc.property(steps, (chosen) => {
        const calls = new CallsByReply()
        const model = new Map<string, Answerable>()
        for (const step of chosen) {
          const reply = `_INBOX.a.${step.reply}`
          const known = model.get(reply)
          if (step.adds) {
            const call = callOf(reply)
            expect(calls.add(call)).toBe(known === undefined)
            if (known === undefined) model.set(reply, call)
          } else {
            if (known !== undefined) expect(calls.delete(known)).toBe(true)
            expect(calls.delete(callOf(reply))).toBe(false)
            model.delete(reply)
          }
          for (let index = 0; index < 10; index++)
            expect(calls.get(`_INBOX.a.${index}`)).toBe(model.get(`_INBOX.a.${index}`))
        }
        expect(new Set(calls.clear())).toEqual(new Set(model.values()))
        expect(calls.clear()).toEqual([])
      }),
    )
  })

  test("may be more than there was room for", () => {
    const calls = new CallsByReply()
    const all = Array.from({ length: 5000 }, (_, index) => callOf(`_INBOX.a.${index}`))
    expect(all.every((call) => calls.add(call))).toBe(true)
    expect(all.every((call) => calls.get(call.reply) === call)).toBe(true)
    expect(all.every((call) => calls.delete(call))).toBe(true)
    expect(calls.clear()).toEqual([])
  })

  test("may be of any subject", () => {
    const calls = new CallsByReply()
    for (const reply of ["", " 1", "ä", "\u{1f600}", "x".repeat(10_000)]) {
      expect(calls.add(callOf(reply))).toBe(true)
      expect(calls.get(reply)?.reply).toBe(reply)
    }
  })
})
