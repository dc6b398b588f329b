// Which partitions a topic has, and where they begin and end.

import type { ClusterMetadata, Consumer } from "@platformatic/kafka"
import { isUnknownTopic } from "./refusal.ts"

/** Times that stand for the ends of a partition. */
export const EARLIEST = -2n
export const LATEST = -1n

/** `undefined` where there is no such topic. */
export async function metadataOf(
  client: Pick<Consumer, "metadata">,
  topic: string,
): Promise<ClusterMetadata | undefined> {
  try {
    return await client.metadata({ topics: [topic], autocreateTopics: false })
  } catch (error) {
    if (isUnknownTopic(error)) return undefined
    throw error
  }
}

/** The offset of each partition at a time: that of the first message as late, and -1 where there is none. */
export const offsetsAt = async (consumer: Consumer, topic: string, timestamp: bigint): Promise<bigint[]> =>
  (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? []
