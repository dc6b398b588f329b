import fc from "fast-check"
import { expect, test } from "vitest"
import { runtime } from "../compile/runtime/index.ts"
import { parseSchema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { codecsOf } from "./codecs.ts"
import { isFree } from "./identifiers.ts"

test("emitted code refers to nothing that a type of the module could be called by", () => {
  fc.assert(
    fc.property(samples, ({ definition }) => {
      const code = codecsOf(parseSchema(definition)).replaceAll(/"(?:[^"\\]|\\.)*"/g, "")
      const globals = code.match(/(?<![.\w$])[A-Z]\w*(?![\w:])/g) ?? []
      expect(globals.filter((name) => isFree(name) && !Object.hasOwn(runtime, name))).toEqual([])
    }),
    { numRuns: 500 },
  )
})
