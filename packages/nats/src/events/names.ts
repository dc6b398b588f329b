// Where in JetStream what is. Two streams, since schemas are needed for as long as there are events, whatever the
// retention of those:
//
//   <stream>           <subject>.<event>                        messages (message.ts)
//   <stream>_SCHEMAS   <subject>_schemas.event.<event>          the schema last recorded with, as JSON
//                      <subject>_schemas.id.<fingerprint>       the schema of messages, as JSON

import { checkSubject } from "../subject.ts"

/** What sinks and sources have to have in common. */
export interface JetStreamNames {
  /** The name of the stream. Default `EVENTS`. */
  readonly stream?: string
  /** What the subjects of events begin with. Default `events`: an `example.Served` is at `events.example.Served`. */
  readonly subject?: string
}

/** The names of streams and subjects. */
export interface Names {
  readonly events: string
  readonly schemas: string
  readonly allEvents: string
  readonly allSchemas: string
  eventSubject(name: string): string
  /** The name of the event whose subject this is. */
  eventName(subject: string): string
  lastSchemaSubject(name: string): string
  schemaSubject(fingerprint: string): string
}

/** Throws a `TypeError` for what is no name of a stream, or no subject. */
export function namesOf({ stream = "EVENTS", subject = "events" }: JetStreamNames): Names {
  checkSubject("subject", subject)
  if (!/^[^\s.*>/\\]+$/.test(stream))
    throw new TypeError(
      `stream must be a name without dots, wildcards and spaces, got ${JSON.stringify(stream)}`,
    )
  return {
    events: stream,
    schemas: `${stream}_SCHEMAS`,
    allEvents: `${subject}.>`,
    allSchemas: `${subject}_schemas.>`,
    eventSubject: (name) => `${subject}.${name}`,
    eventName: (at) => at.slice(subject.length + 1),
    lastSchemaSubject: (name) => `${subject}_schemas.event.${name}`,
    schemaSubject: (fingerprint) => `${subject}_schemas.id.${fingerprint}`,
  }
}
