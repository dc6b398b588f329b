// @ts-check

/** @typedef {{ time: number, order: number, run: () => void }} Event */

/** What happens when: a heap, the earliest first, and of the same time the first that was added. */
export class Events {
  now = 0
  #count = 0
  /** @type {Event[]} */
  #heap = []

  /** @param {number} time @param {() => void} run */
  add(time, run) {
    const heap = this.#heap
    const event = { time, order: this.#count++, run }
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent])) break
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = event
  }

  /** @param {number} end */
  runUntil(end) {
    for (let event = this.#take(); event !== undefined && event.time <= end; event = this.#take()) {
      this.now = event.time
      event.run()
    }
  }

  #take() {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      if (left >= heap.length) break
      const right = left + 1
      const child = right < heap.length && isBefore(heap[right], heap[left]) ? right : left
      if (!isBefore(heap[child], last)) break
      heap[index] = heap[child]
      index = child
    }
    heap[index] = last
    return first
  }
}

/** @param {Event} a @param {Event} b */
const isBefore = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order)
