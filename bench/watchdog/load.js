// @ts-check
// Requests over HTTP without a pause, on as many connections as there are clients. It takes little of a processor for a
// request, so that the service is what gives the pace.

import { connect } from "node:net"

const CONNECTIONS = 64
const BODY = JSON.stringify({
  items: Array.from({ length: 60 }, (_, i) => ({ name: `item ${i}`, quantity: i + 1, cents: 1250 + i })),
})
const REQUEST = `POST /orders HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`

/**
 * Every connection asks again as soon as it has its answer, until the service hangs up.
 * @param {number} port
 */
export function startLoad(port) {
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(port, "127.0.0.1", () => socket.write(REQUEST)).setNoDelay()
    socket.on("error", () => socket.destroy())
    // all answers are alike, and the first one arrives in one piece
    let answerBytes = 0
    let received = 0
    socket.on("data", ({ length }) => {
      answerBytes ||= length
      received += length
      if (received < answerBytes) return
      received = 0
      socket.write(REQUEST)
    })
  }
}
