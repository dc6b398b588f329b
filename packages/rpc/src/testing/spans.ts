// The spans of a test file's calls, where OpenTelemetry has one provider for the whole process.

import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node"
import { afterAll, beforeEach } from "vitest"

/**
 * Registers a provider until the tests of the file are over, with W3C's propagators and with contexts that follow promises.
 * What is returned has the spans of one test.
 */
export function recordSpans(): InMemorySpanExporter {
  const spans = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  provider.register()
  beforeEach(() => spans.reset())
  afterAll(() => provider.shutdown())
  return spans
}
