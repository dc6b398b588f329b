// Events in NATS JetStream.

export type { JetStreamNames } from "./names.ts"
export { type JetStreamSinkOptions, jetStreamSink } from "./sink.ts"
export {
  type JetStreamEvents,
  type JetStreamSource,
  type JetStreamSourceOptions,
  jetStreamSource,
} from "./source.ts"
