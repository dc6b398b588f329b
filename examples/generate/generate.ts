// A service and its client, typed by a module that was generated of IDL. Each time shop.avdl changes:
//
//   npx avrolet generate shop.avdl

import { createClient, declaredError, implement, isDeclaredError, localTransport } from "@avrolet/rpc"
import { type Line, type Money, Shop } from "./shop.ts"

const prices = new Map([
  ["tea", 450n],
  ["cup", 1200n],
])

const service = implement(Shop, {
  order: ({ order }) => ({ amount: inEuros(sum(order.lines)) }),
})

const client = createClient(Shop, localTransport(service))
const order = { id: "0b9c4b4e-3b8b-4d8e-9d0c-5d0f7a3f8c11", placed: new Date(0) }

// What has a default may be left out: the note of the order, the pieces of a line, the currency above.
const price: Money = await client.order({
  order: { ...order, lines: [{ product: "tea", pieces: 2 }, { product: "cup" }] },
})
console.log(`${price.amount} ${price.currency}`)

try {
  await client.order({ order: { ...order, lines: [{ product: "milk" }] } })
} catch (error) {
  if (!isDeclaredError(error, Shop, "SoldOut")) throw error
  console.log(`sold out: ${error.value.product}`)
}

function sum(lines: readonly Line[]): bigint {
  return lines.reduce((total, { product, pieces }) => total + BigInt(pieces) * priceOf(product), 0n)
}

function priceOf(product: string): bigint {
  const cents = prices.get(product)
  if (cents === undefined) throw declaredError(Shop, "SoldOut", { product })
  return cents
}

function inEuros(cents: bigint): string {
  return `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`
}
