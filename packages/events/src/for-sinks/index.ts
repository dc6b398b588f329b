// What a sink to a store elsewhere is made of, for those who write one.

export { createDelivery, type Delivery, type DeliveryOptions } from "./delivery.ts"
