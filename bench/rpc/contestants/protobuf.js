// @ts-check
// The same messages in protobuf, read at run time, for gRPC and connect.

import protobuf from "protobufjs"
import { orders, STATUSES } from "../workload.js"

/** @typedef {import("../workload.js").Order} Order */

const source = `
  syntax = "proto3";
  package bench;
  enum Status { ${STATUSES.map((status, index) => `${status} = ${index};`).join(" ")} }
  message Address { string street = 1; string city = 2; string postcode = 3; string country = 4; }
  message Item { string sku = 1; string name = 2; int32 quantity = 3; double price = 4; optional string note = 5; }
  message Order {
    int64 id = 1;
    string customer = 2;
    Status status = 3;
    int64 placedAt = 4;
    Address address = 5;
    repeated Item items = 6;
    double weight = 7;
    optional string coupon = 8;
    optional string comment = 9;
  }
  message Echo { string query = 1; }
  service Bench { rpc echo(Echo) returns (Echo); rpc order(Order) returns (Order); }`

// 64-bit integers are numbers, which is faster than objects of two halves.
Object.assign(protobuf.util, { Long: undefined })
protobuf.configure()

export const { root } = protobuf.parse(source, { keepCase: true })
root.resolveAll()

/** Orders as protobuf has them: enums are numbers, what is null is absent. */
export const protoOrders = orders.map((order) =>
  withoutNulls({ ...order, status: STATUSES.indexOf(order.status), items: order.items.map(withoutNulls) }),
)

/**
 * An order as it was before that, from whatever class an answer is of.
 * @param {any} answer
 * @returns {Order}
 */
export function plainOrder({ id, customer, status, placedAt, address, items, weight, coupon, comment }) {
  const { street, city, postcode, country } = address
  return {
    id: Number(id),
    customer,
    status: STATUSES[status] ?? String(status),
    placedAt: Number(placedAt),
    address: { street, city, postcode, country },
    items: items.map((/** @type {any} */ { sku, name, quantity, price, note }) => ({
      sku,
      name,
      quantity,
      price,
      note: note ?? null,
    })),
    weight,
    coupon: coupon ?? null,
    comment: comment ?? null,
  }
}

/** @param {object} value */
function withoutNulls(value) {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null))
}
