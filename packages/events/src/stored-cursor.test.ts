import { schema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import type { EventsError } from "./errors.ts"
import type { StoredEvents } from "./source.ts"
import { StoredCursor } from "./stored-cursor.ts"
import { StoredFormats } from "./stored-formats.ts"
import { stored } from "./testing/memory-source.ts"

const Paid = schema({
  type: "record",
  name: "Paid",
  namespace: "example",
  fields: [
    { name: "cents", type: "long" },
    { name: "due", type: { type: "int", logicalType: "date" } },
  ],
})
/** As others write it, who have more longs than we have numbers, and more days than a Date has. */
const PaidByOthers = schema(
  {
    type: "record",
    name: "Paid",
    namespace: "example",
    fields: [
      { name: "cents", type: "long" },
      { name: "due", type: "int" },
    ],
  },
  { long: "bigint" },
)

const paid = (cents: bigint, due = 0): StoredEvents =>
  stored(
    PaidByOthers,
    [1n, cents, 3n].map((each) => ({ at: 2n ** 60n, value: { cents: each, due } })),
  )

describe("of a batch that does not fit the schema wanted", () => {
  test.each([
    { name: "a long that no number holds", batch: paid(2n ** 60n), code: "ERR_AVRO_LONG_RANGE" },
    { name: "a day that no Date has", batch: paid(2n, 2 ** 31 - 1), code: "ERR_AVRO_DATA" },
  ])("$name is an error with its place, where the batch is whole", ({ batch, code }) => {
    expect(() => read({ ...batch, place: "a file" })).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(/^Cannot read event \d of 3 of example.Paid in a file: /) as string,
      }),
    )
  })

  test("the same is damage, where the batch is not", () => {
    const { bytes, ...batch } = paid(2n ** 60n)
    expect(read({ ...batch, bytes: bytes.subarray(0, -1) })).toEqual({
      cents: [1],
      told: ["ERR_EVENTS_DAMAGED"],
    })
  })
})

function read(batch: StoredEvents): { cents: number[]; told: string[] } {
  const told: string[] = []
  const onDamage = ({ code }: EventsError): void => void told.push(code)
  const cursor = new StoredCursor(new StoredFormats(Paid), { onDamage })
  const cents: number[] = []
  cursor.open(batch)
  while (cursor.next()) cents.push(cursor.value.cents)
  return { cents, told }
}
