/**
 * How many items an array of containers is made for at once: each of them could announce all the bytes that
 * remain.
 */
export const MAX_PREPARED = 4096
