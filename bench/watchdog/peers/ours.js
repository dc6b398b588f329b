// @ts-check
// node --import: the program under our watchdog.

import { watchEventLoop } from "../../../packages/watchdog/dist/index.js"

watchEventLoop({ thresholdMillis: 50 })
