// avrolet call: calls one message of a service. The service tells its protocol; nothing else is needed.

import { encode, type Message, parseProtocol } from "@avrolet/avro"
import { createClient, discover } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { Command, InvalidArgumentError } from "commander"
import { Misuse, printJson } from "../io.ts"
import { parseJson } from "../json.ts"

/** The `call` command. */
export function callCommand(): Command {
  return new Command("call")
    .description("call a message of an Avro service and print the response as JSON")
    .argument("<url>", "where the service is: http://host:port/path")
    .argument("[message]", "the message to call; without one, the protocol is printed")
    .argument("[parameters]", 'its parameters as a JSON object, such as \'{"query":"hi"}\'', "{}")
    .option("--timeout <millis>", "how long to wait for each answer", parseMillis, 10_000)
    .action(call)
}

async function call(
  url: string,
  name: string | undefined,
  parameters: string,
  { timeout: timeoutMillis }: { timeout: number },
): Promise<void> {
  const given = parseParameters(parameters)
  await using transport = connect(url)
  const { text } = await discover(transport, { timeoutMillis })
  if (name === undefined) return printJson(parseJson(text))
  const protocol = parseProtocol(text, { long: "bigint" })
  const message = protocol.messages[name]
  if (message === undefined) {
    const known = Object.keys(protocol.messages).join(", ")
    throw new Misuse(`${protocol.name} has no message ${name}; it has ${known || "none"}`)
  }
  checkNames(message, given)
  const client = createClient(protocol, transport)
  printJson(await client[name]?.(requestOf(message, given, parameters), { timeoutMillis }))
}

/** What is a mistake in one parameter's name would else be one parameter missing, or none at all. */
function checkNames({ name, request }: Message, given: object): void {
  const known = (request.definition as readonly { readonly name: string }[]).map(
    (parameter) => parameter.name,
  )
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new Misuse(`${name} has no parameter ${unknown}; it has ${known.join(", ") || "none"}`)
}

/** Large integers are exact for longs. Only where they do not fit so, for a double, are they as near as that gets. */
function requestOf({ request }: Message, exact: object, text: string): unknown {
  const rounded: unknown = JSON.parse(text)
  return !fits(request, exact) && fits(request, rounded) ? rounded : exact
}

function fits(schema: Message["request"], value: unknown): boolean {
  try {
    encode(schema, value as never)
    return true
  } catch {
    return false
  }
}

function connect(url: string): ReturnType<typeof httpTransport> {
  try {
    return httpTransport(url)
  } catch {
    throw new Misuse(`not an http or https URL: ${url}`)
  }
}

function parseParameters(text: string): object {
  let parameters: unknown
  try {
    parameters = parseJson(text)
  } catch (error) {
    throw new Misuse(`the parameters are not JSON: ${(error as Error).message}`)
  }
  if (typeof parameters === "object" && parameters !== null && !Array.isArray(parameters)) return parameters
  throw new Misuse(`the parameters are a JSON object, got ${text}`)
}

function parseMillis(text: string): number {
  const millis = Number(text)
  if (!(millis > 0)) throw new InvalidArgumentError("A timeout is a number of milliseconds, more than 0.")
  return millis
}
