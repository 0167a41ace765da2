/** The three ways in which an API treats the connection of a device. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { serve } from "../api/server.ts"
import { opened } from "../resources.ts"
import type { LocalApiOptions } from "../testbed/local-service.ts"
import { startNginxBefore } from "./edge/nginx-before.ts"

type Listen = NonNullable<LocalApiOptions["listen"]>

export const wireWays = ["kept", "closed", "nginx"] as const
export type WireWay = (typeof wireWays)[number]

/** How the API listens: `airpin serve` as it is, one that ends the connection after each response, or behind nginx. */
export const listenBy: Record<WireWay, Listen> = { kept: serve, closed: listenClosing, nginx: listenBehindNginx }

function listenClosing(options: Parameters<Listen>[0]): ReturnType<Listen> {
    options.app.addHook("onSend", async (_request, reply) => void reply.header("connection", "close"))
    return serve(options)
}

/**
 * The device's clock follows the server's, which is that of the simulation: nginx passes its Date on, instead of one of
 * its own, which has as many bytes.
 */
function listenBehindNginx({ app, keyPem, certPem }: Parameters<Listen>[0]): ReturnType<Listen> {
    return opened(async resources => {
        const folder = resources.temporaryFolder("bench-nginx")
        const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")]
        writeFileSync(cert, certPem)
        writeFileSync(key, keyPem, { mode: 0o600 })
        const api = await serve({ app, port: 0 })
        resources.add(() => api.close())
        const { port } = await startNginxBefore(resources, {
            ...{ folder, credentials: { cert, key }, apiPort: api.port, program: "nginx" },
            ownLines: "proxy_pass_header Date;\n",
        })
        return { url: `https://localhost:${port}`, port }
    })
}
