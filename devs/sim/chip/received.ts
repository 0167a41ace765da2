/**
 * The events for the chip's main loop, and how fast it can read.
 *
 * In each round of its main loop the chip reads as long as there is something (devicescript-esp32 `main/sock.c`,
 * `jd_tcpsock_process`), and each read stays on the heap until the program runs: all of the TLS record that is decrypted
 * at once, and what the TCP window holds behind it. A sender cannot fill the window again before the next round trip.
 */
import type { SocketEvent } from "../../vm/machine.ts"

/** the longest TLS record (RFC 8446, 5.1), which mbedTLS receives whole (CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN) */
const RECORD_BYTES = 16_384
/** CONFIG_LWIP_TCP_WND_DEFAULT */
const WINDOW_BYTES = 5744
/** less than most Wi-Fi networks have */
const ROUND_TRIP_MS = 2

/** What one round of the main loop can read. */
export const BURST_BYTES = RECORD_BYTES + WINDOW_BYTES

export class ReceivedEvents {
    #events: SocketEvent[] = []
    /** what could be read at `#sinceMs`, bytes */
    #readable = BURST_BYTES
    #sinceMs = -Infinity

    add(event: SocketEvent): void {
        this.#events.push(event)
    }

    clear(): void {
        this.#events = []
    }

    /** When the next one can be taken, on the clock of `take`; Infinity if there is none. */
    get readyAtMs(): number {
        const [next] = this.#events
        if (!next) return Infinity
        const missing = (next.data?.length ?? 0) - this.#readable
        return missing <= 0 ? -Infinity : this.#sinceMs + Math.ceil((missing * ROUND_TRIP_MS) / WINDOW_BYTES)
    }

    /** Takes what the chip reads in a round of its main loop at `nowMs`. */
    take(nowMs: number): SocketEvent[] {
        const arrived = ((nowMs - this.#sinceMs) * WINDOW_BYTES) / ROUND_TRIP_MS
        this.#readable = Math.min(BURST_BYTES, this.#readable + arrived)
        this.#sinceMs = nowMs
        const taken: SocketEvent[] = []
        while (this.readyAtMs <= nowMs) {
            const event = this.#events.shift()
            if (!event) break
            this.#readable -= event.data?.length ?? 0
            taken.push(event)
        }
        return taken
    }
}
