// @ts-check
// Shapes that were not looked at when the codec's thresholds were chosen.

import { array, both, CURRENCIES, enumeration, nullable, record, values } from "./shapes.js"

/** @typedef {import("../shared/random.js").Random} Random */
/** @typedef {import("./schemas.js").Sample} Sample */

const STATES = ["IDLE", "READY", "RUNNING", "BLOCKED", "STOPPED", "FAILED", "GONE"]

/** @type {Omit<Sample, "tuned">[]} */
export const untuned = [
  {
    name: "keys",
    schema: record("Session", [
      ["id", "string"],
      ["attributes", { type: "map", values: "int" }],
    ]),
    proto: "message M { string id = 1; map<string, sint32> attributes = 2; }",
    manyKeys: true,
    // 20 000 keys in all, none of them twice: more than a cache could hold between two rounds.
    values: values(2000, 21, (random) => ({
      id: random.name(16),
      attributes: Object.fromEntries(random.list(10, () => [random.name(12), random.int(0, 1000)])),
    })),
  },
  {
    name: "article",
    schema: record("Article", [
      ["title", "string"],
      ["body", "string"],
    ]),
    proto: "message M { string title = 1; string body = 2; }",
    retained: 4000,
    values: values(100, 22, (random) => ({
      title: random.ascii(random.int(20, 80)),
      body: random.ascii(random.int(1024, 4096)),
    })),
  },
  {
    name: "scripts",
    schema: record("Comment", [
      ["name", "string"],
      ["russian", "string"],
      ["chinese", "string"],
      ["emoji", "string"],
    ]),
    proto: "message M { string name = 1; string russian = 2; string chinese = 3; string emoji = 4; }",
    values: values(100, 23, (random) => ({
      name: random.script("а", "я", random.int(4, 16)),
      russian: random.script("а", "я", random.int(80, 300)),
      chinese: random.script("一", "龥", random.int(20, 150)),
      emoji: random.script("😀", "🙏", random.int(3, 30)),
    })),
  },
  {
    name: "order",
    schema: record("Order", [
      ["customer", record("Customer", [["name", record("Name", both("first", "last", "string"))]])],
      [
        "address",
        record("Address", [
          ["street", "string"],
          ["place", record("Place", both("latitude", "longitude", "double"))],
        ]),
      ],
      [
        "lines",
        array(
          record("Line", [
            ["product", record("Product", both("code", "vendor", "string"))],
            [
              "price",
              record("Money", [
                ["amount", "long"],
                ["currency", enumeration("Currency", CURRENCIES)],
              ]),
            ],
            ["quantity", "int"],
          ]),
        ),
      ],
    ]),
    proto: `
      enum Currency { DOLLAR = 0; EURO = 1; }
      message Name { string first = 1; string last = 2; }
      message Customer { Name name = 1; }
      message Place { double latitude = 1; double longitude = 2; }
      message Address { string street = 1; Place place = 2; }
      message Product { string code = 1; string vendor = 2; }
      message Money { sint64 amount = 1; Currency currency = 2; }
      message Line { Product product = 1; Money price = 2; sint32 quantity = 3; }
      message M { Customer customer = 1; Address address = 2; repeated Line lines = 3; }`,
    toProto: (order) => ({
      ...order,
      lines: order.lines.map((/** @type {any} */ line) => ({
        ...line,
        price: { ...line.price, currency: CURRENCIES.indexOf(line.price.currency) },
      })),
    }),
    values: values(100, 24, (random) => ({
      customer: { name: { first: random.name(random.int(3, 10)), last: random.name(random.int(4, 14)) } },
      address: {
        street: random.ascii(random.int(8, 30)),
        place: { latitude: random.fraction() * 180 - 90, longitude: random.fraction() * 360 - 180 },
      },
      lines: random.list(random.int(1, 8), () => ({
        product: { code: random.name(8), vendor: random.name(random.int(3, 12)) },
        price: { amount: random.int(1, 100_000), currency: random.pick(CURRENCIES) },
        quantity: random.int(1, 20),
      })),
    })),
  },
  {
    name: "flags",
    schema: record("Board", [
      ["states", array(enumeration("State", STATES))],
      ["flags", array("boolean")],
    ]),
    proto: `
      enum State { ${STATES.map((state, index) => `${state} = ${index};`).join(" ")} }
      message M { repeated State states = 1; repeated bool flags = 2; }`,
    toProto: ({ states, flags }) => ({
      states: states.map((/** @type {string} */ state) => STATES.indexOf(state)),
      flags,
    }),
    values: values(100, 25, (random) => ({
      states: random.list(random.int(20, 80), () => random.pick(STATES)),
      flags: random.list(random.int(50, 200), () => random.chance(0.3)),
    })),
  },
  {
    name: "blob",
    schema: record("Blob", [
      ["id", { type: "fixed", name: "Id", size: 16 }],
      ["digest", { type: "fixed", name: "Digest", size: 32 }],
      ["data", "bytes"],
    ]),
    proto: "message M { bytes id = 1; bytes digest = 2; bytes data = 3; }",
    retained: 10_000,
    values: values(100, 26, (random) => ({
      id: random.bytes(16),
      digest: random.bytes(32),
      data: random.bytes(1024),
    })),
  },
  {
    name: "times",
    schema: record("Shift", [
      ["day", { type: "int", logicalType: "date" }],
      ["start", { type: "long", logicalType: "timestamp-millis" }],
      ["end", nullable({ type: "long", logicalType: "timestamp-millis" })],
      ["clocked", { type: "long", logicalType: "timestamp-micros" }],
      ["pause", { type: "int", logicalType: "time-millis" }],
    ]),
    proto:
      "message M { sint32 day = 1; int64 start = 2; optional int64 end = 3; int64 clocked = 4; int32 pause = 5; }",
    toProto: ({ day, start, end, clocked, pause }) => ({
      day: Number(day) / 86_400_000,
      start: Number(start),
      end: end === null ? null : Number(end),
      clocked,
      pause,
    }),
    values: values(200, 27, (random) => ({
      day: new Date(random.int(15_000, 25_000) * 86_400_000),
      start: new Date(random.millis()),
      end: random.chance(0.7) ? new Date(random.millis()) : null,
      clocked: random.millis() * 1000 + random.int(0, 1000),
      pause: random.int(0, 86_400_000),
    })),
  },
  {
    name: "decimals",
    schema: record(
      "Invoice",
      ["net", "tax", "total", "paid"].map((name) => [
        name,
        { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 },
      ]),
    ),
    proto: "message M { string net = 1; string tax = 2; string total = 3; string paid = 4; }",
    values: values(200, 28, (random) => ({
      net: decimal(random, 1e8),
      tax: decimal(random, 1e6),
      total: decimal(random, 1e11),
      paid: decimal(random, 1e4),
    })),
  },
  {
    name: "union",
    schema: array(
      record("Entry", [
        ["key", "string"],
        ["value", ["int", "long", "double", "string", record("Point", both("x", "y", "double"))]],
      ]),
    ),
    proto: `
      message Point { double x = 1; double y = 2; }
      message Value { oneof v { sint32 int = 1; sint64 long = 2; double double = 3; string string = 4; Point Point = 5; } }
      message Entry { string key = 1; Value value = 2; }
      message M { repeated Entry entries = 1; }`,
    toProto: (entries) => ({ entries }),
    values: values(100, 29, (random) =>
      random.list(10, () => ({
        key: random.name(random.int(3, 12)),
        value: random.pick([
          { int: random.int(-1000, 1000) },
          { long: random.millis() },
          { double: random.fraction() },
          { string: random.ascii(random.int(5, 30)) },
          { Point: { x: random.fraction(), y: random.fraction() } },
        ]),
      })),
    ),
  },
  {
    name: "resolve rows",
    writer: array(
      record("Reading", [
        ["sensor", record("Sensor", both("id", "maker", "string"))],
        ["raw", "bytes"],
        ["value", "float"],
        ["unit", enumeration("Unit", ["C", "F", "K"])],
        ["note", nullable("string")],
      ]),
    ),
    schema: array(
      record("Reading", [
        ["value", "double"],
        ["note", ["null", "string", "long"]],
        ["sensor", record("Sensor", [["id", "string"]])],
        ["unit", enumeration("Unit", ["K", "C", "F"])],
        ["quality", "int", 100],
      ]),
    ),
    values: values(50, 30, (random) =>
      random.list(20, () => ({
        sensor: { id: random.name(10), maker: random.name(random.int(4, 12)) },
        raw: random.bytes(random.int(4, 40)),
        value: Math.fround(random.fraction() * 100),
        unit: random.pick(["C", "F", "K"]),
        note: random.chance(0.3) ? random.ascii(random.int(5, 30)) : null,
      })),
    ),
  },
]

/** @param {Random} random @param {number} below In hundredths. */
function decimal(random, below) {
  const hundredths = random.int(-below, below)
  const digits = String(Math.abs(hundredths)).padStart(3, "0")
  return `${hundredths < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
