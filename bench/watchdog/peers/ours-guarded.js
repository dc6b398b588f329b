// @ts-check
// node --import: the program under our watchdog, with its guard.

import { watchEventLoop } from "../../../packages/watchdog/dist/index.js"

watchEventLoop({ thresholdMillis: 50, guardSyncCalls: true })
