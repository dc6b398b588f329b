import { protocol } from "@avrolet/avro"
import { expectTypeOf } from "expect-type"
import {
  createClient,
  declaredError,
  type Handlers,
  type Interceptor,
  implement,
  isDeclaredError,
  refusal,
  type Transport,
} from "./index.ts"

declare const transport: Transport
const Bank = protocol({
  protocol: "Bank",
  namespace: "example",
  types: [{ type: "error", name: "Overdrawn", fields: [{ name: "by", type: "long" }] }],
  messages: {
    pay: {
      request: [
        { name: "amount", type: "long" },
        { name: "note", type: "string", default: "" },
      ],
      response: {
        type: "record",
        name: "Receipt",
        fields: [{ name: "at", type: { type: "long", logicalType: "timestamp-millis" } }],
      },
      errors: ["Overdrawn"],
    },
    close: { request: [], response: "null" },
  },
})

// A method takes what may be encoded and resolves to what is decoded.
const client = createClient(Bank, transport)
expectTypeOf<Parameters<typeof client.pay>[0]>().toEqualTypeOf<{
  amount: number | bigint
  note?: string | undefined
}>()
expectTypeOf(client.pay).returns.resolves.toEqualTypeOf<{ at: Date }>()
// Without parameters, none need be given.
expectTypeOf(client.close()).resolves.toEqualTypeOf<null>()
// @ts-expect-error The amount is missing.
void client.pay({ note: "rent" })
// @ts-expect-error There is no such message.
void client.steal()

// Options of a call and of a client; ordinary calls are typed as without them.
expectTypeOf(
  client.pay(
    { amount: 1 },
    {
      timeoutMillis: 500,
      detached: true,
      signal: AbortSignal.abort(),
      metadata: { trace: new Uint8Array() },
      onMetadata: (metadata) =>
        expectTypeOf(metadata).toEqualTypeOf<Readonly<{ [key: string]: Uint8Array }>>(),
    },
  ),
).resolves.toEqualTypeOf<{ at: Date }>()
// @ts-expect-error Metadata is bytes.
void client.close({}, { metadata: { token: "secret" } })
const look: Interceptor = async (call, next) => {
  expectTypeOf(call.message).toEqualTypeOf<string>()
  expectTypeOf(call.parameters).toEqualTypeOf<unknown>()
  expectTypeOf(call.remainingMillis).toEqualTypeOf<number>()
  call.metadata["trace"] = new Uint8Array()
  call.responseMetadata["trace"] = new Uint8Array()
  return next()
}
createClient(Bank, transport, { timeoutMillis: 500, interceptors: [look] })
// @ts-expect-error The unit is in the name.
createClient(Bank, transport, { timeout: 500 })
// @ts-expect-error An interceptor resolves to the result.
createClient(Bank, transport, { interceptors: [() => 42] })
refusal("ERR_RPC_FORBIDDEN", "Not you")
// @ts-expect-error Not everything can be refused with.
refusal("ERR_RPC_CONNECTION", "Not you")

// A handler receives what is decoded and returns what may be encoded, at once or later.
implement(Bank, {
  pay: ({ amount, note }, { signal, remainingMillis, metadata, responseMetadata }) => {
    expectTypeOf(amount).toEqualTypeOf<number>()
    expectTypeOf(note).toEqualTypeOf<string>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(remainingMillis).toEqualTypeOf<number>()
    // @ts-expect-error What the client sent is not a handler's to change.
    metadata["trace"] = new Uint8Array()
    responseMetadata["trace"] = new Uint8Array()
    if (amount > 100) throw declaredError(Bank, "Overdrawn", { by: amount - 100 })
    return { at: new Date() }
  },
  close: async () => null,
})
implement(
  Bank,
  { pay: () => ({ at: new Date() }), close: () => null },
  { interceptors: [look], maxProtocolsSeen: 10 },
)
// @ts-expect-error A message is left out.
export const partly: Handlers<NonNullable<(typeof Bank)["~types"]>["messages"]> = { close: () => null }
// @ts-expect-error The protocol declares no such error.
declaredError(Bank, "Closed", {})
// @ts-expect-error Its field is a long.
declaredError(Bank, "Overdrawn", { by: "much" })

// A failure that is told apart has its fields.
declare const failure: unknown
if (isDeclaredError(failure, Bank, "Overdrawn")) expectTypeOf(failure.value).toEqualTypeOf<{ by: number }>()
