// The leader of a consumer group, who shares its partitions out as a test wants it, and takes its time.
//
//   assignment = 00 00 count:int32 (topic:string16 count:int32 partition:int32*)* 00 00 00 00
//
// https://github.com/apache/kafka/blob/trunk/clients/src/main/resources/common/message/ConsumerProtocolAssignment.json

import { setTimeout as sleep } from "node:timers/promises"
import {
  Connection,
  consumerGroupChannel,
  findCoordinatorV6,
  joinGroupV9,
  type ResponseError,
  syncGroupV5,
} from "@platformatic/kafka"
import { until } from "./cluster.ts"

const OF_A_GROUP = 0
const SESSION_MILLIS = 60_000
/** What our members can be shared out to by. */
const PROTOCOLS = [{ name: "roundrobin" }]

/** How often clients of this process have been told their partitions. */
let timesTold = 0
consumerGroupChannel.asyncEnd.subscribe((message) => {
  const { operation, error } = message as { operation?: string; error?: unknown }
  if (operation === "syncGroup" && !(error instanceof Error)) timesTold++
})

/** Is the leader as it is the first to join. It takes no partition itself. */
class GroupLeader {
  readonly connection: Connection
  readonly #group: string
  readonly #topic: string
  #memberId = ""
  #generation = 0
  #others: readonly string[] = []

  constructor(connection: Connection, group: string, topic: string) {
    this.connection = connection
    this.#group = group
    this.#topic = topic
  }

  /** Joins, once the broker is ready for groups. */
  async start(): Promise<void> {
    await until(async () => {
      await findCoordinatorV6.api.async(this.connection, OF_A_GROUP, [this.#group])
      await this.#join()
      await this.#share([])
      return true
    }, "the leader to have joined")
  }

  /**
   * Begins a generation with one member besides, whose id is returned, and is not `gone`. That one then waits to be told
   * its partitions.
   */
  async gather(gone = ""): Promise<string> {
    for (;;) {
      await this.#join()
      const [other] = this.#others
      if (this.#others.length === 1 && other !== undefined && other !== gone) return other
      await this.#share([]).catch(() => undefined) // somebody has come
      await sleep(50)
    }
  }

  /** Gives the other member these partitions, and resolves when its client knows them. */
  async give(partitions: readonly number[]): Promise<void> {
    const before = timesTold
    await this.#share(partitions)
    await until(async () => timesTold > before, "the member to know its partitions")
  }

  async #join(): Promise<void> {
    try {
      const answer = await joinGroupV9.api.async(
        this.connection,
        this.#group,
        SESSION_MILLIS,
        SESSION_MILLIS,
        this.#memberId,
        null,
        "consumer",
        PROTOCOLS,
      )
      this.#generation = answer.generationId
      this.#others = answer.members.map(({ memberId }) => memberId).filter((id) => id !== this.#memberId)
    } catch (error) {
      const { memberId } = (error as ResponseError)["response"] as { memberId: string }
      if (this.#memberId === memberId) throw error
      this.#memberId = memberId // the first time one is only told its id
      await this.#join()
    }
  }

  #share(partitions: readonly number[]): Promise<unknown> {
    return syncGroupV5.api.async(
      this.connection,
      this.#group,
      this.#generation,
      this.#memberId,
      null,
      "consumer",
      "roundrobin",
      this.#others.map((memberId) => ({ memberId, assignment: assignmentOf(this.#topic, partitions) })),
    )
  }
}

/** Joins a group that nobody is in. Leaves it with its scope, some time after. */
export async function leadGroup(
  address: string,
  group: string,
  topic: string,
): Promise<GroupLeader & AsyncDisposable> {
  const [host = "", port] = address.split(":")
  const connection = new Connection("leader")
  await connection.connect(host, Number(port))
  const leader = new GroupLeader(connection, group, topic)
  await leader.start()
  return Object.assign(leader, { [Symbol.asyncDispose]: () => connection.close() })
}

function assignmentOf(topic: string, partitions: readonly number[]): Buffer {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(2 + 4 + 2 + name.length + 4 + 4 * partitions.length + 4)
  let at = bytes.writeInt32BE(1, 2)
  at = bytes.writeInt16BE(name.length, at)
  at += name.copy(bytes, at)
  at = bytes.writeInt32BE(partitions.length, at)
  for (const partition of partitions) at = bytes.writeInt32BE(partition, at)
  return bytes
}
