/** A machine of the cluster: Patroni and its PostgreSQL. All its traffic with the others goes over links that can be cut. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { atExit } from "../../../certs/pull/end-with-process.ts"
import { giveTo, type Programs } from "./debian.ts"
import { Link } from "./link.ts"
import { type EtcdApi, type NodePorts, type Passwords, patroniConfiguration } from "./patroni-configuration.ts"
import { type Place, Program, processesIn, signalAll } from "./program.ts"

const REST_TIMEOUT_MS = 2_000

export interface NodeOptions {
    name: string
    place: Place
    programs: Programs
    etcdApi: EtcdApi
    passwords: Passwords
    ports: NodePorts
    etcdPorts: number[]
}

/** What another machine of the cluster says about its members: `GET /cluster` of Patroni. */
export interface Member {
    name: string
    role: "leader" | "sync_standby" | "replica"
    state: string
    timeline?: number
    lag?: number | "unknown"
}

export class Node {
    readonly name: string
    /** of PostgreSQL itself, without a link */
    readonly postgresPort: number
    /** `clients`: HAProxy to PostgreSQL; `replication`: the other nodes to it; `rest`: all to Patroni; `etcd`: Patroni to etcd */
    readonly links: { clients: Link; replication: Link; rest: Link; etcd: Link[] }
    readonly #patroni: Program
    readonly #dataFolder: string
    readonly #restPort: number

    static async create(options: NodeOptions): Promise<Node> {
        const { ports, etcdPorts } = options
        const etcd = await Promise.all(etcdPorts.map(port => Link.open(port)))
        const [clients, replication, rest] = await Promise.all(
            [ports.postgres, ports.postgres, ports.rest].map(port => Link.open(port)),
        )
        if (!clients || !replication || !rest) throw new Error("unreachable")
        return new Node(options, { clients, replication, rest, etcd })
    }

    private constructor(options: NodeOptions, links: Node["links"]) {
        const { name, place, etcdApi, programs, passwords, ports } = options
        const { folder } = place
        this.name = name
        this.links = links
        this.postgresPort = ports.postgres
        this.#restPort = ports.rest
        this.#dataFolder = path.join(folder, name)
        const file = path.join(folder, `${name}.json`)
        const { postgresBin, patroni } = programs
        const configuration = patroniConfiguration({ name, etcdApi, folder, postgresBin, passwords, ports, links })
        writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 })
        giveTo(place.account, file)
        this.#patroni = new Program({ name, command: patroni, args: [file], place })
        atExit(() => signalAll(this.#postgres(), "SIGKILL"))
    }

    /** Patroni starts PostgreSQL. */
    start(): void {
        this.#patroni.start()
    }

    get log(): string {
        return this.#patroni.log
    }

    #postgres(): number[] {
        return processesIn(this.#dataFolder)
    }

    /** kill -9 of PostgreSQL alone; Patroni notices and starts it again. */
    killPostgres(): void {
        signalAll(this.#postgres(), "SIGKILL")
    }

    /** kill -9 of everything on this machine, until `start`. */
    async kill(): Promise<void> {
        await this.#patroni.kill()
        this.killPostgres()
    }

    /** SIGSTOP of PostgreSQL alone, or of Patroni too. */
    stop(what: "postgres" | "all"): void {
        if (what === "all") this.#patroni.signal("SIGSTOP")
        signalAll(this.#postgres(), "SIGSTOP")
    }

    /** SIGCONT of everything. */
    continue(): void {
        signalAll(this.#postgres(), "SIGCONT")
        this.#patroni.signal("SIGCONT")
    }

    get allLinks(): Link[] {
        const { clients, replication, rest, etcd } = this.links
        return [clients, replication, rest, ...etcd]
    }

    async close(): Promise<void> {
        this.continue()
        await this.kill()
        for (const link of this.allLinks) link.close()
    }

    /** The members as this node sees them. @throws whatever fetch throws */
    async members(): Promise<Member[]> {
        const { members } = (await (await this.#rest("cluster")).json()) as { members: Member[] }
        return members
    }

    /** Asks Patroni, which must be the leader's, to hand over to another node. */
    async switchOver(to: string): Promise<void> {
        const response = await this.#rest("switchover", { leader: this.name, candidate: to })
        if (!response.ok) throw new Error(`switchover from ${this.name} to ${to}: ${await response.text()}`)
    }

    #rest(what: string, body?: object): Promise<Response> {
        return fetch(`http://127.0.0.1:${this.#restPort}/${what}`, {
            ...(body && { method: "POST", body: JSON.stringify(body) }),
            // A switchover takes as long as the new primary needs.
            ...(!body && { signal: AbortSignal.timeout(REST_TIMEOUT_MS) }),
        })
    }
}
