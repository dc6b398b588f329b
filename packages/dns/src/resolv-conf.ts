// resolv.conf: whom to ask, and for what (man 5 resolv.conf).

import { isIP } from "node:net"
import { isName } from "./host-name.ts"

/** What a resolv.conf says, within bounds. */
export interface ResolvConf {
  /** Literal addresses. Empty where it names none: c-ares then knows the system's, or asks 127.0.0.1. */
  readonly nameservers: readonly string[]
  /** Domains in which a name is looked for. */
  readonly search: readonly string[]
  /** A name of so many dots is asked for as it is before it is looked for in the search list. */
  readonly ndots: number
  /** How long to wait for a server before it is asked again, or the next. */
  readonly tryMillis: number
  /** How often each server is asked. */
  readonly tries: number
}

/** glibc reads three; a list of hundreds would be hours of waiting. */
const MAX_NAMESERVERS = 8
/** As many as Kubernetes allows a pod. */
const MAX_SEARCH = 32

/**
 * Reads the text of a resolv.conf. Lines that are none are passed over, and numbers held within glibc's
 * bounds. Where it names no domain, it is that of the machine's own name.
 */
export function parseResolvConf(text: string, machineName: string): ResolvConf {
  const nameservers: string[] = []
  let search = [machineName.slice(machineName.indexOf(".") + 1 || machineName.length)]
  const options = new Map<string, string>()
  for (const line of text.split("\n")) {
    const [keyword = "", ...values] = line
      .replace(/^\s*[#;].*/, "")
      .trim()
      .split(/\s+/)
    if (keyword === "nameserver" && values[0] !== undefined) nameservers.push(values[0])
    if (keyword === "domain") search = values.slice(0, 1)
    if (keyword === "search") search = values
    if (keyword === "options") for (const option of values) set(options, option)
  }
  return {
    nameservers: nameservers.filter((address) => isIP(address) !== 0).slice(0, MAX_NAMESERVERS),
    search: search
      .map((domain) => domain.toLowerCase().replace(/\.$/, ""))
      .filter(isName)
      .slice(0, MAX_SEARCH),
    ndots: within(options.get("ndots"), 0, 15) ?? 1,
    tryMillis: 1000 * (within(options.get("timeout"), 1, 30) ?? 2),
    tries: within(options.get("attempts"), 1, 5) ?? 2,
  }
}

function set(options: Map<string, string>, option: string): void {
  const [name = "", value = ""] = option.split(":")
  options.set(name, value)
}

function within(text: string | undefined, least: number, most: number): number | undefined {
  const value = Number.parseInt(text ?? "", 10)
  return Number.isNaN(value) ? undefined : Math.min(Math.max(value, least), most)
}
