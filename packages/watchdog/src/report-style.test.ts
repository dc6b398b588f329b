// What is printed, by real processes: on a pipe, and on a terminal where `script` makes one.

import { spawnSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { compiled, run } from "./fixtures/run.ts"
import type { ReportLine } from "./format-json.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

const PLAIN = compiled("fixtures/plain.js")
const REGISTER = compiled("register.js")
const YELLOW = "\u001b[33m"

describe("on a pipe", () => {
  test("there is a line of JSON for each report", async () => {
    const { stderr } = await printed({ AVROLET_PRINT: "" })
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line): ReportLine => JSON.parse(line))
    const spins = lines.filter((line) => line.event === "block" && line.place.startsWith("spin ("))
    expect(spins.length).toBeGreaterThanOrEqual(2)
    expect(spins[0]).toMatchObject({
      over: false,
      cause: "cpu",
      stack: expect.stringMatching(/^ {4}at spin \(/),
    })
    expect(spins.at(-1)).toMatchObject({ over: true })
  })

  test("AVROLET_PRINT=pretty prints for people, without colours", async () => {
    const { stderr } = await printed({ AVROLET_PRINT: "pretty" })
    expect(stderr).toMatch(/^⚠ event loop blocked for .* in spin /m)
    expect(stderr).not.toContain("\u001b")
  })

  test("FORCE_COLOR colours what is for people", async () => {
    expect((await printed({ AVROLET_PRINT: "pretty", FORCE_COLOR: "1" })).stderr).toContain(YELLOW)
    expect((await printed({ AVROLET_PRINT: "json", FORCE_COLOR: "1" })).stderr).not.toContain("\u001b")
  })

  test("what AVROLET_PRINT does not mean is said", async () => {
    const { stderr } = await printed({ AVROLET_PRINT: "xml" })
    const [first = ""] = stderr.split("\n")
    expect(JSON.parse(first)).toMatchObject({
      event: "trouble",
      message: 'AVROLET_PRINT is "xml"; give "pretty" or "json"',
    })
  })
})

const hasScript = spawnSync("script", ["--version"]).error === undefined

describe.runIf(process.platform === "linux" && hasScript)("on a terminal", () => {
  test("reports are for people, and coloured", () => {
    expect(onTerminal({ TERM: "xterm-256color" })).toContain(`${YELLOW}⚠ event loop blocked`)
  })

  test.for([{ TERM: "xterm-256color", NO_COLOR: "1" }, { TERM: "dumb" }])(
    "%j takes the colours away",
    (environment) => {
      const output = onTerminal(environment)
      expect(output).toContain("⚠ event loop blocked")
      expect(output).not.toContain("\u001b")
    },
  )

  test("AVROLET_PRINT=json prints for programs", () => {
    expect(onTerminal({ TERM: "xterm-256color", AVROLET_PRINT: "json" })).toMatch(/^\{"event":"block"/m)
  })
})

test("print is one of its values", () => {
  const options: object = { print: "xml" }
  expect(() => watchEventLoop(options)).toThrow(
    expect.objectContaining({
      code: "ERR_WATCHDOG_OPTION",
      message: `print is 'xml'; give "pretty" or "json", true or false`,
    }),
  )
})

const printed = (environment: NodeJS.ProcessEnv): Promise<{ stderr: string }> =>
  run(["--import", REGISTER, PLAIN], environment).ended

function onTerminal(environment: NodeJS.ProcessEnv): string {
  const command = `"${process.execPath}" --import "${REGISTER}" "${PLAIN}"`
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], ...environment },
    encoding: "utf8",
  })
  return stdout
}
