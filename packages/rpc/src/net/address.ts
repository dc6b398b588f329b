// Where a server listens, and a client finds it.

/** The address that is meant unless another is named: nobody else's machine gets in. */
export const DEFAULT_HOST = "127.0.0.1"

/** After how much silence the system asks whether the other side is there. */
export const KEEP_ALIVE_MILLIS = 30_000

const MAX_PORT = 65535

/** A port of a host, or a Unix socket. */
export interface Address {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
}

/** Throws a `TypeError` for an address with neither port nor path, or both, or a port that is none. */
export function checkAddress({ port, path }: Address): void {
  if ((port === undefined) === (path === undefined)) throw new TypeError("A port is needed, or a path")
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT))
    throw new TypeError(`A port is an integer from 0 to ${MAX_PORT}, got ${port}`)
}

/** The other end of a socket, as `host:port`; `undefined` of a Unix socket, and of one that is gone. */
export function nameOfRemote({ remoteAddress, remotePort, remoteFamily }: Remote): string | undefined {
  if (remoteAddress === undefined) return undefined
  return remoteFamily === "IPv6" ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

/** What is asked of a socket. */
interface Remote {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly remoteFamily?: string | undefined
}
