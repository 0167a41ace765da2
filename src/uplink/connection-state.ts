/** How things stand between the device and its server, and how they came to: for the log, the panel and the status of each post. */
import * as ds from "@devicescript/core"
import { Task, uptimeS } from "../fiber"
import { log } from "../log"
import { UplinkState } from "../wire"

/** An attempt to connect of this age is visible as one that does not come about. */
const SLOW_MS = 30 * 1000
const NEVER_MS = 1e12

/** As a task it says when an attempt to connect has become slow. */
export class ConnectionState implements Task {
    dueMs = NEVER_MS
    state: UplinkState
    /** tries in a row that came to nothing */
    failures = 0
    /** state and reason of the newest of them, ever: "no-connection:name" */
    lastError: string
    /** TLS handshakes that came about, and those that did not */
    handshakes = 0
    handshakeFailures = 0
    /** uptime of the newest that did not */
    handshakeFailedAtS: number
    private reason: string

    /** An attempt to connect begins. */
    begin() {
        if (this.state !== "no-network") this.enter("connecting")
        this.dueMs = ds.millis() + SLOW_MS
    }

    /** It has come to something, or nothing. */
    end() {
        this.dueMs = NEVER_MS
    }

    async step(): Promise<void> {
        this.end()
        this.enter("no-connection", "slow")
    }

    /** Each change is one line of the log. */
    enter(state: UplinkState, reason?: string) {
        if (state === this.state && reason === this.reason) return
        this.state = state
        this.reason = reason
        log(`uplink state=${state}${reason ? " reason=" + reason : ""}`)
    }

    /** A try came to nothing. */
    fail(state: UplinkState, reason: string) {
        this.failures++
        this.lastError = state + ":" + reason
        this.enter(state, reason)
        if (state !== "refused") return
        this.handshakeFailures++
        this.handshakeFailedAtS = uptimeS()
    }
}
