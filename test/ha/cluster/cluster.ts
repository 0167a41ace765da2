/** Three PostgreSQL nodes with Patroni, three members of etcd, HAProxy, and two API processes, all on loopback. */
import { randomBytes } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import type { Resources } from "../../../devs/resources.ts"
import { Api, isReady } from "./api.ts"
import { giveTo, type Programs } from "./debian.ts"
import { Etcd } from "./etcd.ts"
import { newHaproxy } from "./haproxy.ts"
import { type Member, Node } from "./node.ts"
import type { EtcdApi, Passwords } from "./patroni-configuration.ts"
import { freePorts } from "./ports.ts"
import type { Place, Program } from "./program.ts"
import { type SqlAddress, urlOf, withSql } from "./sql.ts"
import { until } from "./waiting.ts"

const NODES = ["p1", "p2", "p3"]
const APIS = ["a1", "a2"]
/** initdb, two base backups and the first election, on a busy machine. */
const START_MS = 120_000
/** A node that was cut off or killed comes back with pg_rewind, or with a base backup. */
const WHOLE_MS = 120_000

export interface ClusterOptions {
    programs: Programs
    etcdApi: EtcdApi
    /** the airpin checkout whose `serve` is tried */
    checkout: string
    /** folder for the logs of all programs; default: with the other files, removed at the end */
    logs?: string | undefined
}

export interface Roles {
    primary: Node
    synchronous: Node
    /** the third one */
    asynchronous: Node
}

export interface Cluster {
    place: Place
    etcd: Etcd
    nodes: Node[]
    haproxy: Program
    apis: Api[]
    /** port of HAProxy for devices, and the root that they trust */
    api: { port: number; rootPem: string }
    /** PostgreSQL's primary through HAProxy: as airpin in its database, and as superuser */
    airpinUrl: string
    airpinAddress: SqlAddress
    superuserAddress: SqlAddress
    /** that node itself, without links; the superuser in the database "postgres" */
    directAddress(node: Node, user: "airpin" | "postgres"): SqlAddress
    /** Waits until there is a primary, a synchronous standby, and a third node that follows, all on one timeline. */
    whole(): Promise<Roles>
    /** Waits until another node is the primary. */
    replaced(node: Node): Promise<unknown>
}

/** Everything it starts is handed to `resources`. */
export async function startCluster(options: ClusterOptions, resources: Resources): Promise<Cluster> {
    const parts = await startParts(options, resources)
    const { nodes, apis, passwords, postgresPort, ...cluster } = parts
    const address = (user: "airpin" | "postgres", port = postgresPort): SqlAddress => {
        return { port, user, password: user === "airpin" ? passwords.airpin : passwords.superuser, database: user }
    }
    const airpinUrl = urlOf(address("airpin"))
    const whole = () => until("a whole cluster", WHOLE_MS, async () => rolesOf(nodes, await membersOf(nodes)))
    await until("the first primary", START_MS, () => createDatabase(address("postgres"), passwords.airpin))
    await whole()
    for (const api of apis) api.start(airpinUrl)
    await Promise.all(apis.map(api => api.ready()))
    const { port, rootPem } = cluster.api
    await until("an API process through HAProxy", START_MS, async () => (await isReady(port, rootPem)) || undefined)
    return {
        ...cluster,
        nodes,
        apis,
        airpinUrl,
        airpinAddress: address("airpin"),
        superuserAddress: address("postgres"),
        directAddress: (node, user) => address(user, node.postgresPort),
        whole,
        replaced: node => until(`another primary than ${node.name}`, START_MS, () => isReplaced(node, nodes)),
    }
}

/** All processes but those of the API, which need a database. */
async function startParts({ programs, etcdApi, checkout, logs }: ClusterOptions, resources: Resources) {
    const place = placeFor(programs, resources, logs)
    const passwords: Passwords = { superuser: secret(), replication: secret(), airpin: secret() }
    const [postgresPort = 0, apiPort = 0, ...ports] = await freePorts(2 + APIS.length + 4 * NODES.length)

    const etcd = new Etcd({ command: programs.etcd, place, ports: ports.splice(0, 2 * NODES.length) })
    for (const member of etcd.members) resources.add(() => member.kill())
    await etcd.start()

    const etcdPorts = etcd.clientPorts
    const nodes = await Promise.all(
        NODES.map(name => {
            const [postgres = 0, rest = 0] = ports.splice(0, 2)
            return Node.create({ name, place, programs, etcdApi, passwords, ports: { postgres, rest }, etcdPorts })
        }),
    )
    for (const node of nodes) {
        resources.add(() => node.close())
        node.start()
    }

    const { server: credentials, rootPem } = await openOrCreateLocalCa(path.join(place.folder, "ca"))
    const rootFile = path.join(place.folder, "root.pem")
    writeFileSync(rootFile, rootPem)
    const apis = APIS.map(name => new Api({ name, port: ports.pop() ?? 0, checkout, place, credentials, rootPem }))
    for (const api of apis) resources.add(() => api.kill())

    const haproxy = newHaproxy({ command: programs.haproxy, place, postgresPort, apiPort, nodes, apis, rootFile })
    resources.add(() => haproxy.kill())
    haproxy.start()
    return { place, etcd, nodes, haproxy, apis, api: { port: apiPort, rootPem }, passwords, postgresPort }
}

function placeFor({ account }: Programs, resources: Resources, logs: string | undefined): Place {
    const folder = resources.temporaryFolder("ha")
    giveTo(account, folder)
    const place = { folder, logs: logs ?? path.join(folder, "logs"), account }
    mkdirSync(place.logs, { recursive: true })
    return place
}

const secret = () => randomBytes(12).toString("hex")

/** The database of airpin, owned by a user who may do nothing else. The password never reaches a log: no statement is logged. */
function createDatabase(superuser: SqlAddress, password: string): Promise<boolean> {
    return withSql(superuser, async ({ query }) => {
        const roles = await query("SELECT 1 FROM pg_roles WHERE rolname = 'airpin'")
        if (roles.length === 0) await query(`CREATE ROLE airpin LOGIN PASSWORD '${password}'`)
        const databases = await query("SELECT 1 FROM pg_database WHERE datname = 'airpin'")
        if (databases.length === 0) await query("CREATE DATABASE airpin OWNER airpin")
        return true
    })
}

/** The members as the first node says that answers. */
async function membersOf(nodes: Node[]): Promise<Member[]> {
    for (const node of nodes) {
        const members = await node.members().catch(() => undefined)
        if (members) return members
    }
    return []
}

async function isReplaced({ name }: Node, nodes: Node[]): Promise<true | undefined> {
    const members = await membersOf(nodes.filter(node => node.name !== name))
    return members.some(member => member.role === "leader" && member.name !== name) || undefined
}

function rolesOf(nodes: Node[], members: Member[]): Roles | undefined {
    const follow = members.every(({ state, timeline, lag = 0 }) => {
        return (state === "running" || state === "streaming") && timeline === members[0]?.timeline && lag === 0
    })
    const nodeIn = (role: Member["role"]) =>
        nodes.find(node => members.some(m => m.name === node.name && m.role === role))
    const [primary, synchronous, asynchronous] = [nodeIn("leader"), nodeIn("sync_standby"), nodeIn("replica")]
    return follow && primary && synchronous && asynchronous ? { primary, synchronous, asynchronous } : undefined
}
