/** A process that runs one round and kills itself at a step. Its parent serves the files: a server outlives a round. */
import { once } from "node:events"
import { type LocalRound, localRound } from "./local-round.ts"

/** What the parent sends. */
export interface ChildOrder extends LocalRound {
    /** of the server */
    port: number
    /** step after which it kills itself */
    killAt: string
}

const [order] = (await once(process, "message")) as [ChildOrder]
await localRound(
    order,
    order,
    async files => {
        process.send?.(files)
        await once(process, "message")
    },
    async step => {
        if (step !== order.killAt) return
        process.kill(process.pid, "SIGKILL")
        await new Promise(() => undefined) // nothing more happens until the signal is delivered
    },
)
