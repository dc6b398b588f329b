// The files open in real viewers: Chrome's developer tools, whose own parser the browser brings along, and speedscope.

import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { freePort } from "../../packages/nats/src/testing/ports.ts"
import { startChromium } from "../browser/testing/chromium.ts"

const folder = mkdtempSync(join(tmpdir(), "avrolet-flame-"))
const program = fileURLToPath(new URL("../dist/flame/flame.js", import.meta.url))

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder])
  expect(stdout).toMatch(/^\d+ stacks of \d+ ms, in .*:\n {2}block\.cpuprofile .*\n {2}block\.folded .*\n$/)
})

afterAll(() => rmSync(folder, { recursive: true }))

test("folded stacks have a line for each stack, with its milliseconds", () => {
  const folded = readFileSync(join(folder, "block.folded"), "utf8")
  expect(folded).toMatch(/^(.*;)?handleRequest flame\.ts;parse flame\.ts(;.*)? \d+$/m)
  expect(folded).toMatch(/^(.*;)?handleRequest flame\.ts;render flame\.ts(;.*)? \d+$/m)
})

describe("in Chromium,", () => {
  let browser: Browser | undefined
  let port = 0
  let files: Server

  beforeAll(async () => {
    port = await freePort()
    browser = await startChromium([`--remote-debugging-port=${port}`])
    files = await serveFiles()
  })

  beforeEach(({ skip }) => skip(browser === undefined, "there is none"))

  afterAll(async () => {
    files.close().closeAllConnections()
    await browser?.close()
  })

  test("the developer tools read the CPU profile: its functions, their lines and times", async () => {
    const page = await (browser as Browser).newPage()
    await page.goto(`http://127.0.0.1:${port}/devtools/inspector.html`)
    const functions: DevToolsFunction[] = await page.evaluate(
      `(${READ_WITH_DEVTOOLS})(${readFileSync(join(folder, "block.cpuprofile"), "utf8")})`,
    )
    const [handle, parse, render] = ["handleRequest", "parse", "render"].map((name) =>
      functions.find((each) => each.name === name),
    )
    const source = fileURLToPath(new URL("flame.ts", import.meta.url))
    expect(parse?.parent).toBe("handleRequest")
    const distance = Math.abs((parse?.line ?? 0) - lineOf(source, "Date.now() < end"))
    expect(distance).toBeLessThanOrEqual(1) // the function begins one line above
    expect(render?.parent).toBe("handleRequest")
    expect(decodeURI(parse?.url ?? "")).toBe(`file://${source}`)
    for (const each of [handle, parse, render]) {
      const millis = foldedMillis(`${each?.name} flame.ts`)
      expect(millis).toBeGreaterThan(0)
      expect(Math.abs((each?.totalMillis ?? 0) - millis)).toBeLessThan(millis / 50)
    }
  })

  test("speedscope shows its functions", async () => {
    const page = await (browser as Browser).newPage()
    const origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`
    await page.goto(`${origin}/index.html#profileURL=${encodeURIComponent(`${origin}/block.cpuprofile`)}`)
    await page.getByText("Sandwich").click()
    await page.getByText("parse", { exact: true }).waitFor()
    const rows = await page.locator("tr").allInnerTexts()
    for (const name of ["handleRequest", "parse", "render"]) {
      expect(rows.filter((row) => row.includes(name))).toEqual([expect.stringMatching(/^[\d.]+(s|ms) \(/)])
    }
  })
})

interface DevToolsFunction {
  readonly name: string
  readonly url: string
  readonly line: number
  readonly totalMillis: number
  readonly parent: string
}

// As text: it runs in the browser, with the module that the Performance panel reads CPU profiles with. The times are
// those of the frames that its flame chart draws; those in the tree are counts of samples, however long each stood.
const READ_WITH_DEVTOOLS = `async (profile) => {
  const { CPUProfileDataModel } = await import("/devtools/models/cpu_profile/cpu_profile.js")
  const model = new CPUProfileDataModel.CPUProfileDataModel(profile)
  const millis = new Map()
  const add = (_depth, node, _sample, _start, duration) => millis.set(node, (millis.get(node) ?? 0) + duration)
  model.forEachFrame(() => {}, add)
  const read = (node) => [
    { name: node.functionName, url: node.url, line: node.lineNumber + 1, totalMillis: millis.get(node) ?? 0, parent: node.parent?.functionName },
    ...node.children.flatMap(read),
  ]
  return read(model.profileHead)
}`

/** How long a function was on the stack, by the folded stacks. */
const foldedMillis = (frame: string): number =>
  readFileSync(join(folder, "block.folded"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(/ (?=\d+$)/))
    .filter(([stack = ""]) => stack.split(";").includes(frame))
    .reduce((sum, [, millis]) => sum + Number(millis), 0)

const lineOf = (path: string, text: string): number =>
  readFileSync(path, "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text)) + 1

/** Serves speedscope, and the profile beside it. */
async function serveFiles(): Promise<Server> {
  const require = createRequire(import.meta.url)
  const speedscope = join(dirname(require.resolve("speedscope/package.json")), "dist/release")
  const server = createServer(({ url = "" }, response) => {
    const name = url.slice(1)
    const type = name.endsWith(".html")
      ? "text/html"
      : name.endsWith(".js")
        ? "text/javascript"
        : "text/plain"
    response.setHeader("content-type", type)
    response.end(readFileSync(join(name === "block.cpuprofile" ? folder : speedscope, name)))
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  return server
}
