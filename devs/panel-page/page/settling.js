/** After the simulation has taken a command, news from before it may come for this long. */
export const SETTLING_MS = 250

/** @param {number} ms */
export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
