import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test("the example finds its server by a name, and says what it looked up", async () => {
  const program = fileURLToPath(new URL("../dist/names/names.js", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  expect(stdout).toMatch(
    new RegExp(
      [
        String.raw`^echo\.localhost: (::1, )?127\.0\.0\.1 \(localhost\)`,
        String.raw`hello from echo\.localhost`,
        String.raw`echo\.\.nowhere: getaddrinfo ENOTFOUND echo\.\.nowhere \(nowhere\)`,
        String.raw`No connection to .*getaddrinfo ENOTFOUND echo\.\.nowhere`,
        "$",
      ].join("\n"),
    ),
  )
})
