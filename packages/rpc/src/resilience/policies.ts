// Which server gets the next call.

import type { BalancedServer } from "./balanced-server.ts"

/** How a server is chosen among those that serve. */
export type Policy = "round-robin" | "least-in-flight"

/** Chooses one of the servers, beginning to look at `from`, but none of those tried; -1 where none is left. */
export type Choose = (
  servers: readonly BalancedServer[],
  from: number,
  tried: ReadonlySet<BalancedServer> | undefined,
  now: number,
) => number

export const policies: Readonly<Record<Policy, Choose>> = {
  "round-robin": inTurn,
  "least-in-flight": leastInFlight,
}

/** The next one. Who has less than a whole share saves it up until it is one. */
function inTurn(...[servers, from, tried, now]: Parameters<Choose>): number {
  let first = -1
  for (let step = 0; step < servers.length; step++) {
    const index = (from + step) % servers.length
    const server = servers[index] as BalancedServer
    const share = server.health.share(now)
    if (share === 0 || tried?.has(server)) continue
    if (first === -1) first = index
    server.credit += share
    if (server.credit < 1) continue
    server.credit -= 1
    return index
  }
  return first
}

/**
 * The one that would have the fewest calls for its share; of equals, the next one. A recent failure counts as a
 * call: else a server that fails faster than others answer would get most calls.
 */
function leastInFlight(...[servers, from, tried, now]: Parameters<Choose>): number {
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (let step = 0; step < servers.length; step++) {
    const index = (from + step) % servers.length
    const server = servers[index] as BalancedServer
    const share = server.health.share(now)
    if (share === 0 || tried?.has(server)) continue
    const load = (server.callsInFlight + server.health.recentFailuresInARow(now) + 1) / share
    if (load >= least) continue
    best = index
    least = load
  }
  return best
}
