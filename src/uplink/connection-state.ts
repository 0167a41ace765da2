/** How things stand between the device and its server, and how they came to: for the log, the panel and the status of each post. */
import * as ds from "@devicescript/core"
import { Task, uptimeS } from "../fiber"
import { say } from "../log"
import { UplinkState } from "./uplink-error"

/** An attempt to connect of this age is visible as one that does not come about. */
const SLOW_MS = 30 * 1000
const NEVER_MS = 1e12

/** As a task it says when an attempt to connect has become slow. */
export class Standing implements Task {
    dueMs = NEVER_MS
    state: UplinkState
    /** tries in a row that came to nothing */
    failures = 0
    /** state and reason of the newest of them, ever: "no-connection:name" */
    trouble: string
    /** TLS handshakes that came about, and those that did not */
    handshakes = 0
    refused = 0
    /** uptime of the newest that did not */
    refusedAtS: number
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
        say(`uplink state=${state}${reason ? " reason=" + reason : ""}`)
    }

    /** A try came to nothing. */
    fail(state: UplinkState, reason: string) {
        this.failures++
        this.trouble = state + ":" + reason
        this.enter(state, reason)
        if (state !== "refused") return
        this.refused++
        this.refusedAtS = uptimeS()
    }
}
