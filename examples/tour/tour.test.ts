import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"

const compiled = fileURLToPath(new URL("../dist/tour/tour.js", import.meta.url))

describe("the tour", () => {
  test("calls both messages from another process, and names the line that blocks while it does", async () => {
    const { output, exitCode } = await run("--once", "--port", "0")
    expect(output).toContain('echo({ query: "hello" })')
    expect(output).toContain('"small\\nservices\\ntalk"')
    expect(output).toMatch(
      /blocked for \d+ ms so far, in (isPrime|countPrimes)\s+examples\/tour\/primes\.ts:\d+/,
    )
    expect(output).toContain("while serving example.Primes.count")
    expect(output.indexOf("so far")).toBeLessThan(output.indexOf("count({ below:"))
    expect(exitCode).toBe(0)

    // It has recorded all that as events, and its last line asks about them.
    expect(output).toMatch(/^ {3}count: 1 call, \d{2,}\.\d ms$/m)
    expect(output).toMatch(/^ {3}echo: 1 call, [\d.]+ ms$/m)
    expect(output).toMatch(
      /^ {3}the event loop was blocked for \d{2,} ms by cpu, serving example\.Primes\.count$/m,
    )
    const [, query = ""] = /(node \S+ask\.js .*)\n$/.exec(output) ?? []
    expect(await shell(query)).toMatch(/│ 'split' +│ \d+ +│ [\d.]+ +│/)
  })

  test("stays up, prints a command that calls it, and stops cleanly on Ctrl-C", async () => {
    const child = start("--port", "0")
    let command = ""
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      if (line.includes("npx avrolet")) command = line.trim()
      if (line.includes("Ctrl-C")) break
    }
    expect(await shell(command)).toBe('"now\\nit\\nis\\nyour\\nturn"\n')
    child.kill("SIGINT")
    const [exitCode, signal] = (await once(child, "exit")) as [number | null, string | null]
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null })
  })

  test("a taken port is a sentence, not a stack", async () => {
    const squatter = createServer().listen(0, "127.0.0.1")
    await once(squatter, "listening")
    const { port } = squatter.address() as AddressInfo
    const { output, exitCode } = await run("--once", "--port", String(port))
    squatter.close()
    expect(output).toBe(
      `Port ${port} is taken by another program. Choose another: npm start -- --port ${port + 1}\n`,
    )
    expect(exitCode).toBe(1)
  })

  test.for([
    { args: ["--port", "http"], says: "--port takes a number up to 65535, got http\n" },
    { args: ["--twice"], says: /^Unknown option '--twice'/ },
  ])("$args is a sentence too", async ({ args, says }) => {
    const { output, exitCode } = await run(...args)
    if (typeof says === "string") expect(output).toBe(says)
    else expect(output).toMatch(says)
    expect(exitCode).toBe(1)
  })
})

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [compiled, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Runs the tour to its end. Both streams are one, so that they are in the order they were written in. */
async function run(...args: string[]): Promise<{ output: string; exitCode: number | null }> {
  const command = [process.execPath, compiled, ...args]
  const child = spawn("sh", ["-c", 'exec "$0" "$@" 2>&1', ...command], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const closed = once(child, "close")
  const output = await text(child.stdout)
  const [exitCode] = (await closed) as [number | null]
  return { output, exitCode }
}

async function shell(command: string): Promise<string> {
  const child = spawn(command, { cwd: root, shell: true, stdio: ["ignore", "pipe", "inherit"] })
  let output = ""
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString()
  })
  await once(child, "close")
  return output
}
