import { describe, expect, test } from "vitest"
import type * as Module from "./being-served.ts"
import { createCancellation, neverCancelled } from "./cancellation.ts"

const callOf = (cancellation = createCancellation()) => ({
  canBeCancelled: cancellation.canBeCancelled,
  cancellation,
  isOver: false,
  countCall() {},
})

describe("the call that is being served", () => {
  test("is known wherever its handler leads", async () => {
    const { callBeingServed, rememberCallsServed, whileServing } = await fresh()
    rememberCallsServed()
    const [one, other] = [callOf(), callOf()]
    const deep = async (): Promise<unknown> => {
      await new Promise((resolve) => setImmediate(resolve))
      return callBeingServed()
    }
    const found = await Promise.all([whileServing(one, deep), whileServing(other, deep), deep()])
    expect(found[0]).toBe(one.cancellation)
    expect(found[1]).toBe(other.cancellation)
    expect(found[2]).toBeUndefined()
  })

  test("is none when it was answered", async () => {
    const { callBeingServed, rememberCallsServed, whileServing } = await fresh()
    rememberCallsServed()
    const call = callOf()
    whileServing(call, () => {
      expect(callBeingServed()).toBe(call.cancellation)
      call.isOver = true
      expect(callBeingServed()).toBeUndefined()
    })
  })

  test("is not remembered where nobody can give it up, nor before there is a client: that would cost", async () => {
    const { callBeingServed, rememberCallsServed, whileServing } = await fresh()
    expect(whileServing(callOf(), callBeingServed)).toBeUndefined()
    rememberCallsServed()
    expect(
      whileServing({ ...callOf(), canBeCancelled: neverCancelled().canBeCancelled }, callBeingServed),
    ).toBe(undefined)
  })

  test("gets its handler's parameters, and gives what it returns", async () => {
    const { rememberCallsServed, whileServing } = await fresh()
    const add = (a: number, b: number): number => a + b
    expect(whileServing(callOf(), add, 1, 2)).toBe(3)
    rememberCallsServed()
    expect(whileServing(callOf(), add, 1, 2)).toBe(3)
  })
})

let copies = 0

/** The module as it is in a process that has just begun. */
const fresh = async (): Promise<typeof Module> =>
  (await import(/* @vite-ignore */ `./being-served.ts?copy=${++copies}`)) as typeof Module
