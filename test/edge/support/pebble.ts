/**
 * Let's Encrypt's test CA: Debian's pebble, with pebble-challtestsrv as its DNS server, which says that every name is
 * 127.0.0.1. Both listen on free ports of loopback, and keep their files in a temporary folder.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { request as httpRequest } from "node:http"
import { Agent, request as httpsRequest } from "node:https"
import { tmpdir } from "node:os"
import path from "node:path"
import { type LocalCa, openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { freePorts } from "../../ha/cluster/ports.ts"
import { Program } from "../../ha/cluster/program.ts"
import { until } from "../../ha/cluster/waiting.ts"

const START_LIMIT_MS = 20_000

/** Why pebble cannot be started here; undefined if it can. */
export function pebbleMissing(): string | undefined {
    const missing = ["pebble", "pebble-challtestsrv"].filter(name => !onPath(name))
    return missing.length === 0 ? undefined : `Debian's pebble is not installed (no ${missing.join(", ")})`
}

export interface PebbleOptions {
    /** further roots that cross-sign the intermediate: so many alternate chains; default 0 */
    alternateRoots?: number
    /** intermediates between leaf and root; default 1 */
    chainLength?: number
    /** percentage of the good nonces that it refuses; default 0 */
    rejectedNonces?: number
    /** percentage of the valid authorizations that it uses again; default 0 */
    reusedAuthorizations?: number
    /** accounts need one of these: key id → HMAC key, base64url */
    externalAccounts?: Record<string, string>
    /** port of 127.0.0.1 that it asks for HTTP-01; default: a free one */
    httpPort?: number
}

export interface Pebble {
    /** https://localhost:PORT/dir */
    directory: string
    port: number
    /** nothing listens on it yet */
    httpPort: number
    /** issued the certificate of pebble's own HTTPS, for localhost; this is no root of what pebble issues */
    httpsCa: LocalCa
    /** its root: for `--acme-ca` */
    caFile: string
    /** removed by `stop` */
    folder: string
    /** a GET of its management interface, such as `roots/0`, `intermediates/0`, `intermediate-keys/0`. @returns the body */
    management(name: string): Promise<string>
    /** a POST to the DNS server's management interface, such as `set-txt` with `{ host, value }` */
    dns(name: string, body: object): Promise<void>
    /** its URL, for a program that sets records */
    dnsUrl: string
    stop(): Promise<void>
}

/** Starts it, and waits until it answers. @throws Error with its log after 20 s */
export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
    const folder = await mkdtemp(path.join(tmpdir(), "airpin-pebble-"))
    const [port = 0, managementPort = 0, dnsPort = 0, dnsManagementPort = 0, freePort = 0] = await freePorts(5)
    const httpPort = options.httpPort ?? freePort
    const httpsCa = await openOrCreateLocalCa(path.join(folder, "https-ca"))
    const file = (name: string) => path.join(folder, name)
    const loopback = (number: number) => `127.0.0.1:${number}`
    await writeFile(file("https.pem"), httpsCa.server.chainPem)
    await writeFile(file("https-key.pem"), httpsCa.server.keyPem, { mode: 0o600 })
    const configuration = {
        listenAddress: loopback(port),
        managementListenAddress: loopback(managementPort),
        certificate: file("https.pem"),
        privateKey: file("https-key.pem"),
        httpPort,
        tlsPort: 1,
        ocspResponderURL: "",
        externalAccountBindingRequired: options.externalAccounts !== undefined,
        externalAccountMACKeys: options.externalAccounts,
    }
    await writeFile(file("pebble.json"), JSON.stringify({ pebble: configuration }))
    const place = { folder, logs: folder, account: undefined }
    const none = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]
    const names = new Program({
        name: "challtestsrv",
        command: "pebble-challtestsrv",
        args: ["-dns01", loopback(dnsPort), "-management", loopback(dnsManagementPort), ...none],
        place,
    })
    const ca = new Program({
        name: "pebble",
        command: "pebble",
        args: ["-config", file("pebble.json"), "-dnsserver", loopback(dnsPort), "-strict"],
        place,
    })
    const stop = async () => {
        await Promise.all([ca.kill(), names.kill()])
        await rm(folder, { recursive: true, force: true })
    }
    const dnsUrl = `http://${loopback(dnsManagementPort)}`
    const agent = { ca: httpsCa.rootPem }
    names.start()
    ca.start({
        PEBBLE_VA_NOSLEEP: "1",
        PEBBLE_WFE_NONCEREJECT: String(options.rejectedNonces ?? 0),
        PEBBLE_AUTHZREUSE: String(options.reusedAuthorizations ?? 0),
        PEBBLE_ALTERNATE_ROOTS: String(options.alternateRoots ?? 0),
        PEBBLE_CHAIN_LENGTH: String(options.chainLength ?? 1),
    })
    try {
        await until("pebble answers", START_LIMIT_MS, () => get(`https://localhost:${port}/dir`, agent.ca))
        await until("its DNS server answers", START_LIMIT_MS, () => post(`${dnsUrl}/clear-txt`, { host: "x." }))
    } catch (error) {
        const log = ca.lastLines()
        await stop()
        throw new Error(`pebble does not start:\n${log}`, { cause: error })
    }
    return {
        directory: `https://localhost:${port}/dir`,
        port,
        httpPort,
        httpsCa,
        caFile: path.join(httpsCa.directory, "root.pem"),
        folder,
        management: name => get(`https://localhost:${managementPort}/${name}`, agent.ca),
        dns: async (name, body) => void (await post(`${dnsUrl}/${name}`, body)),
        dnsUrl,
        stop,
    }
}

/** The body of a response with status 200. */
function get(url: string, ca: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const request = httpsRequest(url, { agent: new Agent({ ca }) }, response => {
            let body = ""
            response.setEncoding("utf8")
            response.on("data", text => (body += text))
            response.on("end", () =>
                response.statusCode === 200 ? resolve(body) : reject(new Error(`${url}: ${response.statusCode}`)),
            )
        })
        request.on("error", reject)
        request.end()
    })
}

function post(url: string, body: object): Promise<true> {
    return new Promise((resolve, reject) => {
        const request = httpRequest(url, { method: "POST" }, response => {
            response.resume()
            if (response.statusCode === 200) resolve(true)
            else reject(new Error(`${url}: ${response.statusCode}`))
        })
        request.on("error", reject)
        request.end(JSON.stringify(body))
    })
}
