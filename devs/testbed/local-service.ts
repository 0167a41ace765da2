/**
 * A whole service on this machine: a throw-away CA, the API over HTTPS, and
 * the anchors a device needs to trust it, pinned from the running server as
 * `airpin pin` does it.
 */
import path from "node:path"
import type { Duplex } from "node:stream"
import { connect } from "node:tls"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { type Anchor, chooseAnchors } from "../../certs/choose-anchors.ts"
import { type LocalCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { writeLock } from "../../certs/lock.ts"
import { pullChain } from "../../certs/pull/pull-chain.ts"
import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"
import { addLink, type LinkRole } from "../api/access/links.ts"
import { linkUrl } from "../api/access/served-at.ts"
import { buildApp } from "../api/app.ts"
import { addDevice } from "../api/device-registry.ts"
import { type ServeOptions, type Serving, serve } from "../api/server.ts"
import type { Database } from "../api/store/database.ts"
import { knownDevice } from "../api/store/devices.ts"
import { openDatabase } from "../api/store/open.ts"
import type { Device } from "../api/store/records.ts"
import { opened } from "../resources.ts"

const HOST = "localhost"

/** What the API needs of a CA: the server presents its certificate, and clients of `connect` trust its root. */
export type ApiAuthority = Pick<LocalCa, "server" | "rootPem">

export interface LocalApiOptions {
    authority: ApiAuthority
    /** in memory when absent */
    databaseDirectory?: string
    /** the API's clock, ms since the epoch */
    now(): number
    /** monotonic time, seconds, also while a fault sets the API's clock wrong; that of the process when absent */
    monotonicS?: (() => number) | undefined
    /** default: `serve` of devs/api */
    listen?(
        options: ServeOptions & { keyPem: string; certPem: string },
    ): Promise<Pick<Serving, "url" | "port" | "close"> & Partial<Pick<Serving, "replaceCertificate">>>
}

/** The API over HTTPS on a port of this machine, with a database of its own. */
export interface LocalApi {
    url: string
    port: number
    authority: ApiAuthority
    db: Database
    /** token of a link with which every device can be read */
    readerToken: string
    /** address that logs in whoever opens it, as an admin */
    logInUrl: string
    /** registers a device and returns its bearer token */
    tokenFor(id: string): Promise<string>
    /**
     * A registered device with its losses.
     *
     * @throws AirpinError DEVICE_UNKNOWN
     */
    device(id: string): Promise<Device>
    /** From now on new connections get the certificate of another CA. */
    replaceAuthority(authority: ApiAuthority): void
    /** a new connection to the API, in plaintext once TLS is done */
    connect(): Duplex
    close(): Promise<void>
}

export function startLocalApi(options: LocalApiOptions): Promise<LocalApi> {
    const { authority, databaseDirectory, now, monotonicS, listen = serve } = options
    const { keyPem, chainPem } = authority.server
    return opened(async resources => {
        const db = await openDatabase(databaseDirectory ? path.join(databaseDirectory, "readings.db") : ":memory:")
        resources.add(() => db.close())
        const server = await listen({
            app: buildApp({ db, now, monotonicS, readThreads: false }), // it is read little, mostly at its end
            host: HOST,
            port: 0,
            keyPem,
            certPem: chainPem,
        })
        resources.add(() => server.close())
        const url = `https://${HOST}:${server.port}`
        const createdAt = Math.floor(now() / 1000)
        const link = (name: string, role: LinkRole) => addLink(db, { name, role, createdAt })
        return {
            url,
            readerToken: await link("this program", "viewer"),
            logInUrl: linkUrl(url, await link("this terminal", "admin")),
            port: server.port,
            authority,
            db,
            tokenFor: async (id: string) => (await addDevice(db, { id, createdAt: Math.floor(now() / 1000) })).token,
            device: (id: string) => knownDevice(db.sql, id),
            replaceAuthority: ({ server: { keyPem, chainPem: certPem } }) => {
                if (!server.replaceCertificate) throw new Error("this server keeps its certificate")
                server.replaceCertificate({ keyPem, certPem })
            },
            connect: () => connect({ host: HOST, port: server.port, ca: authority.rootPem }),
        }
    })
}

export interface LocalServiceOptions extends Omit<LocalApiOptions, "authority" | "listen"> {
    /** holds the CA and the pins; created when missing */
    directory: string
}

export interface LocalService extends LocalApi {
    authority: LocalCa
    /** the chain that openssl s_client received, in the order sent */
    chain: Certificate[]
    anchors: Anchor[]
    /** the certificate bundle of a device that trusts this service */
    bundle: Buffer
}

/** Starts the API with the CA of `directory`, and pins it; resolves when devices can connect. */
export function startLocalService({ directory, ...options }: LocalServiceOptions): Promise<LocalService> {
    return opened(async resources => {
        const authority = await openOrCreateLocalCa(path.join(directory, "ca"))
        const api = await startLocalApi({ ...options, authority })
        resources.add(api.close)
        const chain = await pullChain({ host: HOST, port: api.port })
        const anchors = chooseAnchors(chain, { serverName: HOST, roots: parsePem(authority.rootPem), now: new Date() })
        await writeLock(path.join(directory, "pinned"), anchors, `${HOST}:${api.port}`)
        return { ...api, authority, chain, anchors, bundle: encodeBundle(anchors.map(anchor => anchor.certificate)) }
    })
}
