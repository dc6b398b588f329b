// Three services and a gateway, each in a process of its own, over HTTP, TCP and NATS. They are loaded, one is
// killed, and a table says how each did: node examples/dist/services/services.js
// Starts a `nats-server` of its own (apt install nats-server), or uses the one that NATS_URL names.

import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { createClient, Health, RpcError } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { startBroker } from "../nats/broker.ts"
import { Shop } from "./protocols.ts"
import type { Figures, Told } from "./run-service.ts"
import { tableOf } from "./table.ts"

const LANES = 8
const PAGES = 400
const ITEMS = ["tea", "milk", "bread", "apples", "cinnamon"]

async function services(): Promise<void> {
  const children: ChildProcess[] = []
  try {
    const broker = process.env["NATS_URL"] ?? (await startBroker(children))
    const prices = await start(children, "prices", [])
    const reviews = await start(children, "reviews", [])
    const stock = await start(children, "stock", [broker])
    const twin = await start(children, "stock", [broker])
    const gateway = await start(children, "gateway", [String(prices.port), String(reviews.port), broker])

    await using transport = httpTransport(`http://127.0.0.1:${gateway.port}`)
    console.log(`the shop is ${await createClient(Health, transport).check()}`)
    const shop = createClient(Shop, transport, { timeoutMillis: 5000 })
    console.log(`all up:       ${await load(shop.page)}`)
    const meanwhile = load(shop.page)
    await sleep(50)
    stock.child.kill("SIGKILL")
    console.log(`one killed:   ${await meanwhile}`)

    for (const { child } of [gateway, prices, reviews, twin]) await end(child)
    console.log(
      tableOf([
        ["gateway, HTTP", gateway.figures()],
        ["prices, TCP", prices.figures()],
        ["reviews, HTTP", reviews.figures()],
        ["stock, NATS, killed", stock.figures()],
        ["stock, NATS", twin.figures()],
      ]),
    )
  } finally {
    for (const child of children.toReversed()) child.kill("SIGKILL")
  }
}

/** A service in a process of its own. */
interface Service {
  readonly child: ChildProcess
  readonly port: number | undefined
  /** The last that it told. */
  figures(): Figures | undefined
}

/** Starts one, and resolves when it serves. */
async function start(children: ChildProcess[], name: string, args: readonly string[]): Promise<Service> {
  const child = fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args)
  children.push(child)
  let figures: Figures | undefined
  child.on("message", (told: Told) => {
    figures = told.figures ?? figures
  })
  const ended = once(child, "exit").then(() => {
    throw new Error(`${name} ended before it served`)
  })
  const [{ port }] = (await Promise.race([once(child, "message"), ended])) as [Told]
  ended.catch(() => {}) // it is killed later
  return { child, port, figures: () => figures }
}

/** Has it tell its last figures, and waits until it is gone. */
async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit")
  child.kill("SIGTERM")
  await exited
}

/** Asks for pages, and says what came of it. */
async function load(
  askFor: (page: { item: string; related: string[] }) => Promise<unknown>,
): Promise<string> {
  const outcomes = new Map<string, number>()
  let asked = 0
  const lane = async (): Promise<void> => {
    while (asked < PAGES) {
      const number = asked++
      const item = ITEMS[number % ITEMS.length] as string
      const outcome = await askFor({ item, related: ITEMS.slice(0, number % 4) }).then(
        () => "answered",
        (error: unknown) => {
          if (!(error instanceof RpcError)) throw error
          return `failed with ${error.code}`
        },
      )
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  const longReview = askFor({ item: "encyclopedia", related: [] }).catch(() => {})
  await Promise.all([...Array.from({ length: LANES }, lane), longReview])
  return Array.from(outcomes, ([outcome, calls]) => `${calls} ${outcome}`).join(", ")
}

await services()
