// How a server that closes and its client part without losing a call, for which Avro has no word. Each tells the other
// in the metadata of what is no call, under `avrolet.closing`:
//
//   client  in the ping that shakes hands    tell me when you close
//   server  in an answer to nobody           I close: what you have sent I serve, but send no more
//   client  in another ping                  that was my last
//
// A client that does not say the first is not told, and its calls that are on their way then are refused.

import { bytesOf, createReader, type Writer } from "@avrolet/avro/binary"
import { writePing } from "../call.ts"
import { type Metadata, NO_METADATA, type OwnEntry, writeMetadata } from "../metadata.ts"
import { skip } from "../skip.ts"

const KEY = "avrolet.closing"
const WORD: OwnEntry = [KEY, ""]

/** Writes a ping with the client's word: that it wants to be told, or that it has sent its last. */
export function writeClosingPing(writer: Writer): void {
  writePing(writer, WORD)
}

/** Whether a ping has the client's word. */
export const hasClosingWord = (ping: Metadata): boolean => ping[KEY] !== undefined

/** Writes the server's word. */
export function writeClosingAnswer(writer: Writer): void {
  writeMetadata(writer, NO_METADATA, [WORD])
  writer.writeBoolean(false)
}

const CLOSING_ANSWER = bytesOf(writeClosingAnswer)

/** Whether an answer to nobody is the server's word. */
export const isClosingAnswer = (answer: Uint8Array): boolean => skip(createReader(answer), CLOSING_ANSWER)
