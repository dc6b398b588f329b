import { expect, test } from "vitest"
import { newFileName, startOf } from "./file-name.ts"

test("a name says when its file begins", () => {
  const start = Date.UTC(2026, 10, 23, 14, 26, 19, 123)
  expect(newFileName(start)).toMatch(/^20261123T142619123Z_/)
  expect(startOf(newFileName(start))).toBe(start)
})

test("names of one process sort as they were given, though their files begin at the same time", () => {
  const names = Array.from({ length: 100 }, () => newFileName(0))
  expect(names.toSorted()).toEqual(names)
})

test.for([
  "copy.avro",
  "20261123T142619123Z_web-1_4711_9f86d081884c.json",
  "20269923T999999999Z_a_1_9f86d081884c",
])("%s is none of ours", (name) => {
  expect(startOf(name)).toBeUndefined()
})
