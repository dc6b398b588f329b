// What tests do to topics beside reading and writing them.

import { Admin, Connection, createPartitionsV3, deleteRecordsV2 } from "@platformatic/kafka"

/** Makes a topic whose only partition has one broker alone, by its number. */
export async function createTopicAt(address: string, topic: string, broker: number): Promise<void> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [address] })
  await admin.createTopics({
    topics: [topic],
    partitions: -1, // as many as are assigned
    replicas: -1,
    assignments: [{ partition: 0, brokers: [broker] }],
    configs: [{ name: "min.insync.replicas", value: "1" }],
  })
  await new Promise<void>((resolve) => admin.close(() => resolve()))
}

/** Gives a topic of one partition more of them, on broker 1. */
export const addPartitions = (address: string, topic: string, count: number): Promise<unknown> =>
  withConnection(address, (connection) => {
    const assignments = Array.from({ length: count - 1 }, () => ({ brokerIds: [1] }))
    return createPartitionsV3.api.async(connection, [{ name: topic, count, assignments }], 5000, false)
  })

/** Has Kafka forget what is before an offset of the first partition, as retention does. Ask the broker that leads it. */
export const dropRecords = (address: string, topic: string, offset: bigint): Promise<unknown> =>
  withConnection(address, (connection) =>
    deleteRecordsV2.api.async(
      connection,
      [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }],
      5000,
    ),
  )

async function withConnection(
  address: string,
  action: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const [host = "", port] = address.split(":")
  const connection = new Connection("test")
  await connection.connect(host, Number(port))
  await action(connection)
  await connection.close()
}
