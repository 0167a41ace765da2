/** HAProxy: one port for PostgreSQL's primary, one for the API processes. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { type Api, READY_PATH } from "./api.ts"
import type { Node } from "./node.ts"
import { type Place, Program } from "./program.ts"

export interface HaproxyOptions {
    command: string
    place: Place
    postgresPort: number
    apiPort: number
    nodes: Node[]
    apis: Api[]
    /** root of the certificates of the API */
    rootFile: string
}

export function newHaproxy(options: HaproxyOptions): Program {
    const { command, place } = options
    const file = path.join(place.folder, "haproxy.cfg")
    writeFileSync(file, configuration(options))
    return new Program({ name: "haproxy", command, args: ["-db", "-f", file], place })
}

/** https://docs.haproxy.org/2.6/configuration.html */
function configuration({ postgresPort, apiPort, nodes, apis, rootFile }: HaproxyOptions): string {
    const postgresServers = nodes.map(
        ({ name, links: { clients, rest } }) => `    server ${name} 127.0.0.1:${clients.port} check port ${rest.port}`,
    )
    const apiServers = apis.map(({ name, port }) => `    server ${name} 127.0.0.1:${port}`)
    return `
global
    maxconn 400

defaults
    mode tcp
    timeout connect 2s
    timeout client 2h
    timeout server 2h
    timeout check 2s

# Only the primary answers /primary with 200. shutdown-sessions: a connection to a node that is primary no longer, or
# that does not answer any more, is ended; its client would wait for ever otherwise.
listen postgres
    bind 127.0.0.1:${postgresPort}
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${postgresServers.join("\n")}

# TLS ends in the API process: HAProxy hands the bytes on.
listen api
    bind 127.0.0.1:${apiPort}
    balance roundrobin
    option redispatch
    option httpchk
    http-check send meth GET uri ${READY_PATH} ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
    default-server inter 1s fastinter 500ms fall 2 rise 1 check check-ssl ca-file ${rootFile} verify required verifyhost localhost
${apiServers.join("\n")}
`
}
