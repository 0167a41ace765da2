/** A CA with several roots, a server whose certificate can be replaced, and devices: what a round works with. */
import { createPublicKey, type KeyObject } from "node:crypto"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { type Certificate, toPem } from "../../../certs/x509/certificate.ts"
import { encodeName, generateKey, issueCertificate, type KeyType } from "../../../certs/x509/issue.ts"
import type { RoundOptions } from "../../../devs/edge/renewal/round-context.ts"
import type {
    DevicePins,
    Issued,
    Order,
    Parts,
    RenewalInfo,
    ServedFiles,
    Source,
    Target,
} from "../../../devs/edge/renewal/types.ts"

export const NAME = "air.example.org"
export const DAY_MS = 24 * 3600 * 1000
export const START = new Date("2027-01-01T00:00:00Z")

/** A CA's name and key; `certificate` is self-signed. */
export interface Authority {
    nameDer: Buffer
    privateKey: KeyObject
    certificate: Certificate
}

export async function authority(commonName: string): Promise<Authority> {
    const own = { nameDer: encodeName(commonName), privateKey: await generateKey("P-256") }
    return { ...own, certificate: certify(own, own) }
}

/** The certificate of `own` by `issuer`, valid for ten years around START. */
export function certify(
    own: Omit<Authority, "certificate">,
    issuer: Omit<Authority, "certificate">,
    notAfter = new Date(START.getTime() + 3650 * DAY_MS),
): Certificate {
    return issueCertificate({
        subjectDer: own.nameDer,
        publicKey: createPublicKey(own.privateKey),
        issuer,
        purpose: { kind: "ca" },
        notBefore: new Date(START.getTime() - 365 * DAY_MS),
        notAfter,
    })
}

/** How a source issues; may be changed between rounds. */
export interface Issuance {
    intermediate: Authority
    /** the chains after the leaf, the CA's default first */
    above: { label: string; certificates: Certificate[] }[]
    lifetimeMs: number
    info?: RenewalInfo
    /** thrown instead of issuing */
    error?: Error
    /** called with each order */
    orders: Order[]
    /** changes what was issued */
    damage?(issued: Issued): Issued
}

export function sourceOf(name: string, issuance: Issuance, now: () => Date): Source {
    return {
        name,
        renewalInfo: async () => issuance.info,
        issue: async order => {
            issuance.orders.push(order)
            if (issuance.error) throw issuance.error
            const issued = await issue(issuance, order, now())
            return issuance.damage?.(issued) ?? issued
        },
    }
}

async function issue({ intermediate, above, lifetimeMs }: Issuance, order: Order, now: Date): Promise<Issued> {
    const key = await generateKey(order.keyType)
    const leaf = issueCertificate({
        subjectDer: encodeName(order.names[0]!),
        publicKey: createPublicKey(key),
        issuer: intermediate,
        purpose: { kind: "server", names: order.names },
        notBefore: new Date(now.getTime() - 3600 * 1000),
        notAfter: new Date(now.getTime() - 3600 * 1000 + lifetimeMs),
    })
    return {
        keyPem: key.export({ type: "pkcs8", format: "pem" }) as string,
        keyType: order.keyType,
        chains: above.map(({ label, certificates }) => ({ label, pem: [leaf, ...certificates].map(toPem).join("") })),
    }
}

/** A server on loopback that serves the files it was last given. */
export interface CertificateServer extends Target {
    port: number
    /** how often it was activated */
    activations: number
    /** ignores what it is given, as a server whose reload does nothing */
    deaf: boolean
    /** thrown at the next activations */
    error: Error | undefined
}

export async function certificateServer(): Promise<CertificateServer> {
    let server: Server | undefined
    after(() => server?.close())
    const own: CertificateServer = {
        name: "test server",
        port: 0,
        activations: 0,
        deaf: false,
        error: undefined,
        activate: async (files: ServedFiles) => {
            own.activations++
            if (own.error) throw own.error
            if (own.deaf) return
            const context = { cert: await readFile(files.chain), key: await readFile(files.key) }
            if (server) server.setSecureContext(context)
            else {
                server = createServer(context, (_request, response) => response.end("fine"))
                await new Promise<void>(resolve => server?.listen(0, "127.0.0.1", resolve))
                own.port = (server.address() as AddressInfo).port
            }
        },
    }
    return own
}

/** What the server presents a device. */
export const shakeHands = ({ port }: { port: number }) =>
    pullAsChip({ host: "127.0.0.1", port: port || 1, serverName: NAME })

export const deviceWith = (name: string, ...anchors: Certificate[]): DevicePins => ({
    id: name.toLowerCase(),
    name,
    ...(anchors.length > 0 && { bundle: encodeBundle(anchors) }),
})

/** Everything a round needs, with a virtual clock. */
export interface World {
    folder: string
    options: RoundOptions
    parts: Parts
    server: CertificateServer
    issuance: Issuance
    rootA: Authority
    rootB: Authority
    devices: DevicePins[]
    reported: EdgeStatus[]
    clock: { now: Date }
    pass(ms: number): void
}

/** Root A with one intermediate; root B, which A has cross-signed; a device that trusts A. */
export async function renewalWorld(keyTypes: KeyType[] = ["P-256"]): Promise<World> {
    const [rootA, rootB, intermediate] = [await authority("Root A"), await authority("Root B"), await authority("E1")]
    const folder = await edgeFolder()
    const clock = { now: START }
    const issuance: Issuance = {
        intermediate,
        above: [{ label: "default (Root A)", certificates: [certify(intermediate, rootA)] }],
        lifetimeMs: 90 * DAY_MS,
        orders: [],
    }
    const server = await certificateServer()
    const devices = [deviceWith("Kitchen", rootA.certificate)]
    const reported: EdgeStatus[] = []
    const parts: Parts = {
        sources: [sourceOf("ca.test", issuance, () => clock.now)],
        target: server,
        devices: async () => devices,
        handshake: () => shakeHands(server),
        report: async status => void reported.push(status),
        now: () => clock.now,
        wait: async () => undefined,
        random: () => 0.5,
        log: () => undefined,
    }
    const options = { folder, names: [NAME], keyTypes }
    const pass = (ms: number) => (clock.now = new Date(clock.now.getTime() + ms))
    return { folder, options, parts, server, issuance, rootA, rootB, devices, reported, clock, pass }
}

/** An empty edge folder, removed after the suite. */
export async function edgeFolder(): Promise<string> {
    const parent = await mkdtemp(path.join(tmpdir(), "airpin-edge-"))
    after(() => rm(parent, { recursive: true, force: true }))
    const folder = path.join(parent, "edge")
    await mkdir(folder)
    return folder
}
