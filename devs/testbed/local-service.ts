/**
 * A whole service on this machine: a throw-away CA, the API over HTTPS, and
 * the pins a device needs to trust it, pulled from the running server the way
 * a user would pull them.
 */
import path from "node:path"
import type { Duplex } from "node:stream"
import { connect } from "node:tls"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { type Anchor, chooseAnchors } from "../../certs/choose-anchors.ts"
import { type LocalCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { writeLock } from "../../certs/lock.ts"
import { pullChain } from "../../certs/pull-chain.ts"
import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"
import { buildApp } from "../api/app.ts"
import { addDevice } from "../api/device-registry.ts"
import { serve } from "../api/server.ts"
import { type Device, openStore, type Store } from "../api/store/store.ts"

const HOST = "localhost"

export interface LocalServiceOptions {
    /** holds the CA and the pins; created when missing */
    directory: string
    /** in memory when absent */
    databaseDirectory?: string
    /** the clock of the API, ms since the epoch */
    now(): number
}

export interface LocalService {
    url: string
    /** the chain as openssl s_client saw it, in the order sent */
    chain: Certificate[]
    anchors: Anchor[]
    bundle: Buffer
    authority: LocalCa
    store: Store
    /** registers a device and returns its bearer token */
    tokenFor(id: string): string
    /** a registered device, with what it reported lost */
    device(id: string): Device
    /** a new connection to the API, in plaintext once TLS is done */
    connect(): Duplex
    close(): Promise<void>
}

/** Starts everything; resolves when devices may come. */
export async function startLocalService(options: LocalServiceOptions): Promise<LocalService> {
    const { directory, databaseDirectory, now } = options
    const authority = await openOrCreateLocalCa(path.join(directory, "ca"))
    const { keyPem, chainPem } = authority.server
    const store = openStore(databaseDirectory ? path.join(databaseDirectory, "readings.db") : ":memory:")
    const app = buildApp({ store, now })
    const server = await serve({ app, host: HOST, port: 0, keyPem, certPem: chainPem })
    const chain = await pullChain({ host: HOST, port: server.port })
    const anchors = chooseAnchors(chain, { serverName: HOST, roots: parsePem(authority.rootPem), now: new Date() })
    await writeLock(path.join(directory, "pinned"), anchors, `${HOST}:${server.port}`)
    return {
        url: `https://${HOST}:${server.port}`,
        chain,
        anchors,
        bundle: encodeBundle(anchors.map(anchor => anchor.certificate)),
        authority,
        store,
        tokenFor: id => addDevice(store, { id, createdAt: Math.floor(now() / 1000) }).token,
        device: id => store.device(id)!,
        connect: () => connect({ host: HOST, port: server.port, ca: authority.rootPem }),
        close: async () => {
            await server.close()
            store.close()
        },
    }
}
