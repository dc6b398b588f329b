import { expect, test } from "vitest"
import { fromPs, readProcess } from "./process-info.ts"

test.runIf(process.platform === "linux")("ps says of a process what /proc says, as far as it goes", () => {
  const { userId, program, isStopped } = readProcess(process.pid) ?? {}
  expect(program).toBe("node")
  expect(fromPs(process.pid)).toMatchObject({ userId, isStopped, innerPid: process.pid })
  expect(fromPs(4_194_305)).toBeUndefined()
})
