// The error of a name that has no address: that of `dns.lookup`, and whom was asked.

import { getSystemErrorMap } from "node:util"
import { type Answer, isAbsence } from "./servers.ts"

/** Why a name has no address. `ENOTFOUND`: there is none. `EAI_AGAIN`: nobody could tell. `EAI_FAIL`: the servers refuse to. */
export type LookupErrorCode = "ENOTFOUND" | "EAI_AGAIN" | "EAI_FAIL"

/** What `lookup` fails with: the shape of `dns.lookup`'s error, with `servers` besides. */
export interface LookupError extends NodeJS.ErrnoException {
  readonly code: LookupErrorCode
  readonly errno: number
  readonly syscall: "getaddrinfo"
  /** The name as it was given. */
  readonly hostname: string
  /** The servers that could be asked; empty where none was needed to know. */
  readonly servers: readonly string[]
}

/** Node's own name for what is `EAI_NONAME` to the system is `ENOTFOUND`. */
const SYSTEM_NAMES = { ENOTFOUND: "EAI_NONAME", EAI_AGAIN: "EAI_AGAIN", EAI_FAIL: "EAI_FAIL" }

const REFUSALS = new Set(["EREFUSED", "EFORMERR", "ENOTIMP"])

/** `cause` is c-ares's error, where there is one. */
export function lookupError(
  code: LookupErrorCode,
  hostname: string,
  servers: readonly string[],
  cause?: Error,
): LookupError {
  const shown = hostname.length > 255 ? `${hostname.slice(0, 255)}…` : hostname
  const asked = servers.length === 0 ? "" : ` (asked ${servers.join(", ")}${causeOf(cause)})`
  const error = new Error(`getaddrinfo ${code} ${shown}${asked}`, cause === undefined ? {} : { cause })
  return Object.assign(error, {
    errno: errnoOf(code),
    code,
    syscall: "getaddrinfo" as const,
    hostname,
    servers,
  })
}

/** The code for what the servers said to the questions of one lookup: as glibc has it. */
export function codeOf(answers: readonly Answer[]): LookupErrorCode {
  const failures = answers.filter((answer) => !isAbsence(answer))
  if (failures.length === 0) return "ENOTFOUND"
  return failures.every(({ error }) => REFUSALS.has(error?.code ?? "")) ? "EAI_FAIL" : "EAI_AGAIN"
}

const causeOf = (cause?: NodeJS.ErrnoException): string =>
  cause?.code === undefined ? "" : `: ${cause.code}`

function errnoOf(code: LookupErrorCode): number {
  for (const [errno, [name]] of getSystemErrorMap()) if (name === SYSTEM_NAMES[code]) return errno
  return 0
}
