import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"

test("nothing of Node's is imported: a page may retry, hedge and balance as well", () => {
  const index = new URL("../../dist/resilience/index.js", import.meta.url)
  expect(existsSync(index), "npx tsc -b packages/rpc").toBe(true)
  const reached = new Set([index.href])
  const foreign = new Set<string>()
  for (const file of reached) {
    const imports = readFileSync(new URL(file), "utf8").matchAll(/^(?:import|export) [^;"]*?from "([^"]+)"/gm)
    for (const [, name = ""] of imports) {
      if (name.startsWith(".")) reached.add(new URL(name, file).href)
      else foreign.add(name)
    }
  }
  expect(reached.size).toBeGreaterThan(15)
  expect([...foreign].toSorted()).toEqual(["@avrolet/avro", "@avrolet/avro/binary"])
})
