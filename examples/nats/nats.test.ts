import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const compiled = fileURLToPath(new URL("../dist/nats/group.js", import.meta.url))

test("two servers share the calls; when one is killed the other answers them all", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [compiled])
  const [first, second, both, killed, left] = stdout.trimEnd().split("\n")
  const pids = [first, second].map((line) => /^server (\d+) serves example.echo$/.exec(line ?? "")?.[1])
  for (const pid of pids) expect(both).toMatch(new RegExp(`[1-9]\\d* answered by ${pid}`))
  expect(killed).toContain(`answered by ${pids[1]}`)
  expect(left).toMatch(new RegExp(`^one left: +[1-9]\\d* answered by ${pids[1]}`))
  expect(left).not.toContain(`answered by ${pids[0]}`)
})
