// Whatever a package exports has a doc comment: editors show it, and often nobody reads more.

import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const packages = fileURLToPath(new URL("../packages", import.meta.url))
const DECLARATION = /^export (?:abstract |async )*(?:function\*?|interface|type|class|const) (\w+)/gm
const LIST = /^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?/gm

test.for(entryPoints())("every export of %s has a doc comment", ([, file]) => {
  const names = namesIn(file)
  expect(names.filter((name) => !isDocumented(file, name))).toEqual([])
})

/** The subpaths of all packages, each with its source. */
function entryPoints(): [path: string, file: string][] {
  return readdirSync(packages).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8")) as {
      name: string
      exports: Record<string, { "avrolet:source"?: string }>
    }
    return Object.entries(exports).flatMap(([path, { "avrolet:source": source }]): [string, string][] =>
      source === undefined ? [] : [[name + path.slice(1), join(packages, folder, source)]],
    )
  })
}

function namesIn(file: string): string[] {
  const text = readFileSync(file, "utf8")
  const declared = [...text.matchAll(DECLARATION)].map(([, name = ""]) => name)
  return [...declared, ...listed(text).map(({ name }) => name)]
}

/** Follows a name to where it is declared; of several signatures one has to say it. */
function isDocumented(file: string, name: string): boolean {
  const text = readFileSync(file, "utf8")
  const declaration = `export (?:abstract |async )*(?:function\\*?|interface|type|class|const) ${name}\\b`
  if (new RegExp(`\\*/\\n(?:// biome-ignore .*\\n)?${declaration}`).test(text)) return true
  const found = listed(text).find((one) => one.name === name)
  if (found === undefined) return false
  if (found.from !== undefined && !found.from.startsWith(".")) return true // it is another package's
  return isDocumented(found.from === undefined ? file : join(dirname(file), found.from), found.original)
}

/** What stands in `export { original as name } from "…"`. */
function listed(text: string): { name: string; original: string; from: string | undefined }[] {
  return [...text.matchAll(LIST)].flatMap(([, names = "", from]) =>
    names
      .split(",")
      .map((one) => one.trim().replace(/^type /, ""))
      .filter((one) => one !== "")
      .map((one) => {
        const [original = "", name = original] = one.split(" as ")
        return { name, original, from }
      }),
  )
}
