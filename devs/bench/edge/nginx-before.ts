/** nginx with the site that `airpin edge` writes, in front of an API that listens on this machine. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import path from "node:path"
import { checkNginx, installedNginx } from "../../edge/site/check.ts"
import { nginxText, ownLinesFolder } from "../../edge/site/nginx.ts"
import type { Resources } from "../../resources.ts"
import type { Credentials } from "../api/contenders.ts"
import { LocalNginx } from "./local-nginx.ts"

export interface NginxBeforeOptions {
    /** absolute */
    folder: string
    credentials: Pick<Credentials, "cert" | "key">
    /** of the API: HTTP on 127.0.0.1 */
    apiPort: number
    /** nginx program */
    program: string
    workerConnections?: number
    /** the operator's own lines */
    ownLines?: string
}

/** Stops it when the resources are closed. @throws as `installedNginx` */
export async function startNginxBefore(resources: Resources, options: NginxBeforeOptions): Promise<LocalNginx> {
    const { folder, credentials, apiPort, program, workerConnections, ownLines } = options
    const live = path.join(folder, "live")
    mkdirSync(live)
    copyFileSync(credentials.cert, path.join(live, "fullchain.pem"))
    copyFileSync(credentials.key, path.join(live, "privkey.pem"))
    if (ownLines !== undefined) {
        mkdirSync(ownLinesFolder(folder))
        writeFileSync(path.join(ownLinesFolder(folder), "bench.conf"), ownLines)
    }
    const [httpPort, httpsPort] = [await freePort(), await freePort()]
    const text = nginxText({
        ...{ names: ["localhost"], upstreams: [`127.0.0.1:${apiPort}`], folder, addresses: ["127.0.0.1"] },
        ...{ httpPort, httpsPort, isDefault: true, webroot: folder, version: await installedNginx(program) },
    })
    await checkNginx(text, { program })
    const site = path.join(folder, "site.conf")
    writeFileSync(site, text)
    const nginx = await LocalNginx.start({
        ...{ folder, site, httpsPort, program },
        ...(workerConnections && { workerConnections }),
    })
    resources.add(() => nginx.stop())
    return nginx
}

/** nginx cannot be asked which port it got. */
function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer()
        server.once("error", reject)
        server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0))
        })
    })
}
