// How each service did, as a table.

import type { Figures } from "./run-service.ts"

const HEAD = ["service", "calls", "errors", "p99 ms", "fan-out", "blocks"]

/** A line for each service; of one that told nothing, its name. */
export function tableOf(services: readonly (readonly [string, Figures | undefined])[]): string {
  const rows = [HEAD, ...services.map(([name, figures]) => [name, ...cellsOf(figures)])]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  )
  return `\n${lines.join("\n")}`
}

function cellsOf(figures: Figures | undefined): string[] {
  if (figures === undefined) return []
  const { calls, errors, p99Millis, meanFanOut, maxFanOut, blocks, starved } = figures
  const fanOut = maxFanOut === 0 ? "0" : `${meanFanOut.toFixed(1)} (at most ${maxFanOut})`
  const blocked = starved === 0 ? String(blocks) : `${blocks}, starved ${starved}`
  return [String(calls), String(errors), p99Millis.toFixed(1), fanOut, blocked]
}
