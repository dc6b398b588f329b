// What people think of things: node reviews.js. Of some they think so much that it takes a while to read: long enough
// for the watchdog.

import { implement } from "@avrolet/rpc"
import { serveHttp } from "@avrolet/rpc/http"
import { Reviews } from "./protocols.ts"
import { runService } from "./run-service.ts"

const reviews = implement(Reviews, {
  stars: ({ item }) => (item === "encyclopedia" ? readAll(150) : item.length % 5),
})

function readAll(millis: number): number {
  const until = performance.now() + millis
  let stars = 0
  while (performance.now() < until) stars = (stars + 1) % 5
  return stars
}

await runService(Reviews, () => serveHttp(reviews, { port: 0 }))
