// How emitted code gives up. It checks as little as it can and explains nothing: on any doubt it throws
// this, and the closures do the value again from its beginning, with the right error and its path, or
// with the right result where only the emitted code's shortcut did not fit.

/** Made once: an error that nobody sees needs no stack of its own. */
export const MISFIT: Error = new Error("The emitted code leaves this value to the closures")
