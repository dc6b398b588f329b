import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test("a container file is written, read, gone on with, torn and mended", async () => {
  const program = fileURLToPath(new URL("../dist/container/container.js", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  const [wrote, read, appended, halves, torn, repaired] = stdout.split("\n")
  expect(wrote).toBe("wrote 10000 values")
  expect(read).toBe("read a file of examples, codec deflate: 34.9 degrees at most")
  expect(appended).toBe("appended 500 values")
  expect(halves).toBe("read in halves: 10500 values")
  expect(torn).toMatch(/^ERR_AVRO_TRUNCATED in block \d+$/)
  expect(repaired).toBe("repaired: every value of the whole blocks, 1 block lost")
})
