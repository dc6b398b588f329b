// What the services of a shop say to each other.

import { protocol } from "@avrolet/avro"

const item = { name: "item", type: "string" } as const

/** Over TCP. */
export const Prices = protocol({
  protocol: "Prices",
  namespace: "shop",
  messages: { ask: { request: [item], response: "double" } },
})

/** Over HTTP. */
export const Reviews = protocol({
  protocol: "Reviews",
  namespace: "shop",
  messages: { stars: { request: [item], response: "double" } },
})

/** Over NATS, where two servers share the calls. */
export const Stock = protocol({
  protocol: "Stock",
  namespace: "shop",
  messages: { count: { request: [item], response: "int" } },
})

/** Over HTTP: what the gateway makes of them. */
export const Shop = protocol({
  protocol: "Shop",
  namespace: "shop",
  types: [
    {
      type: "record",
      name: "Page",
      fields: [
        { name: "price", type: "double" },
        { name: "stars", type: "double" },
        { name: "left", type: "int" },
        { name: "relatedPrices", type: { type: "array", items: "double" } },
      ],
    },
  ],
  messages: {
    page: {
      request: [item, { name: "related", type: { type: "array", items: "string" } }],
      response: "Page",
    },
  },
})
