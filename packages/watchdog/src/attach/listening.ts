// The TCP addresses that a process listens on, from Linux's /proc.
//
//   /proc/<pid>/net/tcp    a line for each socket of its network: index local remote state … inode
//                          local: the address in hexadecimal, its four bytes backwards, ":" and the port
//   /proc/<pid>/fd/<n>     a link; for a socket "socket:[inode]"

import { readdirSync, readFileSync, readlinkSync } from "node:fs"

const LISTENING = "0A"
const IPV4_DIGITS = 8

/** `host:port` of all it listens on, as one connects to it from here; undefined where the kernel does not tell. */
export function listeningAddresses(pid: number): ReadonlySet<string> | undefined {
  const inodes = socketsOf(pid)
  if (inodes === undefined) return undefined
  return new Set(listeners(pid).flatMap(({ address, inode }) => (inodes.has(inode) ? [address] : [])))
}

/** Whether anybody at all listens there; false where the kernel does not tell. */
export function isTaken(address: string): boolean {
  return listeners(process.pid).some((listener) => listener.address === address)
}

function socketsOf(pid: number): ReadonlySet<string> | undefined {
  try {
    const directory = `/proc/${pid}/fd`
    return new Set(readdirSync(directory).map((name) => readLink(`${directory}/${name}`)))
  } catch {
    return undefined
  }
}

function listeners(pid: number): { address: string; inode: string }[] {
  return ["tcp", "tcp6"].flatMap((family) =>
    linesOf(`/proc/${pid}/net/${family}`).flatMap((line) => {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/)
      return state === LISTENING ? [{ address: toAddress(local), inode: `socket:[${inode}]` }] : []
    }),
  )
}

function toAddress(local: string): string {
  const [address = "", hexPort = ""] = local.split(":")
  const port = Number.parseInt(hexPort, 16)
  if (/^0*$/.test(address)) return `127.0.0.1:${port}` // any address, and that of IPv6 takes IPv4 as well
  if (address.length > IPV4_DIGITS) return `[::1]:${port}`
  return `${[...Buffer.from(address, "hex")].toReversed().join(".")}:${port}`
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "latin1").split("\n").slice(1)
  } catch {
    return []
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return "" // closed in the meantime
  }
}
