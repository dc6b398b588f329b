// Where spans and times go.

import {
  type Histogram,
  type MeterProvider,
  metrics,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api"

/** Where telemetry goes, if not to what is registered globally. */
export interface TelemetryOptions {
  readonly tracerProvider?: TracerProvider
  readonly meterProvider?: MeterProvider
}

/** What one side records with. */
export interface Instruments {
  readonly tracer: Tracer
  readonly seconds: Histogram
}

const NAME = "@avrolet/rpc"

/** In seconds, as the convention has them. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** The instruments of clients, or of servers. */
export function createInstruments(
  side: "client" | "server",
  {
    tracerProvider = trace.getTracerProvider(),
    meterProvider = metrics.getMeterProvider(),
  }: TelemetryOptions,
): Instruments {
  return {
    tracer: tracerProvider.getTracer(NAME),
    seconds: meterProvider.getMeter(NAME).createHistogram(`rpc.${side}.call.duration`, {
      unit: "s",
      description:
        side === "client" ? "How long a call took its client" : "How long a call took to be served",
      advice: { explicitBucketBoundaries: BOUNDARIES },
    }),
  }
}
