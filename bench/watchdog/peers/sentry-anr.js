// @ts-check
// node --import: the program under Sentry's older integration, which pauses the debugger from a worker thread.

import * as sentry from "@sentry/node"

sentry.init({
  dsn: process.env.SENTRY_DSN,
  defaultIntegrations: false,
  integrations: [
    sentry.anrIntegration({
      anrThreshold: 40,
      pollInterval: 10, // is added to the threshold
      captureStackTrace: true,
      maxAnrEvents: 1000,
    }),
  ],
})
