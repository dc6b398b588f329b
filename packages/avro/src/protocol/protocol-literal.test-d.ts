// What `protocol` refuses, and where: every `@ts-expect-error` stands on the line before the mistake.

import { protocol } from "./protocol.ts"

protocol({
  protocol: "Shop",
  namespace: "example",
  types: [
    { type: "record", name: "Item", fields: [{ name: "next", type: ["null", "Item"] }] },
    { type: "error", name: "SoldOut", fields: [] },
    // @ts-expect-error A fixed needs a size.
    { type: "fixed", name: "Hash" },
    {
      type: "record",
      name: "Broken",
      fields: [
        { name: "item", type: "Item" },
        // @ts-expect-error Unknown type name "Itm".
        { name: "other", type: "Itm" },
      ],
    },
  ],
  messages: {
    buy: {
      request: [
        { name: "item", type: "Item" },
        // @ts-expect-error A parameter needs a type.
        { name: "count" },
        // @ts-expect-error Unknown type name "Coupon".
        { name: "coupon", type: ["null", "Coupon"] },
      ],
      response: {
        type: "array",
        // @ts-expect-error Unknown type name "Itm".
        items: "Itm",
      },
      // @ts-expect-error Unknown type name "Missing".
      errors: ["SoldOut", "Missing"],
    },
    // @ts-expect-error A message needs a response.
    look: { request: [] },
    // @ts-expect-error A message needs a request.
    leave: { response: "null" },
    // @ts-expect-error A request is a list of parameters.
    list: { request: "int", response: "null" },
    nudge: {
      request: [],
      // @ts-expect-error A one-way message has the response "null".
      response: "int",
      "one-way": true,
    },
    push: {
      request: [],
      response: "null",
      "one-way": true,
      // @ts-expect-error A one-way message has no errors.
      errors: ["SoldOut"],
    },
    // @ts-expect-error It is one-way or not.
    shove: { request: [], response: "null", "one-way": "yes" },
    fine: { request: [], response: { type: "null" }, "one-way": true, errors: [], owner: "shop" },
    alsoFine: { request: [{ name: "a", type: "int", default: 1 }], response: "int", "one-way": false },
  },
})

// @ts-expect-error A protocol needs a name.
protocol({ messages: {} })
// @ts-expect-error A protocol has messages, if none.
protocol({ protocol: "Empty" })
// @ts-expect-error A namespace is text.
protocol({ protocol: "Spaced", namespace: 7, messages: {} })
protocol({ protocol: "Fine", messages: {}, version: "1.0" })
