import { protocol } from "@avrolet/avro"
import { expectTypeOf } from "expect-type"
import {
  createClient,
  declaredError,
  type Handlers,
  implement,
  isDeclaredError,
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

// A handler receives what is decoded and returns what may be encoded, at once or later.
implement(Bank, {
  pay: ({ amount, note }, { signal }) => {
    expectTypeOf(amount).toEqualTypeOf<number>()
    expectTypeOf(note).toEqualTypeOf<string>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    if (amount > 100) throw declaredError(Bank, "Overdrawn", { by: amount - 100 })
    return { at: new Date() }
  },
  close: async () => null,
})
// @ts-expect-error A message is left out.
export const partly: Handlers<NonNullable<(typeof Bank)["~types"]>["messages"]> = { close: () => null }
// @ts-expect-error The protocol declares no such error.
declaredError(Bank, "Closed", {})
// @ts-expect-error Its field is a long.
declaredError(Bank, "Overdrawn", { by: "much" })

// A failure that is told apart has its fields.
declare const failure: unknown
if (isDeclaredError(failure, Bank, "Overdrawn")) expectTypeOf(failure.value).toEqualTypeOf<{ by: number }>()
