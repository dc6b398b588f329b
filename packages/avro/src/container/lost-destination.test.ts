// Node streams that go away before the file is whole: whoever writes is told, and does not wait for ever.

import { once } from "node:events"
import { createServer, type Server, type ServerResponse } from "node:http"
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type ServerHttp2Stream,
} from "node:http2"
import { type AddressInfo, connect, type Socket } from "node:net"
import { Duplex, PassThrough, Writable } from "node:stream"
import { constants, createGzip } from "node:zlib"
import { afterEach, describe, expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { createContainerWriter } from "./writer.ts"

const Bytes = schema("bytes")
/** More than what lies between a stream and one that does not read it. */
const large = crypto.getRandomValues(new Uint8Array(60_000))

const PREMATURE = { code: "ERR_STREAM_PREMATURE_CLOSE" }
const losses = [
  { how: "destroyed", reason: undefined, told: PREMATURE },
  { how: "destroyed with an error", reason: new Error("cut off"), told: { message: "cut off" } },
]
/** Streams that take so many bytes, and no more for want of a reader. */
const streams: Record<string, (room: number) => Writable> = {
  "a PassThrough": (room) => new PassThrough({ highWaterMark: room }),
  gzip: (room) => {
    const options = { flush: constants.Z_SYNC_FLUSH, chunkSize: 64, highWaterMark: room }
    return createGzip(options)
  },
  "a Writable": (room) => {
    let left = room
    return new Writable({
      write: ({ length }: Uint8Array, _, done) => {
        left -= length
        if (left > 0) done()
      },
    })
  },
}
const cases = Object.entries(streams).flatMap(([kind, open]) =>
  losses.map((loss) => ({ kind, open, ...loss })),
)

describe("a stream that is lost", () => {
  test.for(cases)("$kind, $how within the header", async ({ open, reason, told }) => {
    const stream = open(1)
    const opening = createContainerWriter(Bytes, stream)
    setImmediate(() => stream.destroy(reason))
    await expect(opening).rejects.toMatchObject(told)
  })

  test.for(cases)("$kind, $how within a block", async ({ open, reason, told }) => {
    const stream = open(1000)
    const writer = await createContainerWriter(Bytes, stream, { blockBytes: 1 })
    void writer.write(large)
    const flushed = writer.flush()
    setImmediate(() => stream.destroy(reason))
    await expect(flushed).rejects.toMatchObject(told)
    await expect(writer.write(large)).rejects.toMatchObject(told)
    await expect(writer.close()).rejects.toMatchObject(told)
  })

  test.for(cases)("$kind, $how between blocks", async ({ open, reason, told }) => {
    for (const wait of [async () => {}, () => new Promise(setImmediate)]) {
      const stream = open(1000)
      const writer = await createContainerWriter(Bytes, stream)
      stream.destroy(reason)
      await wait()
      await expect(writer.close()).rejects.toMatchObject(told)
    }
  })

  test("a stream that was closed when it was given", async () => {
    const stream = new PassThrough().destroy()
    await expect(createContainerWriter(Bytes, stream)).rejects.toMatchObject(PREMATURE)
  })
})

test.for(Object.entries(streams))("%s that ends as it should is not lost", async ([, open]) => {
  const stream = open(1000)
  if (stream instanceof Duplex) stream.resume()
  const writer = await createContainerWriter(Bytes, stream)
  await writer.write(Uint8Array.of(1))
  await Promise.all([writer.close(), once(stream, "close")])
})

describe("a download", () => {
  let server: Server | undefined
  afterEach(() => server?.close().closeAllConnections())

  async function download(): Promise<{ client: Socket; response: ServerResponse }> {
    server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1")
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    const [, response] = (await once(server, "request")) as [unknown, ServerResponse]
    return { client, response }
  }

  test("that the client resets between blocks is told as lost", async () => {
    const { client, response } = await download()
    const writer = await createContainerWriter(Bytes, response)
    client.resetAndDestroy()
    await once(response, "close")
    await expect(writer.close()).rejects.toThrow()
  })

  test("that the client resets within a block is told as lost", async () => {
    const { client, response } = await download()
    const writer = await createContainerWriter(Bytes, response, { blockBytes: 1 })
    void writer.write(new Uint8Array(50e6))
    const flushed = writer.flush()
    await once(client, "readable")
    client.resetAndDestroy()
    await expect(flushed).rejects.toThrow()
    await expect(writer.write(large)).rejects.toThrow()
    await expect(writer.close()).rejects.toThrow()
  })

  test("that is read to its end is whole", async () => {
    const { client, response } = await download()
    client.resume()
    const writer = await createContainerWriter(Bytes, response, { blockBytes: 1 })
    for (let block = 0; block < 5; block++) await writer.write(large)
    await writer.close()
  })
})

test("a download over HTTP/2 that the client resets within a block is told as lost", async () => {
  const server = createHttp2Server().listen(0, "127.0.0.1")
  await once(server, "listening")
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const request = client.request({ ":path": "/" })
  const [stream] = (await once(server, "stream")) as [ServerHttp2Stream]
  const writer = await createContainerWriter(Bytes, stream, { blockBytes: 1 })
  void writer.write(new Uint8Array(5e6))
  const flushed = writer.flush()
  await once(request, "readable")
  request.destroy()
  await expect(flushed).rejects.toMatchObject(PREMATURE)
  await expect(writer.close()).rejects.toMatchObject(PREMATURE)
  client.destroy()
  server.close()
})
