// @ts-check
// node --import: the program under perf_hooks.monitorEventLoopDelay, asked 50 times a second.

import { monitorEventLoopDelay } from "node:perf_hooks"
import { tell } from "./told.js"

const histogram = monitorEventLoopDelay({ resolution: 10 })
histogram.enable()
setInterval(() => {
  if (histogram.max < 50e6) return
  histogram.reset()
  tell()
}, 20).unref()
