// What a name to look up may be. What no server could know is refused here, and never sent.

import { domainToASCII } from "node:url"

/** A name as it is asked for. */
export interface HostName {
  /** ASCII, in lower case, without a final dot. */
  readonly name: string
  /** Whether it ended with a dot: the search list is then not for it. */
  readonly isAbsolute: boolean
}

/** RFC 1035, section 2.3.4: 255 bytes on the wire. */
const MAX_LENGTH = 253
/** Letters, digits and hyphens (RFC 1123), and the underscore that is in use; a backslash would be an escape to c-ares. */
const LABEL = /^[a-z0-9_-]{1,63}$/
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/
const NOT_ASCII = /[^\0-\x7F]/

/**
 * Reads a name that is not a literal address. Undefined for what cannot be one: too long, an empty label,
 * characters that no host name has, or an IPv4 address in an old form such as `127.1` or `0x7f000001`, that
 * `getaddrinfo` would take for one and checks against literal addresses would not.
 */
export function parseHostName(hostname: string): HostName | undefined {
  if (hostname.length > MAX_LENGTH + 1) return undefined
  const ascii = NOT_ASCII.test(hostname) ? domainToASCII(hostname) : hostname.toLowerCase()
  const isAbsolute = ascii.endsWith(".")
  const name = isAbsolute ? ascii.slice(0, -1) : ascii
  return isName(name) ? { name, isAbsolute } : undefined
}

/** Whether it can be asked for: what the search list adds to may have become too long. */
export const isName = (name: string): boolean =>
  name.length <= MAX_LENGTH &&
  name.split(".").every((label) => LABEL.test(label)) &&
  !ENDS_IN_NUMBER.test(name)

/** Whether it is this machine by its name (RFC 6761, section 6.3). */
export const isLocalhost = (name: string): boolean => name === "localhost" || name.endsWith(".localhost")
