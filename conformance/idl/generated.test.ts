// Of every .avdl, .avsc and .avpr file that Apache publishes among its tests, the modules that we generate, with codecs
// and without: all compiled by one run of tsc, under our own strict settings. It takes the library as
// `npm run build` made it.

import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { generateFromFile } from "@avrolet/avro/generate"
import { afterAll, expect, test } from "vitest"
import { notGenerated } from "./differences.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const jars = join(root, "conformance/java/.jars")
const folders = [join(jars, "idl/putOnClassPath")]
const files = [join(jars, "idl"), join(jars, "share")]
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  )
  .filter((path) => /\.(avdl|avsc|avpr)$/.test(path))
  .map((path) => relative(jars, path))
  .toSorted()

mkdirSync(join(root, ".snippets"), { recursive: true })
const home = mkdtempSync(join(root, ".snippets/apache-")) // within the workspace, where imports are found
afterAll(() => rmSync(home, { recursive: true }))

const settings = {
  extends: "../../tsconfig.base.json",
  compilerOptions: { rootDir: ".", noEmit: true, noUnusedLocals: true, isolatedDeclarations: true },
  include: ["*.ts"],
}

test("the modules of all of Apache's files compile under strict settings", async () => {
  const refused = new Map<string, string>()
  let modules = 0
  for (const [index, file] of files.entries()) {
    try {
      for (const codecs of [false, true]) {
        const { text } = await generateFromFile(join(jars, file), { codecs, folders })
        writeFileSync(join(home, `m${index}${codecs ? "-codecs" : ""}.ts`), text)
        modules++
      }
    } catch (error) {
      refused.set(file, (error as Error).message)
    }
  }
  expect([...refused.keys()], [...refused.values()].join("\n")).toEqual([...notGenerated.keys()].toSorted())
  console.info(`${modules} modules of ${files.length - refused.size} files; ${refused.size} are refused`)
  expect(modules).toBeGreaterThan(80)
  writeFileSync(join(home, "package.json"), '{ "type": "module" }')
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(settings))
  expect(await complaintsOfTsc()).toBe("")
})

async function complaintsOfTsc(): Promise<string> {
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", home])
    return stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
