import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

test("the module is what the command makes of the IDL", async () => {
  expect(
    await run("packages/cli/bin/avrolet.js", "generate", "--check", "examples/generate/shop.avdl"),
  ).toEqual({
    output: "",
    exitCode: 0,
  })
})

test("the service answers its client, with values and with the error that it declares", async () => {
  expect(await run("examples/dist/generate/generate.js")).toEqual({
    output: "21.00 EUR\nsold out: milk\n",
    exitCode: 0,
  })
})

async function run(...args: string[]): Promise<{ output: string; exitCode: number }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, "close")])
  return { output, exitCode: exitCode as number }
}
