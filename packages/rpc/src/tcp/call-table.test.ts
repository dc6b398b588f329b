import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { CallTable } from "./call-table.ts"

describe("a call table", () => {
  test("finds a call by its serial as long as it is there, whatever came and went", () => {
    const steps = fc.array(fc.nat({ max: 9 }), { maxLength: 300 })
    fc.assert(
      fc.property(steps, (choices) => {
        const table = new CallTable<{ serial: number }>(8)
        const model: { serial: number }[] = []
        for (const choice of choices) {
          if (model.length < 8 && choice > 3) {
            const call = { serial: 0 }
            table.add(call)
            model.push(call)
          } else {
            const [gone] = model.splice(choice % Math.max(1, model.length), 1)
            if (gone === undefined) continue
            table.delete(gone)
            expect(table.get(gone.serial)).toBeUndefined()
          }
          expect(table.size).toBe(model.length)
          expect(model.map(({ serial }) => table.get(serial))).toEqual(model)
          expect(new Set(model.map(({ serial }) => serial)).size).toBe(model.length)
        }
        expect(new Set(table.clear())).toEqual(new Set(model))
        expect(table.size).toBe(0)
      }),
    )
  })

  test("gives no serial that is not a call's own: neither 0 nor 1", () => {
    const table = new CallTable<{ serial: number }>(1)
    const call = { serial: 0 }
    table.add(call)
    expect(call.serial).toBe(2)
    expect(table.get(0)).toBeUndefined()
    expect(table.get(-2)).toBeUndefined()
  })
})
