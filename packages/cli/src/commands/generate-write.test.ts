// How modules come to the disk.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, test } from "vitest"

let folder: string
const at = (name: string): string => join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "avrolet-write-"))
  await writeFile(at("size.avsc"), '{ "type": "fixed", "name": "Size", "size": 1 }')
})
afterEach(() => rm(folder, { recursive: true }))

test("a module that cannot be written leaves nothing behind", async () => {
  const { stderr, code } = await generateOnFullDisk()
  expect(stderr).toMatch(/^avrolet: EFBIG: .+\n$/)
  expect(code).toBe(1)
  expect(await readdir(folder)).toEqual(["size.avsc"])
})

test("a module that cannot be written again stays as it was", async () => {
  await generate()
  const former = await readFile(at("size.ts"), "utf8")
  await writeFile(at("size.avsc"), '{ "type": "fixed", "name": "Size", "size": 2 }')
  expect((await generateOnFullDisk()).code).toBe(1)
  expect(await readFile(at("size.ts"), "utf8")).toBe(former)
  expect(await readdir(folder)).toEqual(["size.avsc", "size.ts"])
})

test("an empty file is written over: nobody wrote it", async () => {
  await writeFile(at("size.ts"), "")
  expect(await generate()).toEqual({ stdout: `wrote ${at("size.ts")}\n`, stderr: "", code: 0 })
})

test("a module that is a link stays one", async () => {
  await writeFile(at("real.ts"), "")
  await symlink("real.ts", at("size.ts"))
  expect((await generate()).code).toBe(0)
  expect(await readFile(at("real.ts"), "utf8")).toContain("export type Size")
  expect(await readdir(folder)).toEqual(["real.ts", "size.avsc", "size.ts"])
})

test("line ends of Windows, as git may write them, are no change", async () => {
  await generate()
  const module = await readFile(at("size.ts"), "utf8")
  const converted = module.replaceAll("\n", "\r\n")
  await writeFile(at("size.ts"), converted)
  expect(await generate("--check")).toEqual({ stdout: "", stderr: "", code: 0 })
  expect((await generate()).stdout).toBe(`unchanged ${at("size.ts")}\n`)
  expect(await readFile(at("size.ts"), "utf8")).toBe(converted)
})

const bin = fileURLToPath(new URL("../../bin/avrolet.js", import.meta.url))

const generate = (...options: string[]): Promise<Outcome> =>
  run(process.execPath, [bin, "generate", at("size.avsc"), ...options])

/** Where no file may be larger than nothing. */
const generateOnFullDisk = (): Promise<Outcome> =>
  run("sh", ["-c", 'ulimit -f 0; exec "$0" "$@"', process.execPath, bin, "generate", at("size.avsc")])

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

async function run(command: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ])
  return { stdout, stderr, code: code as number }
}
