/** A site of airpin, the real API behind it, and certificates of a private CA in its edge folder. */
import { mkdtemp, rename, rm, symlink } from "node:fs/promises"
import http from "node:http"
import https from "node:https"
import { tmpdir } from "node:os"
import path from "node:path"
import { type LocalCa, openOrCreateLocalCa } from "../../../../certs/local-ca.ts"
import type { ChipHandshake } from "../../../../certs/pull/chip-handshake.ts"
import { pullAsChip } from "../../../../certs/pull/chip-handshake.ts"
import { makeFolder, writeSynced } from "../../../../certs/replace-file.ts"
import { sha256Of } from "../../../../certs/sha256.ts"
import { parsePem } from "../../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../../certs/x509/issue.ts"
import { type Serving, serve } from "../../../../devs/api/server.ts"
import type { ServedFiles } from "../../../../devs/edge/renewal/types.ts"
import { liveFiles } from "../../../../devs/edge/site/site.ts"
import { openWorld, type World } from "../../../api/support/world.ts"
import { freePorts } from "../../../ha/cluster/ports.ts"

export const NAME = "air.example.org"

/** What the API saw of a request. */
export interface Seen {
    url: string
    ip: string
    host: string
    protocol: string
    forwardedFor: unknown
}

export interface SiteWorld {
    folder: string
    edgeFolder: string
    rsaFolder: string
    webroot: string
    ca: LocalCa
    api: World
    seen: Seen[]
    serving: Serving
    httpPort: number
    httpsPort: number
    /** Issues a new certificate and makes the folder's `live` point to it, as a round does. */
    deploy(keyType?: KeyType, folder?: string): Promise<ServedFiles>
    handshake(): Promise<ChipHandshake>
    end(): Promise<void>
}

/** Ports are free and nothing listens on them yet; the API speaks HTTP on `serving.port`. */
export async function openSiteWorld(): Promise<SiteWorld> {
    const folder = await mkdtemp(path.join(tmpdir(), "airpin-site-"))
    const [edgeFolder, rsaFolder, webroot] = ["edge", "edge-rsa", "www"].map(name => path.join(folder, name)) as [
        string,
        string,
        string,
    ]
    const ca = await openOrCreateLocalCa(path.join(folder, "ca"))
    const api = await openWorld(undefined, { trustProxy: ["127.0.0.1"], now: Date.now, pollIntervalMs: 50 })
    const seen: Seen[] = []
    api.app.addHook("onRequest", async ({ url, ip, host, protocol, headers }) => {
        seen.push({ url, ip, host, protocol, forwardedFor: headers["x-forwarded-for"] })
    })
    const serving = await serve({ app: api.app, port: 0 })
    const [httpPort = 0, httpsPort = 0] = await freePorts(2)
    let versions = 0
    const deploy: SiteWorld["deploy"] = async (keyType = "P-256", edge = edgeFolder) => {
        const version = path.join(edge, "versions", String(++versions))
        await makeFolder(version)
        const { keyPem, chainPem } = await ca.issue({ names: [NAME], keyType })
        await writeSynced(path.join(version, "fullchain.pem"), chainPem, 0o644)
        await writeSynced(path.join(version, "privkey.pem"), keyPem, 0o600)
        await writeSynced(path.join(version, "combined.pem"), chainPem + keyPem, 0o600)
        await symlink(path.join("versions", String(versions)), path.join(edge, "live.new"))
        await rename(path.join(edge, "live.new"), path.join(edge, "live"))
        const leafSha256 = sha256Of(parsePem(chainPem)[0].der)
        return { folder: path.join(edge, "live"), ...liveFiles(edge), names: [NAME], leafSha256 }
    }
    const end = async () => {
        await serving.close()
        await api.end()
        await rm(folder, { recursive: true, force: true })
    }
    const handshake = () => pullAsChip({ host: NAME, port: httpsPort, address: "127.0.0.1" })
    return {
        folder,
        edgeFolder,
        rsaFolder,
        webroot,
        ca,
        api,
        seen,
        serving,
        httpPort,
        httpsPort,
        deploy,
        handshake,
        end,
    }
}

export const leafSha256 = ({ chain: [leaf] }: ChipHandshake): string => sha256Of(leaf!.der)

export interface Reply {
    status: number
    headers: Record<string, string | string[] | undefined>
    body: string
}

/** One request to 127.0.0.1, for the site's name; the agent, if given, keeps the connection. */
export function ask(
    world: Pick<SiteWorld, "httpsPort" | "ca">,
    url: string,
    options: { method?: string; headers?: Record<string, string>; body?: string; agent?: https.Agent } = {},
): Promise<Reply> {
    const { body, headers = {}, ...rest } = options
    return new Promise((resolve, reject) => {
        const request = https.request(
            {
                host: "127.0.0.1",
                port: world.httpsPort,
                servername: NAME,
                ca: world.ca.rootPem,
                path: url,
                agent: false,
                headers: { host: `${NAME}:${world.httpsPort}`, ...headers },
                ...rest,
            },
            response => {
                let text = ""
                response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
                response.once("end", () =>
                    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
                )
                response.once("error", reject)
            },
        )
        request.once("error", reject).end(body)
    })
}

/** An agent with one connection that stays open. */
export const oneConnection = () => new https.Agent({ keepAlive: true, maxSockets: 1 })

/** A device's post of one reading. */
export function postReading(world: SiteWorld, boot: string, co2Ppm: number, agent?: https.Agent): Promise<Reply> {
    const headers = { authorization: `Bearer ${world.api.token}`, "content-type": "application/json" }
    const time = Math.floor(Date.now() / 1000)
    const body = JSON.stringify({ boot, seq: 1, time, step: 60, co2Ppm: [co2Ppm] })
    return ask(world, "/api/v1/readings", { method: "POST", headers, body, ...(agent && { agent }) })
}

/** An open stream of the API's events. */
export interface EventStream {
    headers: http.IncomingHttpHeaders
    received(): string
    hasEnded(): boolean
    close(): void
}

export function openStream({ httpsPort, ca }: SiteWorld): Promise<EventStream> {
    const place = { host: "127.0.0.1", port: httpsPort, servername: NAME, ca: ca.rootPem, agent: false }
    const headers = { host: NAME, "accept-encoding": "gzip" }
    let [received, ended] = ["", false]
    return new Promise((resolve, reject) => {
        const request = https.get({ ...place, path: "/api/v1/stream", headers }, response => {
            response.setEncoding("utf8").on("data", (text: string) => (received += text))
            response.once("close", () => (ended = true))
            const close = () => request.destroy()
            resolve({ headers: response.headers, received: () => received, hasEnded: () => ended, close })
        })
        request.on("error", reject)
    })
}

/** A plain request to port 80; its body is read. */
export function askPlainly(world: SiteWorld, url: string, host = NAME): Promise<Reply> {
    const place = { host: "127.0.0.1", port: world.httpPort, path: url, headers: { host }, agent: false }
    return new Promise((resolve, reject) => {
        const request = http.get(place, response => {
            let body = ""
            response.setEncoding("utf8").on("data", (text: string) => (body += text))
            response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
        })
        request.once("error", reject)
    })
}
