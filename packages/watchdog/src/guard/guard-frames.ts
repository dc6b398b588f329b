// The guard's own frames, as the monitor takes them out of a stack.

import { fileURLToPath } from "node:url"
import type { Frame } from "../block.ts"

// Mapped to its source where the package comes with its source maps, and not otherwise.
const GUARD_FILES: readonly string[] = ["guard", "call-marks"].flatMap((name) =>
  [`./${name}.js`, `./${name}.ts`, `../../src/guard/${name}.ts`].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  ),
)

/** The stack without the guard; where the guard stood innermost, the call stands that it guards. */
export function withoutGuard(frames: readonly Frame[], call: string | undefined): readonly Frame[] {
  const others = frames.filter(({ file }) => file === undefined || !GUARD_FILES.includes(file))
  const [innermost] = frames
  const wasInnermost = innermost !== undefined && innermost !== others[0]
  return wasInnermost && call !== undefined ? [{ name: call, async: false }, ...others] : others
}
