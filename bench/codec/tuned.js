// @ts-check
// The ten schemas that the codec's thresholds were chosen on, and one pair for resolution.

import { array, CURRENCIES, enumeration, nullable, record, values } from "./shapes.js"

/** @typedef {import("../shared/random.js").Random} Random */
/** @typedef {import("./schemas.js").Sample} Sample */

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
const DURATIONS = ["FOREVER", "ONCE", "REPEATING"]
const TAGS = ["host", "region", "service", "env", "version", "zone", "cluster", "pod", "status", "method"]
const SCALARS = ["string", "int", "double", "long", "boolean"]
const PROTO_SCALARS = ["string", "sint32", "double", "sint64", "bool"]

/** @type {Omit<Sample, "tuned">[]} */
export const tuned = [
  {
    name: "rpc",
    schema: record("Request", [["query", "string"]]),
    proto: "message M { string query = 1; }",
    values: values(200, 1, (random) => ({ query: random.ascii(random.int(5, 40)) })),
  },
  {
    name: "coupon",
    schema: record("Coupon", [
      ["id", "string"],
      ["object", "string"],
      ["livemode", "boolean"],
      ["created", "long"],
      ["duration", enumeration("Duration", DURATIONS)],
      ["metadata", "bytes"],
      ["timesRedeemed", "int"],
      ["valid", "boolean"],
      ["amountOff", "int"],
      ["currency", enumeration("Currency", CURRENCIES)],
      ["durationInMonths", "int"],
      ["maxRedemptions", "int"],
      ["percentOff", "int"],
      ["redeemBy", "int"],
    ]),
    proto: `
      enum Duration { FOREVER = 0; ONCE = 1; REPEATING = 2; }
      enum Currency { DOLLAR = 0; EURO = 1; }
      message M {
        string id = 1; string object = 2; bool livemode = 3; int64 created = 4; Duration duration = 5;
        bytes metadata = 6; int32 timesRedeemed = 7; bool valid = 8; int32 amountOff = 9;
        Currency currency = 10; int32 durationInMonths = 11; int32 maxRedemptions = 12;
        int32 percentOff = 13; int32 redeemBy = 14;
      }`,
    toProto: (value) => ({
      ...value,
      duration: DURATIONS.indexOf(value.duration),
      currency: CURRENCIES.indexOf(value.currency),
    }),
    values: values(200, 2, (random) => ({
      id: random.ascii(random.int(0, 32)),
      object: random.ascii(random.int(0, 32)),
      livemode: random.chance(0.5),
      created: random.int(0, 2 ** 31),
      duration: random.pick(DURATIONS),
      metadata: random.bytes(random.int(0, 32)),
      timesRedeemed: random.int(0, 1000),
      valid: random.chance(0.5),
      amountOff: random.int(0, 1000),
      currency: random.pick(CURRENCIES),
      durationInMonths: random.int(0, 1000),
      maxRedemptions: random.int(0, 1000),
      percentOff: random.int(0, 1000),
      redeemBy: random.int(0, 1000),
    })),
  },
  {
    name: "metric",
    schema: record("Metric", [
      ["ts", "long"],
      ["name", "string"],
      ["value", "double"],
      ["tags", { type: "map", values: "string" }],
    ]),
    proto: "message M { int64 ts = 1; string name = 2; double value = 3; map<string, string> tags = 4; }",
    values: values(200, 3, (random) => ({
      ts: random.millis(),
      name: `app.${random.pick(["http", "db", "cache"])}.${random.name(8)}`,
      value: random.fraction() * 1000,
      tags: Object.fromEntries(
        TAGS.filter(() => random.chance(0.5)).map((tag) => [tag, random.ascii(random.int(3, 14))]),
      ),
    })),
  },
  {
    name: "log",
    schema: record("Log", [
      ["level", enumeration("Level", LEVELS)],
      ["ts", "long"],
      ["message", "string"],
      ["logger", nullable("string"), null],
      ["thread", nullable("int"), null],
      [
        "context",
        record("Context", [
          ["host", "string"],
          ["pid", "int"],
          ["user", nullable("string"), null],
        ]),
      ],
      [
        "error",
        nullable(
          record("Failure", [
            ["type", "string"],
            ["line", "int"],
          ]),
        ),
        null,
      ],
      ["span", "bytes"],
    ]),
    proto: `
      enum Level { TRACE = 0; DEBUG = 1; INFO = 2; WARN = 3; ERROR = 4; FATAL = 5; }
      message Context { string host = 1; int32 pid = 2; optional string user = 3; }
      message Failure { string type = 1; int32 line = 2; }
      message M {
        Level level = 1; int64 ts = 2; string message = 3; optional string logger = 4;
        optional int32 thread = 5; Context context = 6; Failure error = 7; bytes span = 8;
      }`,
    toProto: (value) => ({ ...value, level: LEVELS.indexOf(value.level) }),
    values: values(200, 4, (random) => ({
      level: random.pick(LEVELS),
      ts: random.millis(),
      message: random.ascii(random.int(20, 120)),
      logger: random.chance(0.7) ? `com.${random.name(10)}` : null,
      thread: random.chance(0.5) ? random.int(0, 300) : null,
      context: {
        host: `host-${random.int(0, 50)}`,
        pid: random.int(1, 65_536),
        user: random.chance(0.4) ? random.name(8) : null,
      },
      error: random.chance(0.2) ? { type: random.name(12), line: random.int(1, 5000) } : null,
      span: random.bytes(16),
    })),
  },
  {
    name: "doubles",
    schema: array("double"),
    proto: "message M { repeated double a = 1; }",
    toProto: (a) => ({ a }),
    retained: 400,
    values: values(10, 5, (random) => random.list(1000, () => random.fraction() * 1e6)),
  },
  {
    name: "longs",
    schema: array("long"),
    proto: "message M { repeated sint64 a = 1; }",
    toProto: (a) => ({ a }),
    retained: 400,
    values: values(10, 6, (random) => random.list(1000, random.long)),
  },
  {
    name: "tree",
    schema: record("Node", [
      ["id", "int"],
      ["name", "string"],
      ["children", array("Node")],
    ]),
    proto: "message M { int32 id = 1; string name = 2; repeated M children = 3; }",
    retained: 1000,
    values: values(20, 7, tree),
  },
  {
    name: "strings",
    schema: record("Texts", [
      ["tiny", "string"],
      ["short", "string"],
      ["medium", "string"],
      ["line", "string"],
      ["long", "string"],
      ["word", "string"],
      ["sentence", "string"],
    ]),
    proto: `message M {
      string tiny = 1; string short = 2; string medium = 3; string line = 4; string long = 5;
      string word = 6; string sentence = 7;
    }`,
    values: values(100, 8, (random) => ({
      tiny: random.ascii(random.int(2, 8)),
      short: random.ascii(random.int(6, 14)),
      medium: random.ascii(random.int(10, 24)),
      line: random.ascii(random.int(30, 60)),
      long: random.ascii(random.int(300, 800)),
      word: random.mixed(random.int(5, 12)),
      sentence: random.mixed(random.int(60, 150)),
    })),
  },
  {
    name: "wide",
    schema: record(
      "Wide",
      Array.from({ length: 50 }, (_, index) => [`f${index}`, nullable(SCALARS[index % 5]), null]),
    ),
    proto: `message M { ${Array.from(
      { length: 50 },
      (_, index) => `optional ${PROTO_SCALARS[index % 5]} f${index} = ${index + 1};`,
    ).join(" ")} }`,
    values: values(100, 9, (random) =>
      Object.fromEntries(
        random.list(50, (index) => [`f${index}`, random.chance(0.85) ? null : scalar(random, index % 5)]),
      ),
    ),
  },
  {
    name: "batch",
    schema: array(
      record("Row", [
        ["id", "long"],
        ["name", "string"],
        ["score", "double"],
        ["active", "boolean"],
        ["email", nullable("string")],
      ]),
    ),
    proto: `
      message Row { sint64 id = 1; string name = 2; double score = 3; bool active = 4; optional string email = 5; }
      message M { repeated Row rows = 1; }`,
    toProto: (rows) => ({ rows }),
    retained: 400,
    values: values(10, 10, (random) =>
      random.list(100, () => ({
        id: random.int(0, 1e9),
        name: random.ascii(random.int(6, 18)),
        score: random.fraction() * 100,
        active: random.chance(0.5),
        email: random.chance(0.7) ? `${random.name(12)}@example.com` : null,
      })),
    ),
  },
  {
    name: "resolve",
    writer: record("Event", [
      ["id", "int"],
      ["dropped", "string"],
      ["name", "string"],
      ["count", "int"],
      ["tags", array("string")],
      ["dropped2", nullable("string")],
    ]),
    schema: record("Event", [
      ["name", "string"],
      ["id", "long"],
      ["added", "string", "as before"],
      ["count", "double"],
      ["tags", array("string")],
      ["extra", nullable("int"), null],
    ]),
    values: values(200, 11, (random) => ({
      id: random.int(0, 1e6),
      dropped: random.ascii(random.int(5, 20)),
      name: random.ascii(random.int(5, 16)),
      count: random.int(0, 1000),
      tags: random.list(random.int(0, 5), () => random.name(6)),
      dropped2: random.chance(0.5) ? random.name(8) : null,
    })),
  },
]

/**
 * About a hundred nodes, at most thirteen deep.
 * @param {Random} random
 */
function tree(random) {
  let left = 100
  const node = (/** @type {number} */ depth) => {
    left--
    /** @type {unknown[]} */
    const children = []
    const wanted = depth < 12 ? random.int(1, 4) : 0
    while (children.length < wanted && left > 0) children.push(node(depth + 1))
    return { id: random.int(0, 100_000), name: `n${random.int(0, 1000)}`, children }
  }
  return node(0)
}

/** @param {Random} random @param {number} kind */
function scalar(random, kind) {
  switch (kind) {
    case 0:
      return random.name(8)
    case 1:
      return random.int(0, 1e6)
    case 2:
      return random.fraction()
    case 3:
      return random.millis()
    default:
      return random.chance(0.5)
  }
}
