import { readFileSync } from "node:fs"
import { createServer } from "node:net"

const HOST = "127.0.0.1"
const FIRST_PORT = 10_000
/** Above it are the ports of outgoing connections: one of these could take the port of a program that is down. */
const LAST_PORT = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/)[0]) - 1

/** So many ports of loopback that nothing listens on and no outgoing connection takes. */
export async function freePorts(count: number): Promise<number[]> {
    const found = new Set<number>()
    while (found.size < count) {
        const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1))
        if (await isFree(port)) found.add(port)
    }
    return [...found]
}

function isFree(port: number): Promise<boolean> {
    return new Promise(resolve => {
        const server = createServer()
        server.once("error", () => resolve(false))
        server.listen(port, HOST, () => server.close(() => resolve(true)))
    })
}
