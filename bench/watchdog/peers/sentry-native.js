// @ts-check
// node --import: the program under Sentry's native tracer, as its integration uses it.

import * as sentry from "@sentry/node"
import { eventLoopBlockIntegration } from "@sentry/node-native"

sentry.init({
  dsn: process.env.SENTRY_DSN,
  defaultIntegrations: false,
  integrations: [eventLoopBlockIntegration({ threshold: 50, maxEventsPerHour: 1000 })],
})
