// The lookout as text to evaluate in another process.

import { readFileSync } from "node:fs"
import { SCRIPT_NAME } from "../probe.ts"
import { LOOKOUT } from "./lookout.ts"

/** Installs the lookout. Its value is `Installed` as JSON. */
export const installExpression = (intervalMillis: number, openedInspector: boolean): string =>
  named(`(() => {
"use strict"
${textOf("probe.js")}
${textOf("attach/lookout.js")}
return JSON.stringify(installLookout(${intervalMillis}, ${openedInspector}))
})()`)

/** Looks. Its value is a `Look` as JSON, or undefined when the lookout is gone. */
export const LOOK_EXPRESSION = named(`globalThis[Symbol.for("${LOOKOUT}")]?.look()`)

/** Takes the lookout out again. */
export const LEAVE_EXPRESSION = named(`globalThis[Symbol.for("${LOOKOUT}")]?.leave()`)

/** Closes the inspector where no lookout could be installed, if it is that of this process. Needs `require`. */
export const closeExpression = (pid: number): string =>
  `if (process.pid === ${pid}) require("inspector").close()`

// The probe takes the frames below a script of this name.
function named(script: string): string {
  return `${script}\n//# sourceURL=${SCRIPT_NAME}`
}

// The compiled modules in one scope: without their imports, which are of each other, and without `export`.
function textOf(compiled: string): string {
  return readFileSync(new URL(compiled, COMPILED), "utf8")
    .replaceAll(/^import .*$/gm, "")
    .replaceAll(/^export (?=\w)/gm, "")
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, "")
}

const COMPILED = new URL(import.meta.url.endsWith(".ts") ? "../../dist/" : "../", import.meta.url)
