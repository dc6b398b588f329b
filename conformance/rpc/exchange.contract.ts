// Every case with one peer over one transport, with the peer at either end.

import { isDeepStrictEqual } from "node:util"
import type { Transport } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { tcpTransport } from "@avrolet/rpc/tcp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Case } from "./cases/case.ts"
import { valueCases } from "./cases/values.ts"
import { versionCases } from "./cases/versions.ts"
import type { Difference } from "./differences.ts"
import { call, type OurServer, serve } from "./ours.ts"
import type { Over, RpcPeer } from "./peers.ts"
import { protocolOf, type Version, versions } from "./protocols.ts"

const cases = [...valueCases, ...versionCases]
const named = cases.map((one) => [one.name, one] as const)

/** Makes the tests of one peer over one transport; `differences` are what it is known to do otherwise. */
export function exchangeContract(peer: RpcPeer, over: Over, differences: readonly Difference[]): void {
  const expected = ({ name, outcome }: Case, peersRole: Difference["peer"]): unknown => {
    const known = differences.find((difference) => difference.case === name && difference.peer === peersRole)
    const due = known?.instead ?? outcome
    return due === "fails" ? { failed: expect.any(String) } : due
  }

  describe(`our client and its server, over ${over}`, () => {
    const transports = new Map<Version, Transport>()
    beforeAll(() => {
      for (const version of versions) transports.set(version, transportTo(over, peer.port(over, version)))
    })
    afterAll(() => Promise.all(Array.from(transports.values(), (transport) => transport.close())))

    test.for(named)("%s", async ([, one]) => {
      const outcome = await call(transports.get(one.server) as Transport, protocolOf(one.client), one)
      expectSame(outcome, expected(one, "server"))
    })
  })

  describe(`its client and our server, over ${over}`, () => {
    const servers = new Map<Version, OurServer>()
    beforeAll(async () => {
      for (const version of versions) servers.set(version, await serve(over, protocolOf(version)))
    })
    afterAll(() => Promise.all(Array.from(servers.values(), (server) => server[Symbol.asyncDispose]())))

    test.for(named)("%s", async ([, one]) => {
      const { port } = servers.get(one.server) as OurServer
      const [outcome] = await peer.call({ over, port, protocol: protocolOf(one.client), calls: [one] })
      expectSame(outcome, expected(one, "client"))
    })
  })

  test("no difference is listed for a case that is not there", () => {
    const names = new Set(cases.map(({ name }) => name))
    expect(differences.map((difference) => difference.case).filter((name) => !names.has(name))).toEqual([])
  })
}

/** To compare 1 MB of bytes takes `toEqual` 3 s: it is asked only to tell the difference. */
function expectSame(outcome: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(outcome, expected)) expect(outcome).toEqual(expected)
}

/** Our transport to a port of 127.0.0.1. */
const transportTo = (over: Over, port: number): Transport =>
  over === "http" ? httpTransport(`http://127.0.0.1:${port}/`) : tcpTransport({ port })
