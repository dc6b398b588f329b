// A broker as companies run them: it listens with TLS, which asks for a certificate of the client's, and with SASL, and
// lets a user do what she may.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { KafkaSinkOptions } from "@avrolet/kafka"
import {
  AclOperations,
  AclPermissionTypes,
  Connection,
  createAclsV3,
  ResourcePatternTypes,
  ResourceTypes,
} from "@platformatic/kafka"
import { type Authority, createAuthority } from "../../examples/auth/authority.ts"
import { type KafkaBroker, startKafka } from "./cluster.ts"

export const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const

/** After how long a client without TLS has to say again who it is. */
export const REAUTHENTICATION_MILLIS = 1000

/** How a client says who it is. */
export type Sasl = NonNullable<KafkaSinkOptions["sasl"]>

/** A secure broker that runs; ends with its scope. */
export interface SecureBroker {
  readonly broker: KafkaBroker
  /** Whose certificates the broker has and takes. */
  readonly authority: Authority
}

/** May do everything. */
export const ada = (mechanism: Sasl["mechanism"]): Sasl => ({ mechanism, username: "ada", password: "byron" })
/** May write to, and read from, what is called `bobs-`, and make nothing. */
export const bob = (mechanism: Sasl["mechanism"]): Sasl => ({ mechanism, username: "bob", password: "dole" })
/** Is known, and may do nothing. */
export const eve = (mechanism: Sasl["mechanism"]): Sasl => ({ mechanism, username: "eve", password: "drop" })

export async function startSecureKafka(): Promise<SecureBroker & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), "avrolet-secure-"))
  const authority = createAuthority("Kafka's authority")
  const { key, cert } = authority.issue("broker")
  writeFileSync(join(folder, "broker.pem"), key + cert)
  writeFileSync(join(folder, "authority.pem"), authority.certificate)
  const users = [ada, bob, eve].flatMap((user) =>
    MECHANISMS.slice(1).map((mechanism) => {
      const { username, password } = user(mechanism)
      return `${mechanism}=[name=${String(username)},password=${String(password)}]`
    }),
  )
  const broker = await startKafka({
    listeners: ["SSL", "SASL_SSL", "SASL_PLAINTEXT"],
    configuration: configuration(folder),
    users,
  })
  await letBob(broker)
  return {
    broker,
    authority,
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]()
      authority[Symbol.dispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

const SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
const PLAIN =
  'org.apache.kafka.common.security.plain.PlainLoginModule required user_ada="byron" user_bob="dole" user_eve="drop";'

const configuration = (folder: string): string[] => [
  "ssl.keystore.type=PEM",
  `ssl.keystore.location=${join(folder, "broker.pem")}`,
  "ssl.truststore.type=PEM",
  `ssl.truststore.location=${join(folder, "authority.pem")}`,
  "listener.name.ssl.ssl.client.auth=required",
  `sasl.enabled.mechanisms=${MECHANISMS.join(",")}`,
  ...["sasl_ssl", "sasl_plaintext"].flatMap((listener) => [
    `listener.name.${listener}.plain.sasl.jaas.config=${PLAIN}`,
    `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${SCRAM}`,
    `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${SCRAM}`,
  ]),
  "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  `listener.name.sasl_plaintext.connections.max.reauth.ms=${REAUTHENTICATION_MILLIS}`,
  "super.users=User:ANONYMOUS;User:ada;User:CN=client",
]

async function letBob({ address }: KafkaBroker): Promise<void> {
  const connection = new Connection("test")
  await connection.connect("127.0.0.1", Number(address.split(":")[1]))
  const rights = [
    [ResourceTypes.TOPIC, AclOperations.WRITE],
    [ResourceTypes.TOPIC, AclOperations.READ],
    [ResourceTypes.GROUP, AclOperations.READ],
  ] as const
  await createAclsV3.api.async(
    connection,
    rights.map(([resourceType, operation]) => ({
      resourceType,
      resourceName: "bobs-",
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal: "User:bob",
      host: "*",
      operation,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  )
  await connection.close()
}
