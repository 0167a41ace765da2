/**
 * Runs in the page before its own scripts: time passes when `simulated.pass` says so, and the stream has the events
 * that `simulated.emit` gives it. The page's own code is unchanged.
 */
;(() => {
    const startMs = Date.now()
    let passedMs = 0
    let lastId = 0
    const timers = new Map()
    const streams = new Set()

    const add = (work, afterMs, everyMs) => {
        timers.set(++lastId, { work, everyMs, atMs: passedMs + afterMs })
        return lastId
    }
    Date.now = () => startMs + passedMs
    performance.now = () => passedMs
    globalThis.setTimeout = (work, ms = 0) => add(work, ms)
    globalThis.setInterval = (work, ms = 0) => add(work, ms, ms)
    globalThis.clearTimeout = globalThis.clearInterval = id => timers.delete(id)
    // one of the browser's would live for 8 s of real time, in which days pass
    AbortSignal.timeout = () => new AbortController().signal
    globalThis.fetch = async url => {
        if (!String(url).endsWith("ready")) throw new Error(`the week has no response for ${url}`)
        return new Response("{}")
    }
    globalThis.EventSource = class extends EventTarget {
        static CLOSED = 2
        readyState = 1
        constructor() {
            super()
            streams.add(this)
        }
        close() {
            streams.delete(this)
            this.readyState = 2
        }
    }

    /** A timer that is due several times is called once, as Chromium does in a page that is not looked at. */
    const runTimers = () => {
        for (const [id, timer] of timers) {
            if (timer.atMs > passedMs) continue
            if (timer.everyMs === undefined) timers.delete(id)
            else timer.atMs = passedMs + timer.everyMs
            timer.work()
        }
    }
    const emit = (name, data) => {
        for (const stream of streams) stream.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
    }
    globalThis.simulated = { pass: ms => (passedMs += ms), runTimers, emit }
})()
