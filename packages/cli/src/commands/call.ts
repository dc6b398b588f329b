// avrolet call: calls one message of a service. The service tells its protocol; nothing else is needed.

import { createClient, discover } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { Command, InvalidArgumentError } from "commander"
import { Misuse, printJson } from "../io.ts"

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
  message: string | undefined,
  parameters: string,
  { timeout: timeoutMillis }: { timeout: number },
): Promise<void> {
  const request = parseParameters(parameters)
  await using transport = connect(url)
  const protocol = await discover(transport, { timeoutMillis })
  if (message === undefined) return printJson(JSON.parse(protocol.text))
  if (protocol.messages[message] === undefined) {
    const known = Object.keys(protocol.messages).join(", ")
    throw new Misuse(`${protocol.name} has no message ${message}; it has ${known || "none"}`)
  }
  const client = createClient(protocol, transport)
  printJson(await client[message]?.(request, { timeoutMillis }))
}

function connect(url: string): ReturnType<typeof httpTransport> {
  try {
    return httpTransport(url)
  } catch {
    throw new Misuse(`not an http or https URL: ${url}`)
  }
}

function parseParameters(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Misuse(`the parameters are not JSON: ${(error as Error).message}`)
  }
}

function parseMillis(text: string): number {
  const millis = Number(text)
  if (!(millis > 0)) throw new InvalidArgumentError("A timeout is a number of milliseconds, more than 0.")
  return millis
}
