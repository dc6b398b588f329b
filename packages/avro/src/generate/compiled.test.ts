// Generated modules as their users have them: compiled by tsc under strict settings, then run by Node where
// code generation from strings is forbidden. They import the library as `npm run build` made it.

import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { serialize } from "node:v8"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { MISFIT } from "../compile/misfit.ts"
import { runDecoder, runEncoder } from "../compile/run.ts"
import { type Protocol, parseProtocol } from "../protocol/protocol.ts"
import { parseSchema, type Schema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { type Case, laidOut, protocols, schemas } from "../testing/generated.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { randomValue } from "../value/random.ts"
import { generateModule } from "./module.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
let home = ""
/** What tsc has to say of the modules. */
let complaints = ""

beforeAll(() => {
  mkdirSync(join(root, ".snippets"), { recursive: true })
  home = mkdtempSync(join(root, ".snippets/generate-")) // within the workspace, where imports are found
  write("package.json", '{ "type": "module" }')
  write("tsconfig.json", JSON.stringify(settings))
  writeModules()
  complaints = run(join(root, "node_modules/typescript/bin/tsc"), "-p", home)
}, 60_000)
afterAll(() => rmSync(home, { recursive: true }))

const settings = {
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    rootDir: ".",
    outDir: "dist",
    isolatedModules: true,
    isolatedDeclarations: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitReturns: true,
    allowUnreachableCode: false,
  },
  include: ["*.ts"],
}

/** Random ones are run; the others have types to compare as well. */
const random = fc.sample(samples, { numRuns: 60, seed: 20 })

function writeModules(): void {
  for (const [name, one] of Object.entries(schemas)) {
    const schema = parseSchema(one.definition, one.options)
    write(`${name}.ts`, generateModule(schema, { name }))
    write(`${name}-codecs.ts`, generateModule(schema, { name, codecs: true }))
    write(`${name}-check.ts`, check(name, "schema", one))
  }
  for (const [name, one] of Object.entries(protocols)) {
    const protocol = parseProtocol(one.definition, one.options)
    write(`${name}.ts`, generateModule(protocol, { name }))
    write(`${name}-codecs.ts`, generateModule(protocol, { name, codecs: true }))
    write(`${name}-check.ts`, check(name, "protocol", one))
  }
  const several = ["Defaults", "Recursive", "Enum"].map((name) => parseSchema(schemas[name]?.definition))
  write("Several.ts", generateModule(several))
  write("Several-codecs.ts", generateModule(several, { codecs: true }))
  write("LaidOut-codecs.ts", generateModule(parseProtocol(laidOut), { codecs: true }))
  for (const [index, { definition }] of random.entries()) {
    write(`Random${index}.ts`, generateModule(parseSchema(definition), { name: `Random${index}` }))
    const options = { name: `Random${index}`, codecs: true }
    write(`Random${index}-codecs.ts`, generateModule(parseSchema(definition), options))
  }
}

test("generated modules compile, with the types that are inferred from the same literals", () => {
  expect(complaints).toBe("")
})

test("where no code may be made of strings, emitted codecs serve, alone, and with the same errors", () => {
  const ofSchemas = Object.entries(schemas).map(([name, { definition, options }]) =>
    jobOf(name, [], parseSchema(definition, options)),
  )
  const ofMessages = Object.entries({ ...protocols, LaidOut: { definition: laidOut, options: {} } }).flatMap(
    ([name, { definition, options }]) => jobsOf(name, parseProtocol(definition, options)),
  )
  const ofRandom = random.map(({ definition, value }, index) =>
    jobOf(`Random${index}`, [], parseSchema(definition), [value]),
  )
  const jobs = [...ofSchemas, ...ofMessages, ...ofRandom]
  for (const { name, fitting } of jobs) expect(fitting, name).not.toEqual([])
  writeFileSync(join(home, "jobs"), serialize(jobs))
  write("run.js", program)
  write("alone.js", alone)
  for (const { name } of jobs) {
    const text = readFileSync(join(home, "dist", `${name}-codecs.js`), "utf8")
    write(`dist/${name}-alone.js`, text.replace('"@avrolet/avro/compiled"', '"../alone.js"'))
  }
  expect(run("--disallow-code-generation-from-strings", join(home, "run.js"))).toBe(
    `${jobs.length} as they should be\n`,
  )
})

/** Of every message but the string that stands for errors not declared, which has no codec. */
function jobsOf(name: string, { messages, text }: Protocol): Job[] {
  const jobs = Object.values(messages).flatMap((message) => [
    jobOf(name, ["messages", message.name, "request"], message.request),
    jobOf(name, ["messages", message.name, "response"], message.response),
    ...message.errors
      .slice(1)
      .map((error, index) => jobOf(name, ["messages", message.name, "errors", index + 1], error)),
  ])
  return jobs.map((job) => ({ ...job, text }))
}

/** Values and bytes to try on a schema of a module, and what becomes of them here. */
function jobOf(name: string, path: readonly (string | number)[], schema: Schema, values = some(schema)): Job {
  const misfits = [undefined, 7.5, "x", {}, [], [7, "x"], ...values]
  const fitting = values.map((value) => ({ value, bytes: encode(schema, value) }))
  const broken = fitting.flatMap(({ bytes }) => [
    bytes.slice(0, -1),
    bytes.map((byte) => byte ^ 0x41),
    Uint8Array.of(...bytes, 0),
  ])
  return {
    name,
    path,
    definition: schema.definition,
    fitting: fitting.filter(({ value, bytes }) => isTaken(schema, value, bytes)),
    misfits: misfits.map((value) => ({ value, outcome: outcome(() => encode(schema, value)) })),
    broken: broken.map((bytes) => ({ bytes, outcome: outcome(() => decode(schema, bytes)) })),
  }
}

interface Job {
  readonly name: string
  /** Of a protocol: what its hash is made of. */
  readonly text?: string
  /** Leads from what the module exports to the schema. */
  readonly path: readonly (string | number)[]
  readonly definition: unknown
  /** Values that emitted code takes, without leaving them to the closures. */
  readonly fitting: readonly { readonly value: unknown; readonly bytes: Uint8Array }[]
  readonly misfits: readonly { readonly value: unknown; readonly outcome: unknown }[]
  readonly broken: readonly { readonly bytes: Uint8Array; readonly outcome: unknown }[]
}

const some = (schema: Schema): unknown[] => [1, 2, 3, 4, 5].map((seed) => randomValue(schema, { seed }))

/** Whether code emitted at run time takes it; the greatest longs, for example, it does not. */
function isTaken({ "~node": node }: Schema, value: unknown, bytes: Uint8Array): boolean {
  const refuse = (): never => {
    throw MISFIT
  }
  try {
    runEncoder(node, refuse)(createWriter(), value)
    runDecoder(refuse, node)(createReader(bytes))
    return true
  } catch {
    return false
  }
}

function outcome(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return String(error)
  }
}

/** Run by Node with the flag. */
const program = `
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { deserialize } from "node:v8"
import { decode, encode } from "@avrolet/avro"

assert.throws(() => new Function(""), EvalError)
const jobs = deserialize(readFileSync(new URL("jobs", import.meta.url)))
for (const { name, text, path, definition, fitting, misfits, broken } of jobs) {
  const { [name]: exported } = await import(\`./dist/\${name}-codecs.js\`)
  const schema = at(path, exported)
  assert.equal(exported.text, text)
  assert.deepEqual(schema.definition, definition)
  for (const { value, outcome } of misfits) assert.deepEqual(outcomeOf(() => encode(schema, value)), outcome)
  for (const { bytes, outcome } of broken) assert.deepEqual(outcomeOf(() => decode(schema, bytes)), outcome)

  const { [name]: alone } = await import(\`./dist/\${name}-alone.js\`)
  for (const { value, bytes } of fitting) {
    assert.deepEqual(encode(at(path, alone), value), bytes)
    assert.deepEqual(decode(at(path, alone), bytes), value)
  }
}
console.log(jobs.length, "as they should be")

function at(path, exported) {
  return path.reduce((part, step) => part[step], exported)
}
${outcome.toString().replace("function outcome", "function outcomeOf")}
`

/** In the place of the library's `withCodecs`: emitted code that leaves a value to the closures fails. */
const alone = `
import { withCodecs as original } from "@avrolet/avro/compiled"
export function withCodecs(of, { runtime, codecs }) {
  const closure = () => { throw new Error("left to the closures") }
  const cut = (make) => (scope) => make({ ...scope, closure })
  const alone = ([key, { encode, decode }]) => [key, { encode: cut(encode), decode: cut(decode) }]
  return original(of, { runtime, codecs: Object.fromEntries(Object.entries(codecs).map(alone)) })
}
`

/** A module that compares types, and fails to compile where they are not the same. */
function check(name: string, make: "schema" | "protocol", { definition, options }: Case): string {
  const literals = [definition, options].filter((json) => json !== undefined)
  const values = `expectTypeOf<${name}>().toEqualTypeOf<ValueOf<typeof inferred>>()`
  return `
import { ${make === "schema" ? "schema, type ValueOf" : make} } from "@avrolet/avro"
import { expectTypeOf } from "expect-type"
import { ${name} } from "./${name}.ts"
import { ${name} as WithCodecs } from "./${name}-codecs.ts"
const inferred = ${make}(${literals.map((json) => JSON.stringify(json)).join(", ")})
expectTypeOf<typeof ${name}>().toEqualTypeOf<typeof inferred>()
expectTypeOf<typeof WithCodecs>().toEqualTypeOf<typeof inferred>()
// @ts-expect-error It is of no other type, and not of any.
expectTypeOf<typeof ${name}>().toEqualTypeOf<any>()
${make === "schema" ? values : ""}
`
}

/** What a program prints, complaints too. */
function run(...command: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" })
  return stdout + stderr
}

const write = (file: string, text: string): void => writeFileSync(join(home, file), text)
