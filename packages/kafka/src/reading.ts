// What is read, from where and by whom: the words of source.ts and of what it is made of.

import type { StoredEvents, WantedEvents } from "@avrolet/events"
import type { ClientSettings, KafkaConnection, KafkaTopics } from "./connection.ts"

/** Where events are read from, and by whom. */
export interface KafkaSourceOptions extends KafkaConnection, KafkaTopics {
  /**
   * A consumer group, whose members share the partitions. What the group has read it does not read again, whoever its
   * members are; partitions that a topic is given later it reads once a member comes or goes. Without a group everything
   * is read, each partition in its order.
   */
  readonly group?: string
  /** How long a member of a group may be silent before its partitions go to others. Default 30,000. */
  readonly sessionMillis?: number
  /** Where to go on, without a group: nothing is read up to these. */
  readonly after?: readonly KafkaOffset[]
  /** How much is asked for at a time. Default 4 MiB. */
  readonly fetchBytes?: number
}

/** A place in Kafka. */
export interface KafkaOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** Some events of a partition, and where the last of them is: with that as `after`, reading goes on behind it. */
export interface KafkaEvents extends StoredEvents, KafkaOffset {}

/** A message, and where it is. */
export interface FoundRecord extends KafkaOffset {
  readonly value: Buffer | null | undefined
}

/** What is wanted, with the names of all events and somebody who is told. */
export type Reading = WantedEvents & Required<Pick<WantedEvents, "names" | "onDamage">>

/** What is read, and how Kafka is reached. */
export interface Asked {
  readonly options: KafkaSourceOptions
  readonly client: ClientSettings
  readonly topics: readonly string[]
  readonly wanted: Reading
  readonly fetchBytes: number
}
