// @ts-check
// A simulation of calls in flight between processes, to say what machines carry that were not measured. It knows
// four things of a process, which are what the measured ones turn on:
//
//   a turn     it takes the messages that are there, as many as one read brings, and works on them one after another
//   parts      what it has to send goes out in parts of the turn, or at its end
//   waking     a process that had nothing to do sleeps, and to wake it takes longer than a call
//   a core     it needs one; where there are more processes than cores, they wait for each other
//
// Messages take no time but that of the wire. Each lane makes one call after another: the load of bench/rpc.

import { Events } from "./events.js"

/**
 * @typedef {object} Station A process, or a broker.
 * @property {number} machine Where it runs: an index into `cores`.
 * @property {number} messageMicros What a message costs.
 * @property {number} turnMicros What a turn costs beside its messages.
 * @property {number} wakeMicros What it takes to wake.
 * @property {number} maxTurn The most messages that a turn takes.
 * @property {number} minPart The least messages that are sent at a time, before a turn ends.
 */

/**
 * @typedef {object} Setup
 * @property {readonly number[]} cores How many each machine has.
 * @property {readonly Station[]} stations
 * @property {readonly (readonly number[])[]} routes For each lane, the stations that its calls go round, by index: the
 *   first is its client.
 * @property {number} wireMicros From one machine to another.
 * @property {number} millis How long is simulated; the first fifth is not counted.
 */

/**
 * @typedef {object} Outcome
 * @property {number} callsPerSecond
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {readonly number[]} busy Of each station, the share of the time that it had a core.
 */

/** From one process to another on the same machine. */
const LOOPBACK_MICROS = 6

/** @param {Setup} setup @returns {Outcome} */
export function simulate(setup) {
  const simulation = new Simulation(setup)
  simulation.run()
  return simulation.outcome()
}

/** @typedef {{ route: readonly number[], at: number, startedAt: number }} Call */

/** A station as it is. */
class State {
  /** @type {Call[]} */
  inbox = []
  isAwake = false
  /** When it had nothing to do. */
  sleptAt = Number.NEGATIVE_INFINITY
  busyMicros = 0

  /** @param {Station} station */
  constructor(station) {
    this.station = station
  }
}

/** The cores of a machine, and who waits for one. */
class Machine {
  /** @type {State[]} */
  waiting = []

  /** @param {number} cores */
  constructor(cores) {
    this.free = cores
  }
}

class Simulation {
  #events = new Events()
  /** @type {number[]} */
  #latencies = []

  /** @param {Setup} setup */
  constructor({ cores, stations, routes, wireMicros, millis }) {
    this.machines = cores.map((count) => new Machine(count))
    this.states = stations.map((station) => new State(station))
    this.wireMicros = wireMicros
    this.end = millis * 1000
    this.from = this.end / 5
    for (const route of routes) this.#stateOf({ route, at: 0 }).inbox.push({ route, at: 0, startedAt: 0 })
  }

  run() {
    for (const state of this.states) if (state.inbox.length > 0) this.#wake(state)
    this.#events.runUntil(this.end)
  }

  /** @returns {Outcome} */
  outcome() {
    const latencies = Float64Array.from(this.#latencies).toSorted()
    const share = (/** @type {number} */ part) => latencies[Math.floor(latencies.length * part)] ?? Number.NaN
    const micros = this.end - this.from
    return {
      callsPerSecond: (latencies.length * 1e6) / micros,
      p50Micros: share(0.5),
      p99Micros: share(0.99),
      busy: this.states.map(({ busyMicros }) => busyMicros / micros),
    }
  }

  /** Where a call is. @param {Pick<Call, "route" | "at">} call */
  #stateOf({ route, at }) {
    return this.states[route[at]]
  }

  /** @param {State} state */
  #machineOf({ station }) {
    return this.machines[station.machine]
  }

  /** @param {Call} call */
  #arrive(call) {
    const state = this.#stateOf(call)
    state.inbox.push(call)
    if (!state.isAwake) this.#wake(state)
  }

  /** @param {State} state */
  #wake(state) {
    state.isAwake = true
    const machine = this.#machineOf(state)
    machine.waiting.push(state)
    this.#dispatch(machine)
  }

  /** @param {Machine} machine */
  #dispatch(machine) {
    while (machine.free > 0) {
      const state = machine.waiting.shift()
      if (state === undefined) return
      machine.free--
      this.#takeTurn(state)
    }
  }

  /** @param {State} state */
  #takeTurn(state) {
    const events = this.#events
    const { messageMicros, turnMicros, wakeMicros, maxTurn, minPart } = state.station
    const calls = state.inbox.splice(0, maxTurn)
    const hasSlept = events.now > state.sleptAt
    const startsAt = events.now + turnMicros + (hasSlept ? wakeMicros : 0)
    const part = Math.max(minPart, Math.ceil(calls.length / 3))
    for (let sent = 0; sent < calls.length; sent += part) {
      const gathered = calls.slice(sent, sent + part)
      events.add(startsAt + (sent + gathered.length) * messageMicros, () => this.#send(gathered))
    }
    const endsAt = startsAt + calls.length * messageMicros
    state.busyMicros += Math.max(0, Math.min(endsAt, this.end) - Math.max(events.now, this.from))
    events.add(endsAt, () => this.#endTurn(state))
  }

  /** @param {State} state */
  #endTurn(state) {
    const machine = this.#machineOf(state)
    machine.free++
    state.isAwake = false
    const hasMore = state.inbox.length > 0
    state.sleptAt = hasMore ? Number.POSITIVE_INFINITY : this.#events.now
    if (hasMore) this.#wake(state)
    this.#dispatch(machine)
  }

  /** @param {Call[]} calls */
  #send(calls) {
    const { now } = this.#events
    for (const call of calls) {
      const here = this.#stateOf(call).station.machine
      call.at = (call.at + 1) % call.route.length
      if (call.at === 1) {
        // Its client has the last answer, and makes the next call.
        if (now >= this.from) this.#latencies.push(now - call.startedAt)
        call.startedAt = now
      }
      const isNear = this.#stateOf(call).station.machine === here
      this.#events.add(now + (isNear ? LOOPBACK_MICROS : this.wireMicros), () => this.#arrive(call))
    }
  }
}
