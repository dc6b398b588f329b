// A headless Chromium, Chrome or Edge, as the machine has it.

import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { type Browser, chromium } from "playwright-core"

const NAMES = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
]
const APPLICATIONS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]

/** Starts it. Where there is none it says what to install; in CI that is a failure. */
export async function startChromium(args: string[] = []): Promise<Browser | undefined> {
  const executablePath = findChromium()
  if (executablePath !== undefined) return chromium.launch({ executablePath, args })
  const remedy =
    "Found no Chromium to test with: install it (`apt install chromium-headless-shell`, " +
    "`brew install chromium`), or say where it is in CHROMIUM"
  if (process.env["CI"]) throw new Error(remedy)
  console.warn(remedy)
  return undefined
}

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  const inPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [process.env["CHROMIUM"] ?? "", ...inPath, ...APPLICATIONS].find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    if (path === "") return false
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
