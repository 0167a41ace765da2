/** What of Debian this machine has: programs, and a user that is not root to run them as. */
import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"

const POSTGRES_VERSIONS = "/usr/lib/postgresql"

/** The user that the programs run as; undefined: the one that runs the tests. */
export interface Account {
    uid: number
    gid: number
}

export interface Programs {
    etcd: string
    haproxy: string
    patroni: string
    /** folder of initdb, postgres, pg_rewind, … */
    postgresBin: string
    account: Account | undefined
}

/** The programs, or the reason why the cluster cannot be started here. */
export function findPrograms(): Programs | string {
    if (process.platform !== "linux") return "it needs Linux: processes are found in /proc"
    const programs = { etcd: onPath("etcd"), haproxy: onPath("haproxy"), patroni: onPath("patroni") }
    const { etcd, haproxy, patroni } = programs
    const postgresBin = newestPostgres()
    const account = unprivileged()
    if (etcd && haproxy && patroni && postgresBin && account !== "missing")
        return { etcd, haproxy, patroni, postgresBin, account }
    const missing = [
        ...Object.entries(programs).flatMap(([name, file]) => (file ? [] : name === "etcd" ? "etcd-server" : name)),
        ...(postgresBin && account !== "missing" ? [] : ["postgresql"]),
    ]
    return `Debian's ${missing.join(", ")} not installed`
}

/** The program of this name; undefined if there is none. */
export function onPath(name: string): string | undefined {
    return [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/bin"]
        .map(folder => path.join(folder, name))
        .find(file => existsSync(file))
}

function newestPostgres(): string | undefined {
    if (!existsSync(POSTGRES_VERSIONS)) return undefined
    const versions = readdirSync(POSTGRES_VERSIONS).sort((a, b) => Number(b) - Number(a))
    return versions
        .map(version => path.join(POSTGRES_VERSIONS, version, "bin"))
        .find(bin => existsSync(`${bin}/initdb`))
}

/** PostgreSQL refuses to run as root; Debian's package has made a user for it. */
function unprivileged(): Account | undefined | "missing" {
    if (process.getuid?.() !== 0) return undefined
    const [, , uid, gid] =
        readFileSync("/etc/passwd", "utf8")
            .match(/^postgres:.*$/m)?.[0]
            .split(":") ?? []
    return uid && gid ? { uid: Number(uid), gid: Number(gid) } : "missing"
}

/** Makes a file or folder that of the account. */
export function giveTo(account: Account | undefined, file: string): void {
    if (account) chownSync(file, account.uid, account.gid)
}
