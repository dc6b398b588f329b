// @ts-check
// Requests as bytes, for who sends bytes: what our client sends once it knows the server, without metadata.
//
//   over HTTP  length:uint32be handshake metadata message-name parameters 00 00 00 00
//   over NATS  the same without length and end
//   over TCP   serial:int32be 00 00 00 01 length:uint32be metadata message-name parameters

import avsc from "avsc"
import { messages, protocol, values } from "../workload.js"

/** @typedef {import("../workload.js").Message} Message */

const service = avsc.Service.forProtocol(protocol)
const text = avsc.Type.forSchema("string")
const hash = Buffer.from(service.hash)
const handshake = Buffer.concat([hash, Buffer.of(0), hash, Buffer.of(0)])

/** A request for each of the values of each message. */
export const httpRequests = each((call) => {
  const body = Buffer.concat([handshake, call])
  return Buffer.concat([uint32(body.length), body, uint32(0)])
})

/** The same over NATS. */
export const messageRequests = each((call) => Buffer.concat([handshake, call]))

/** The same over TCP. The serial is 0: who sends these gets the answers in their order. */
export const tcpRequests = each((call) => Buffer.concat([uint32(0), uint32(1), uint32(call.length), call]))

/**
 * @param {(call: Buffer) => Buffer} frame
 * @returns {Record<Message, Buffer[]>}
 */
function each(frame) {
  const framed = messages.map((message) => {
    const { requestType } = service.message(message)
    const [parameter] = /** @type {any} */ (requestType).fields
    return [
      message,
      values[message].map((value) =>
        frame(
          Buffer.concat([
            Buffer.of(0),
            text.toBuffer(message),
            requestType.toBuffer({ [parameter.name]: value }),
          ]),
        ),
      ),
    ]
  })
  return Object.fromEntries(framed)
}

/** @param {number} number */
function uint32(number) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}
