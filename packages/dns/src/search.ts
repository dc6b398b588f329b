// The names that are asked for one that a caller gave: the search list and `ndots` (man 5 resolv.conf).

import { type HostName, isName } from "./host-name.ts"
import type { ResolvConf } from "./resolv-conf.ts"

/** The names to ask for, in this order, until one has addresses. */
export function candidatesOf(
  { name, isAbsolute }: HostName,
  { search, ndots }: Pick<ResolvConf, "search" | "ndots">,
): string[] {
  if (isAbsolute) return [name]
  const searched = search.map((domain) => `${name}.${domain}`).filter(isName)
  const dots = name.split(".").length - 1
  return dots >= ndots ? [name, ...searched] : [...searched, name]
}
