// Runs what the READMEs and the guides show. Every ```ts block is compiled and run as its reader would: against the
// built packages, in processes of its own. What it prints has to be what its comments promise.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { isBrokerInstalled, startBroker } from "../packages/nats/src/testing/nats-server.ts"
import { freePort, listening } from "../packages/nats/src/testing/ports.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const readmes = ["", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/`)].map(
  (folder) => `${folder}README.md`,
)
const guides = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md"))
  .map((path) => `docs/${path}`)

const BROKER_PORT = "4222"

describe.for([...readmes, ...guides])("%s", (document) => {
  test("its snippets compile, and print what their comments say", { timeout: 120_000 }, async ({ skip }) => {
    const port = String(await freePort())
    const written = snippetsOf(document)
    const needsBroker = written.some(({ code }) => code.includes(BROKER_PORT))
    skip(needsBroker && !isBrokerInstalled(), "there is no nats-server")
    const broker = needsBroker ? await startBroker() : undefined
    const snippets = written.map(({ name, code }) => ({
      name,
      code: code.replaceAll("8080", port).replaceAll(BROKER_PORT, String(broker?.port)),
    }))
    const home = join(root, ".snippets", document.replaceAll("/", "-").replace(".md", ""))
    await compile(home, snippets)

    const servers: ChildProcess[] = []
    try {
      for (const { name, code } of snippets) {
        const child = spawn(process.execPath, [join(home, "dist", `${name}.js`)], {
          cwd: home, // for the files that they write
          stdio: ["ignore", "pipe", "inherit"],
        })
        if (name === "server") {
          servers.push(child)
          await listening(Number(port))
        } else {
          const [printed] = await Promise.all([text(child.stdout), once(child, "close")])
          expect(printed.trimEnd()).toBe(promised(code))
          expect(child.exitCode).toBe(0)
        }
      }
    } finally {
      for (const server of servers) await end(server)
      await broker?.[Symbol.asyncDispose]()
    }
  })

  test("its links to headings and to files lead somewhere", () => {
    const content = readFileSync(join(root, document), "utf8")
    for (const [, path = "", anchor] of content.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const file = path === "" ? document : join(dirname(document), path)
      expect(readdirSync(join(root, dirname(file)))).toContain(basename(file))
      if (anchor !== undefined) expect(anchorsIn(file)).toContain(anchor)
    }
  })
})

const anchorsIn = (document: string): string[] =>
  [...readFileSync(join(root, document), "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    anchorOf(heading),
  )

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-")

interface Snippet {
  /** The file it is to be: its first line says so, or it stands alone. */
  readonly name: string
  readonly code: string
}

function snippetsOf(document: string): Snippet[] {
  const content = readFileSync(join(root, document), "utf8")
  return [...content.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""], index) => ({
    name: /^\/\/ (\w+)\.ts\n/.exec(code)?.[1] ?? `snippet-${index + 1}`,
    code,
  }))
}

/** What the comments behind `console.log(…)` say it prints. */
const promised = (code: string): string =>
  [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, line]) => line).join("\n")

async function compile(home: string, snippets: readonly Snippet[]): Promise<void> {
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  for (const { name, code } of snippets) writeFileSync(join(home, `${name}.ts`), code)
  const settings = {
    extends: "../../tsconfig.base.json",
    // Our own declarations are checked on the way, but those of two clients do not hold: see the tsconfig.json of
    // packages/nats and packages/kafka.
    compilerOptions: {
      rootDir: ".",
      outDir: "dist",
      skipLibCheck: snippets.some(({ code }) => /nats|kafka/.test(code)),
    },
    include: ["*.ts"],
  }
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(settings))
  writeFileSync(join(home, "package.json"), '{ "type": "module" }')
  if (snippets.length === 0) return
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  const child = spawn(process.execPath, [tsc, "-p", home], { stdio: ["ignore", "pipe", "inherit"] })
  const [complaints] = await Promise.all([text(child.stdout), once(child, "close")])
  expect(complaints).toBe("")
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, "exit")
  child.kill()
  await exited
}
