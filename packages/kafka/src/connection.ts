// How Kafka is reached, and what is where in it: what sinks and sources have in common.

import type { ConsumerOptions } from "@platformatic/kafka"
import type { SchemaRegistry } from "./registry/registry.ts"

type ClientOptions = ConsumerOptions<Buffer, Buffer, Buffer, Buffer>

/** How Kafka is reached: options of `@platformatic/kafka`. */
export interface KafkaConnection extends Pick<ClientOptions, "bootstrapBrokers" | "tls" | "sasl"> {
  /** What the broker's logs call this client. Default `avrolet`. */
  readonly clientId?: string
  /** How long a broker may take; one that has not answered after twice as long is taken for dead. Default 5000. */
  readonly requestMillis?: number
}

/** Where events are. */
export interface KafkaTopics {
  readonly registry: SchemaRegistry
  /** The topic of an event's name. Default: the name itself. Several may have one. */
  readonly topic?: (name: string) => string
  /**
   * The subject of the registry for an event. Default: its topic with `-value`, which is Confluent's TopicNameStrategy.
   * Events that share a topic need one each: ``(name, topic) => `${topic}-${name}` ``, as TopicRecordNameStrategy has
   * it, but with the event's name and not that of its envelope.
   */
  readonly subject?: (name: string, topic: string) => string
}

/** Where the events of a name are. */
export interface Where {
  readonly topic: string
  readonly subject: string
}

/** The topic and the subject of an event. */
export function whereOf(topics: KafkaTopics, name: string): Where {
  const topic = topics.topic?.(name) ?? name
  return { topic, subject: topics.subject?.(name, topic) ?? `${topic}-value` }
}

/** What clients are made with. */
export interface ClientSettings extends Pick<ClientOptions, "bootstrapBrokers" | "tls" | "sasl"> {
  readonly clientId: string
  readonly connectTimeout: number
  readonly requestTimeout: number
  readonly timeout: number
  readonly retries: number
}

/** What a client is made with. Nothing is tried again by the client: who uses it knows better what may be. */
export function clientOptions(connection: KafkaConnection): ClientSettings {
  const { bootstrapBrokers, tls, sasl, clientId = "avrolet", requestMillis = 5000 } = connection
  return {
    bootstrapBrokers,
    clientId,
    connectTimeout: requestMillis,
    requestTimeout: requestMillis * 2, // the broker gives up first, and says so
    timeout: requestMillis,
    retries: 0,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
  }
}

/** How long a broker may take to end a connection. */
export const CLOSE_MILLIS = 5000

/** Closes a client. What it then fails with nobody can do anything about, nor wait for a broker that is away. */
export function closeClient(client: { close(callback: () => void): void }): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_MILLIS)
    client.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
