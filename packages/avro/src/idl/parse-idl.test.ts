import { describe, expect, test } from "vitest"
import { caught } from "../testing/caught.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { formatIdl } from "./format-idl.ts"
import { parseIdl, protocolOf, schemaOf, schemasOf } from "./parse-idl.ts"

/** The JSON of one declaration in a schema file. */
const declared = (text: string): unknown => (parseIdl(text).declaration as unknown[])[0]

/** The JSON of the only field of a record. */
const field = (text: string): unknown => (declared(`record R { ${text} }`) as { fields: unknown[] }).fields[0]

/** The JSON of a protocol's parts. */
const inProtocol = (text: string): { types: unknown[]; messages: Record<string, unknown> } =>
  parseIdl(`protocol P { ${text} }`).declaration as never

const error = (text: string): string => caught(() => parseIdl(text)).message

describe("a type", () => {
  test.for([
    ["null", "null"],
    ["boolean", "boolean"],
    ["int", "int"],
    ["long", "long"],
    ["float", "float"],
    ["double", "double"],
    ["bytes", "bytes"],
    ["string", "string"],
    ["date", { type: "int", logicalType: "date" }],
    ["time_ms", { type: "int", logicalType: "time-millis" }],
    ["timestamp_ms", { type: "long", logicalType: "timestamp-millis" }],
    ["local_timestamp_ms", { type: "long", logicalType: "local-timestamp-millis" }],
    ["uuid", { type: "string", logicalType: "uuid" }],
    ["decimal(9)", { type: "bytes", logicalType: "decimal", precision: 9, scale: 0 }],
    ["decimal(9, 2)", { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 }],
    ["array<int>", { type: "array", items: "int" }],
    ["map<array<int>>", { type: "map", values: { type: "array", items: "int" } }],
    ["union { null, int, string }", ["null", "int", "string"]],
    ["array<int?>", { type: "array", items: ["null", "int"] }],
    ["R", "R"],
    ["R?", ["null", "R"]],
    ['@logicalType("timestamp-micros") long', { type: "long", logicalType: "timestamp-micros" }],
    ['@java-class("x") @a.b(1) array<int>', { type: "array", items: "int", "java-class": "x", "a.b": 1 }],
    ['@logicalType("timestamp-micros") long?', ["null", { type: "long", logicalType: "timestamp-micros" }]],
    ["union { null, @x(1) map<int> }", ["null", { type: "map", values: "int", x: 1 }]],
  ])("%s", ([text, json]) => {
    expect(field(`${text as string} a;`)).toEqual({ name: "a", type: json })
  })

  test.for([
    ["int? a = null;", ["null", "int"]],
    ["int? a = 3;", ["int", "null"]],
    ["int? a;", ["null", "int"]],
  ])("with a ? has null where the default wants it: %s", ([text, type]) => {
    expect(field(text as string)).toMatchObject({ type })
  })

  test("with a ? may have defaults of both sorts in one declaration", () => {
    expect(declared("record R { int? a, b = 1; }")).toMatchObject({
      fields: [{ type: ["null", "int"] }, { type: ["int", "null"] }],
    })
  })
})

describe("a default", () => {
  test.for([
    ["0", 0],
    ["-7", -7],
    ["0x1F", 31],
    ["-0x1f", -31],
    ["017", 15],
    ["12L", 12],
    ["9007199254740991", 2 ** 53 - 1],
    ["1.5", 1.5],
    [".5", 0.5],
    ["1.", 1],
    ["+1.5", 1.5],
    ["-1e3", -1000],
    ["1E-2", 0.01],
    ["2f", 2],
    ["0x1.8p3", 12],
    ["-0xA.p-1f", -5],
    ["2.5d", 2.5],
    ["NaN", "NaN"],
    ["Infinity", "Infinity"],
    ["-Infinity", "-Infinity"],
    ["true", true],
    ["null", null],
    ['"a\\"b\\\\\\n\\t\\u00e9\\101\\0\\/"', 'a"b\\\n\té\u0041\0/'],
    ["[]", []],
    ["[1, [2], {}]", [1, [2], {}]],
    ['{"a": {"b": false}}', { a: { b: false } }],
  ])("%s", ([text, json]) => {
    expect(field(`string a = ${text as string};`)).toEqual({ name: "a", type: "string", default: json })
  })

  test("is refused where no JavaScript number is exactly it", () => {
    expect(error("record R { long a = 9007199254740993; }")).toContain(
      '1:21: no JavaScript number is exactly "9007199254740993"',
    )
  })

  test("of NaN and the infinities is a string in JSON, and a number in the schema", () => {
    const idl = "record R { double a = NaN; float b = -Infinity; double c = Infinity; }"
    const values = { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: Number.POSITIVE_INFINITY }
    const R = schemaOf(parseIdl(idl))
    expect(decode(R, encode(R, {}))).toEqual(values)
    expect(formatIdl(R)).toContain("double a = NaN;\n  float b = -Infinity;\n  double c = Infinity;\n")
    expect(schemaOf(parseIdl(formatIdl(R))).definition).toEqual(R.definition)
  })
})

describe("a named type", () => {
  test("is a record, an error, an enum or a fixed, with its attributes", () => {
    const text = `
      namespace org.example;
      /** A user. */ @aliases(["Person", "old.User"]) @java-key({"a": [1]})
      record User { string @order("IGNORE") @aliases(["n"]) @x(null) name = "?"; Role role; }
      @namespace("org.other") error Failed {}
      enum Role { ADMIN, @deprecated(true) GUEST } = GUEST;
      fixed Hash(0x10);
      fixed a.b.Other(2);`
    expect(parseIdl(text)).toMatchObject({ kind: "types", warnings: [] })
    expect(parseIdl(text).declaration).toEqual([
      {
        type: "record",
        name: "User",
        namespace: "org.example",
        doc: "A user.",
        fields: [
          { name: "name", type: "string", default: "?", order: "ignore", aliases: ["n"], x: null },
          {
            name: "role",
            type: { type: "enum", name: "Role", symbols: ["ADMIN", "GUEST"], default: "GUEST" },
          },
        ],
        "java-key": { a: [1] },
        aliases: ["Person", "old.User"],
      },
      { type: "error", name: "Failed", namespace: "org.other", fields: [] },
      { type: "fixed", name: "Hash", namespace: "org.example", size: 16 },
      { type: "fixed", name: "Other", namespace: "a.b", size: 2 },
    ])
  })

  test("may be used before it is declared, and be recursive", () => {
    expect(parseIdl("schema A; record A { B? b; } record B { A? a; array<B> c; }").declaration).toEqual({
      type: "record",
      name: "A",
      fields: [
        {
          name: "b",
          type: [
            "null",
            {
              type: "record",
              name: "B",
              fields: [
                { name: "a", type: ["null", "A"] },
                { name: "c", type: { type: "array", items: "B" } },
              ],
            },
          ],
        },
      ],
    })
  })

  test("may be called like a keyword, and its fields too, in back quotes where it is needed", () => {
    const text =
      "record `date` { string `record`, error, `array`; } record R { `date` a; int union; date b; }"
    expect(parseIdl(text).declaration).toMatchObject([
      { name: "date", fields: [{ name: "record" }, { name: "error" }, { name: "array" }] },
      { fields: [{ type: "date" }, { name: "union" }, { type: { logicalType: "date" } }] },
    ])
  })

  test("has names and attributes that no object inherits", () => {
    const [type] = parseIdl('@__proto__({"a": 1}) record __proto__ { int constructor; }')
      .declaration as object[]
    expect(Object.getPrototypeOf(type)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(type, "__proto__")?.value).toEqual({ a: 1 })
    expect(type).toMatchObject({ fields: [{ name: "constructor" }] })
  })

  test("means what is in its namespace, or failing that what is in none", () => {
    const text =
      'record A {} @namespace("x") record A { int own; } @namespace("x") record R { A a; } @namespace("y") record S { A a; }'
    expect(parseIdl(text).declaration).toMatchObject([
      { name: "A" },
      { name: "A", namespace: "x" },
      { fields: [{ type: "A" }] },
      { fields: [{ type: "A" }] },
    ])
    expect(error("namespace a; record R { S s; } record b.S {}")).toContain('1:25: unknown type "a.S"')
    expect(error('namespace a; record R { S s; } @namespace("b") record S {}')).toContain('is it "b.S"?')
  })
})

describe("a protocol", () => {
  test("has types and messages, with their documentation, errors and properties", () => {
    const text = `
      /** Says things. */ @namespace("org.example") @version("1.0")
      protocol Echo {
        error Lost { string why; }
        /** Again. */ @idempotent(true) string echo(string text, int times = 1) throws Lost, Lost2;
        error Lost2 {}
        void ping() oneway;
        string? find(/** What for. */ string text);
      }`
    expect(parseIdl(text).declaration).toEqual({
      protocol: "Echo",
      namespace: "org.example",
      doc: "Says things.",
      version: "1.0",
      types: [
        { type: "error", name: "Lost", fields: [{ name: "why", type: "string" }] },
        { type: "error", name: "Lost2", fields: [] },
      ],
      messages: {
        echo: {
          doc: "Again.",
          idempotent: true,
          request: [
            { name: "text", type: "string" },
            { name: "times", type: "int", default: 1 },
          ],
          response: "string",
          errors: ["Lost", "Lost2"],
        },
        ping: { request: [], response: "null", "one-way": true },
        find: { request: [{ name: "text", type: "string", doc: "What for." }], response: ["null", "string"] },
      },
    })
    expect(protocolOf(parseIdl(text)).name).toBe("org.example.Echo")
  })

  test("may have messages that are called like keywords", () => {
    const { messages } = inProtocol(
      "void `error`(); void void(); null idl(); void record(); void `import`();",
    )
    expect(Object.keys(messages)).toEqual(["error", "void", "idl", "record", "import"])
  })

  test("may have a message that returns an annotated name: the annotation is the message's", () => {
    const { messages } = inProtocol("record R {} @a(1) R get();")
    expect(messages["get"]).toEqual({ a: 1, request: [], response: "R" })
  })
})

describe("a schema file", () => {
  test("says which type it is of", () => {
    const file = parseIdl("namespace a.b; schema array<R>; record R {}")
    expect(file.kind).toBe("schema")
    expect(file.declaration).toEqual({
      type: "array",
      items: { type: "record", name: "R", namespace: "a.b", fields: [] },
    })
    expect(schemaOf(file).name).toBeUndefined()
  })

  test("that does not is of its only type, or of the union of all", () => {
    expect(schemaOf(parseIdl("fixed A(1);")).name).toBe("A")
    const all = schemaOf(parseIdl("enum A { X } fixed B(1);"))["~node"]
    expect(all.type === "union" && all.branches.map((branch) => branch.type)).toEqual(["enum", "fixed"])
  })

  test("gives the schema of each of its types, by itself", () => {
    const all = schemasOf(parseIdl("record A { B b; } record B { C c; } fixed C(1); record D { A a; C? c; }"))
    expect(all.map(({ name }) => name)).toEqual(["A", "B", "C", "D"])
    expect(all[3]?.definition).toMatchObject({ fields: [{ type: { name: "A" } }, { type: ["null", "C"] }] })
    const wrong = parseIdl("record A {}\nrecord B { int a = false; }")
    expect(caught(() => schemasOf(wrong)).message).toContain("2:20: the default false does not fit int")
  })

  test("may be empty", () => {
    expect(parseIdl("").declaration).toEqual([])
    expect(parseIdl("\uFEFF // nothing").declaration).toEqual([])
    expect(parseIdl("fixed A(1);\u001A whatever comes { after").declaration).toHaveLength(1)
  })

  test("has no messages", () => {
    expect(error("void ping();")).toContain(
      '1:1: expected a record, error, enum, fixed or import, got "void"',
    )
  })
})

describe("comments", () => {
  test("are passed over wherever white space may be", () => {
    const text = "/* a */ record // b\n R /**/ { int /* ** / */ a /* c */ ; // d\r } //"
    expect(declared(text)).toEqual({ type: "record", name: "R", fields: [{ name: "a", type: "int" }] })
  })

  test("document what they stand right before; fields of one type share theirs", () => {
    const text = "/** No */ /** R */ record R { /** all */ int /** its own */ a, b; }"
    expect(declared(text)).toMatchObject({
      doc: "R",
      fields: [{ doc: "its own" }, { doc: "all" }],
    })
  })

  test("of documentation that belong to nothing are told", () => {
    expect(parseIdl("enum E {\n  /** why */ A\n}", { file: "e.avdl" }).warnings).toEqual([
      "e.avdl:2:3: this documentation comment belongs to nothing; /* … */ is a plain one",
    ])
  })
})

describe("a mistake", () => {
  test("is told with its line, its column and a caret under the place", () => {
    const text = "protocol P {\n\trecord User {\n\t\tstring name\n\t}\n}\n"
    const thrown = caught(() => parseIdl(text, { file: "user.avdl" }))
    expect(thrown).toMatchObject({ code: "ERR_AVRO_IDL", path: "user.avdl:4:2" })
    expect(thrown.message).toBe('user.avdl:4:2: expected ";" after the field "name", got "}"\n  \t}\n  \t^')
  })

  test.for([
    ["record R { int a = ; }", '1:20: expected a JSON value, got ";"'],
    ["record R {", '1:11: expected "}" or a field of "R", got the end of the file'],
    ["record { }", '1:8: expected the name of the record, got "{"'],
    ["record R { map int> a; }", '1:19: expected ";" after the field "int", got ">"'],
    ["enum E { A, }", '1:13: expected a symbol of "E", got "}"'],
    ["fixed F(x);", '1:9: expected a size in bytes, got "x"'],
    ["fixed F(-1);", '1:9: expected a size in bytes, got "-1"'],
    [
      "record R { @a(1) R b; }",
      "1:13: a type that is referred to by its name cannot be annotated; annotate the field, behind its type",
    ],
    ["record R { @a(1) union {int} b; }", "1:13: a union has no attributes: annotate its branches"],
    ["@doc(1) record R {}", '1:2: the attribute "doc" cannot be given as an annotation here'],
    ["@namespace(1) record R {}", "1:2: @namespace(…) holds a string"],
    ['@aliases("a") record R {}', "1:2: @aliases(…) holds an array of strings"],
    ['record R { int @order("up") a; }', '1:17: @order(…) holds "ascending", "descending" or "ignore"'],
    ['record R { string a = "b; }', '1:23: this string has no end on its line: expected "\\""'],
    ['record R { string a = "\\q"; }', "1:24: unknown escape"],
    ["/* never", '1:1: this comment has no end: expected "*/"'],
    ["record R { Missing a; }", '1:12: unknown type "Missing"'],
    ["record R { double a = 0xp1; }", '1:23: "0xp1" is not a number'],
    ["record R { double a = 1e999; }", '1:23: "1e999" is not a number'],
    ["record R { int a = 1x; }", '1:20: "1x" is not a number'],
    ["record R { decimal(2, 9) a; }", "1:20: a decimal has a precision of 1 or more"],
    ["record R { decimal(0) a; }", "1:20: a decimal has a precision of 1 or more"],
    ["record `R { }", '1:10: a "`" has to end the name here'],
    ["record a. { }", "1:10: a name goes on with a letter or _ here"],
    ["record R { # }", '1:12: there is no "#" in IDL outside of strings and comments'],
    ["enum E {A} enum E {B}", '1:17: "E" is declared a second time, and not the same'],
    ["protocol P { int a() oneway; }", '1:14: the message "a" is one-way: it returns void'],
    ["protocol P { } record R {}", '1:16: expected the end of the file, got "record"'],
    ['import "a.avdl";', '1:8: expected "idl", "protocol" or "schema" after "import"'],
    ['import idl "a.avdl";', "1:12: parseIdl reads no other files; use readIdl"],
  ])("%s", ([text, message]) => {
    expect(error(text as string)).toContain(message)
  })

  test.for([
    ["record R { int a; int a; }", "ERR_AVRO_SCHEMA", '1:23: duplicate field "a"'],
    ['record R { int a = "x"; }', "ERR_AVRO_SCHEMA", '1:20: the default "x" does not fit int'],
    ["enum E { A, A }", "ERR_AVRO_SCHEMA", '1:6: duplicate symbol "A"'],
    ["record R { union { int, int } a; }", "ERR_AVRO_SCHEMA", '1:31: a union must not contain "int" twice'],
    [
      "record R { S s; } record S { int a = 1.5; }",
      "ERR_AVRO_SCHEMA",
      "1:38: the default 1.5 does not fit int",
    ],
    ["record a-b { }", "ERR_AVRO_SCHEMA", "1:8: a name starts with"],
  ])("that only a schema can find is told at its place too: %s", ([text, code, message]) => {
    const thrown = caught(() => schemaOf(parseIdl(text as string)))
    expect(thrown.code).toBe(code)
    expect(thrown.message).toContain(message)
    expect(thrown.message).toMatch(/\n {2}record|\n {2}enum/)
  })

  test("a message that is declared a second time is refused (H8)", () => {
    expect(error("protocol P { void a(); void a(); }")).toContain(
      '1:29: the message "a" is declared a second time',
    )
  })

  test("in a message of a protocol is told at its place", () => {
    const text = "protocol P {\n  void a(int b, int b);\n  void c(int d = false);\n}"
    expect(caught(() => protocolOf(parseIdl(text))).message).toContain(
      '2:8: parameter "b" is declared twice\n    void a(int b, int b);\n         ^',
    )
    expect(caught(() => protocolOf(parseIdl(text.replace(", int b", "")))).message).toContain(
      "3:18: the default false does not fit int",
    )
  })
})
