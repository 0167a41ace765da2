/** State and history of the connection to the server, for the log, the panel and the status in each post. */
import * as ds from "@devicescript/core"
import { Task, uptimeS } from "../fiber"
import { log } from "../log"
import { UplinkState } from "../wire"

/** A connection attempt of this age is shown as slow. */
const SLOW_MS = 30 * 1000
const NEVER_MS = 1e12

/** As a task, it logs when a connection attempt has become slow. */
export class ConnectionState implements Task {
    dueMs = NEVER_MS
    state: UplinkState
    /** consecutive failed attempts */
    failures = 0
    /** state and reason of the last failure since boot: "no-connection:name" */
    lastError: string
    /** completed and failed TLS handshakes since boot */
    handshakes = 0
    handshakeFailures = 0
    /** uptime of the last failed handshake, s */
    handshakeFailedAtS: number
    private reason: string

    /** Starts a connection attempt. */
    begin() {
        if (this.state !== "no-network") this.enter("connecting")
        this.dueMs = ds.millis() + SLOW_MS
    }

    /** Ends a connection attempt, successful or not. */
    end() {
        this.dueMs = NEVER_MS
    }

    async step(): Promise<void> {
        this.end()
        this.enter("no-connection", "slow")
    }

    /** Sets the state; each change is logged. */
    enter(state: UplinkState, reason?: string) {
        if (state === this.state && reason === this.reason) return
        this.state = state
        this.reason = reason
        log(`uplink state=${state}${reason ? " reason=" + reason : ""}`)
    }

    /** Records a failed attempt. */
    fail(state: UplinkState, reason: string) {
        this.failures++
        this.lastError = state + ":" + reason
        this.enter(state, reason)
        if (state !== "refused") return
        this.handshakeFailures++
        this.handshakeFailedAtS = uptimeS()
    }
}
