// @ts-check
// How a peer that runs inside the blocked process says what it was told: a line on standard output.

import { writeSync } from "node:fs"

/**
 * @typedef {object} PeerReport
 * @property {number} atMillis On the clock of process.hrtime, which all processes share.
 * @property {PeerFrame[]} [frames] Innermost first, at the positions of the code that runs; absent for a bare number.
 *
 * @typedef {{ name: string, file: string, line: number, column: number }} PeerFrame
 */

export const PREFIX = "PEER "

/** @param {PeerFrame[]} [frames] */
export function tell(frames) {
  writeSync(1, `${PREFIX}${JSON.stringify({ atMillis: Number(process.hrtime.bigint()) / 1e6, frames })}\n`)
}
