// From the code that runs to the code that was written: maps stack frames through the source maps that the
// generated files name. Runs in the monitor, so it may read files while the watched thread is blocked. Whatever
// goes wrong (no map, not JSON, not a map) leaves the frame at its generated position.

import { readFileSync, statSync } from "node:fs"
import { dirname, isAbsolute, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Frame } from "./block.ts"
import type { GeneratedFrame } from "./probe.ts"
import { findSegment } from "./vlq.ts"

const MAX_FILE_BYTES = 64 * 1024 * 1024
const MAX_MAPS = 32
const MAX_POSITIONS = 2000
const URL_COMMENT = "//# sourceMappingURL="

/** Maps a whole stack, innermost frame first. */
export type FrameMapper = (frames: readonly GeneratedFrame[]) => Frame[]

/** A mapper that remembers what it read, up to a bound. */
export function createFrameMapper(): FrameMapper {
  const maps = new Map<string, SourceMap | undefined>()
  const positions = new Map<string, Position | undefined>()

  const positionOf = (file: string, line: number, column: number): Position | undefined =>
    remember(positions, MAX_POSITIONS, `${file}:${line}:${column}`, () => {
      const map = remember(maps, MAX_MAPS, file, () => attempt(() => readMapOf(file)))
      return map && attempt(() => originalPosition(map, line - 1, column - 1))
    })

  return (frames) => {
    const generated = frames.map((frame) => ({ ...frame, ...(frame.file && { file: toPath(frame.file) }) }))
    return generated.map((frame, i) => mapFrame(frame, generated[i + 1], positionOf))
  }
}

interface SourceMap {
  readonly mappings: string
  /** Absolute paths, or URLs of another kind as they stand. */
  readonly sources: readonly (string | undefined)[]
  readonly names: readonly string[]
  /** Of an index map: maps that hold from a generated position (from 0) on. */
  readonly sections: readonly { readonly line: number; readonly column: number; readonly map: SourceMap }[]
}

interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly name: string | undefined
}

type PositionOf = (file: string, line: number, column: number) => Position | undefined

function mapFrame(frame: GeneratedFrame, caller: GeneratedFrame | undefined, positionOf: PositionOf): Frame {
  const { name, file, line, column, async } = frame
  if (file === undefined) return { name, async }
  const plain = { name, file, ...(line && { line }), ...(column && { column }), async }
  const original = line && column ? positionOf(file, line, column) : undefined
  if (original === undefined) return plain
  const { file: source, line: sourceLine, column: sourceColumn } = original
  return {
    name: originalName(frame, caller, positionOf) ?? name,
    file: source,
    line: sourceLine,
    column: sourceColumn,
    async,
  }
}

// A minifier renames functions. Their names stand in the map where the function begins, or where its caller
// mentions it; but a caller may mention it by another name, so that only counts where nothing else is known.
function originalName(
  { file, functionLine, functionColumn, name }: GeneratedFrame,
  caller: GeneratedFrame | undefined,
  positionOf: PositionOf,
): string | undefined {
  if (file === undefined || functionLine === undefined || functionColumn === undefined) return undefined
  const declared = positionOf(file, functionLine, functionColumn)?.name
  if (declared !== undefined) return declared
  if (name.length > 2 || caller?.file !== file || !caller.line || !caller.column) return undefined
  return positionOf(file, caller.line, caller.column)?.name
}

function originalPosition(map: SourceMap, line: number, column: number): Position | undefined {
  const section = map.sections.findLast((s) => s.line < line || (s.line === line && s.column <= column))
  if (section !== undefined) {
    const columnThere = section.line === line ? column - section.column : column
    return originalPosition(section.map, line - section.line, columnThere)
  }
  const found = findSegment(map.mappings, line, column)
  const file = found && map.sources[found.source]
  if (found === undefined || file === undefined) return undefined
  return { file, line: found.line + 1, column: found.column + 1, name: map.names[found.name] }
}

function readMapOf(file: string): SourceMap | undefined {
  if (!isAbsolute(file)) return undefined // node:…, wasm, eval
  const text = readText(file)
  const comment = text.lastIndexOf(URL_COMMENT)
  if (comment === -1) return undefined
  const url = text.slice(comment + URL_COMMENT.length).split(/\s/, 1)[0] ?? ""
  if (url.startsWith("data:")) return toSourceMap(JSON.parse(decodeDataUrl(url)), dirname(file))
  const mapFile = toPath(new URL(url, pathToFileURL(file)).href)
  return isAbsolute(mapFile) ? toSourceMap(JSON.parse(readText(mapFile)), dirname(mapFile)) : undefined
}

// A pipe or a device would hold the monitor for ever.
function readText(file: string): string {
  const stats = statSync(file)
  if (!stats.isFile() || stats.size > MAX_FILE_BYTES) throw new RangeError(`Not a file to read: ${file}`)
  return readFileSync(file, "utf8")
}

function decodeDataUrl(url: string): string {
  const comma = url.indexOf(",")
  const data = url.slice(comma + 1)
  return url.slice(0, comma).endsWith(";base64")
    ? Buffer.from(data, "base64").toString()
    : decodeURIComponent(data)
}

// The parts of a map that are asked for; the rest, `sourcesContent` above all, is let go. The text may be
// anything: what is not of the right kind counts as absent.
function toSourceMap(json: unknown, directory: string): SourceMap {
  const base = pathToFileURL(`${directory}/`).href
  const sourceRoot = property(json, "sourceRoot")
  const root =
    typeof sourceRoot === "string" && sourceRoot !== ""
      ? new URL(sourceRoot.replace(/\/?$/, "/"), base).href
      : base
  const mappings = property(json, "mappings")
  return {
    mappings: typeof mappings === "string" ? mappings : "",
    names: list(json, "names").map(String),
    sources: list(json, "sources").map((source) =>
      typeof source === "string" ? attempt(() => toPath(new URL(source, root).href)) : undefined,
    ),
    sections: list(json, "sections").map((section) => {
      const offset = property(section, "offset")
      return {
        line: Number(property(offset, "line")),
        column: Number(property(offset, "column")),
        map: toSourceMap(property(section, "map"), directory),
      }
    }),
  }
}

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

function list(value: unknown, name: string): unknown[] {
  const found = property(value, name)
  return Array.isArray(found) ? found : []
}

// A file: URL of another host has no path here, and stays as it is.
const toPath = (file: string): string =>
  (file.startsWith("file:") ? attempt(() => resolve(fileURLToPath(file))) : undefined) ?? file

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

// Forgets the oldest entry when full.
function remember<T>(
  known: Map<string, T | undefined>,
  limit: number,
  key: string,
  find: () => T | undefined,
): T | undefined {
  if (known.has(key)) return known.get(key)
  const value = find()
  if (known.size >= limit) known.delete(known.keys().next().value ?? "")
  known.set(key, value)
  return value
}
