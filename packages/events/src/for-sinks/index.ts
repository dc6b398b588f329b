// What a sink to a store elsewhere is made of, for those who write one.

export { checkIntegers } from "../check-options.ts"
export { checkReadable } from "../check-readable.ts"
export { createDelivery, type Delivery, type DeliveryOptions } from "./delivery.ts"
