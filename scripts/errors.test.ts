import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"

const root = new URL("..", import.meta.url)

test("docs/reference/errors.md has a row for every error code, and no other", () => {
  const documented = codesIn("docs/reference/errors.md", /^\| `(ERR_\w+)` \|/gm)
  const declared = readdirSync(new URL("packages", root)).flatMap((name) => {
    const path = `packages/${name}/src/errors.ts`
    return sources(`packages/${name}/src`).includes("errors.ts") ? codesIn(path, /[|=] "(ERR_\w+)"/g) : []
  })
  expect(declared.length).toBeGreaterThan(20)
  expect(documented.toSorted()).toEqual(declared.toSorted())
})

const sources = (folder: string): string[] => readdirSync(new URL(folder, root))

const codesIn = (path: string, pattern: RegExp): string[] =>
  [...readFileSync(new URL(path, root), "utf8").matchAll(pattern)].map(([, code = ""]) => code)
