/** Three members of etcd, in which Patroni keeps who the primary is. */
import path from "node:path"
import { type Place, Program } from "./program.ts"
import { until } from "./waiting.ts"

const MEMBERS = ["e1", "e2", "e3"]
const START_MS = 30_000
/** The default is 100 and 1,000: a machine with two cores, busy with all the others, is slower. */
const HEARTBEAT_MS = 200
const ELECTION_MS = 2_000
const STATUS_TIMEOUT_MS = 1_000

export interface EtcdOptions {
    command: string
    place: Place
    /** two for each member: for clients, and for the other members */
    ports: number[]
}

export class Etcd {
    readonly members: Program[]
    readonly clientPorts: number[]

    constructor({ command, place, ports }: EtcdOptions) {
        const urls = (at: number) => [at, at + MEMBERS.length].map(index => `http://127.0.0.1:${ports[index]}`)
        const cluster = MEMBERS.map((name, at) => `${name}=${urls(at)[1]}`).join(",")
        this.clientPorts = ports.slice(0, MEMBERS.length)
        this.members = MEMBERS.map((name, at) => {
            const [client = "", peer = ""] = urls(at)
            const args = {
                name,
                "data-dir": path.join(place.folder, name),
                "listen-client-urls": client,
                "advertise-client-urls": client,
                "listen-peer-urls": peer,
                "initial-advertise-peer-urls": peer,
                "initial-cluster": cluster,
                "initial-cluster-state": "new",
                "heartbeat-interval": HEARTBEAT_MS,
                "election-timeout": ELECTION_MS,
            }
            // Off by default; Patroni's `etcd` needs it.
            const options = ["--enable-v2=true"].concat(
                Object.entries(args).map(([option, value]) => `--${option}=${value}`),
            )
            return new Program({ name, command, args: options, place })
        })
    }

    async start(): Promise<void> {
        for (const member of this.members) member.start()
        await this.leader()
    }

    /** The member that leads; waits until there is one. */
    leader(): Promise<Program> {
        return until("a leader of etcd", START_MS, async () => {
            for (const [at, member] of this.members.entries()) {
                const status = await this.#status(at).catch(() => undefined)
                if (status && status.leader === status.header.member_id) return member
            }
            return undefined
        })
    }

    async #status(at: number): Promise<{ leader: string; header: { member_id: string } }> {
        const response = await fetch(`http://127.0.0.1:${this.clientPorts[at]}/v3/maintenance/status`, {
            method: "POST",
            body: "{}",
            signal: AbortSignal.timeout(STATUS_TIMEOUT_MS),
        })
        return (await response.json()) as { leader: string; header: { member_id: string } }
    }
}
