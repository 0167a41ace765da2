/** Pebble behind the facade, and a server whose certificate rounds replace. */
import { copyFile } from "node:fs/promises"
import path from "node:path"
import { parsePem } from "../../../../certs/x509/certificate.ts"
import { type AcmeOptions, AcmeSource } from "../../../../devs/edge/acme/acme-source.ts"
import { listenerSolver } from "../../../../devs/edge/acme/challenge-listener.ts"
import type { Parts } from "../../../../devs/edge/renewal/types.ts"
import { type Facade, startFacade } from "../../support/ca-facade.ts"
import { type Pebble, startPebble } from "../../support/pebble.ts"
import { certificateServer, deviceWith, edgeFolder, NAME, shakeHands } from "../../support/renewal-world.ts"
import type { MishapWorld } from "./mishap.ts"

/** For one response of the CA. */
const REQUEST_TIMEOUT_MS = 500

export interface CaWorld extends MishapWorld {
    pebble: Pebble
    facade: Facade
    /** roots for the CA's HTTPS */
    caFile: string
    /** key of the account */
    accountFile: string
    /** A source at this CA; by default it listens itself for challenges. */
    source(options?: Partial<AcmeOptions>): AcmeSource
    /** Lets everything go right again. */
    calm(): void
    stop(): Promise<void>
}

/** The CA's chain is E1 by Root A, which the one device trusts; it has no ARI. All by a clock of the world. */
export async function caWorld(): Promise<CaWorld> {
    let nowMs = Date.now()
    const now = () => new Date(nowMs)
    const pebble = await startPebble({ reusedAuthorizations: 100 })
    const facade = await startFacade(pebble, { now })
    const [folder, server] = [await edgeFolder(), await certificateServer()]
    const caFile = path.join(folder, "../ca.pem")
    await copyFile(pebble.caFile, caFile)
    const source = (options: Partial<AcmeOptions> = {}) =>
        new AcmeSource({
            directory: facade.directory,
            caFile,
            folder,
            email: "owner@example.org",
            solver: listenerSolver({ port: pebble.httpPort, host: "127.0.0.1" }),
            exchange: { pausesMs: [10, 20], requestTimeoutMs: REQUEST_TIMEOUT_MS },
            ...options,
        })
    const device = deviceWith("Kitchen", ...parsePem(await facade.maker.rootPem("Root A", now())))
    const calm = () => {
        facade.clearFaults()
        facade.isDown = false
        facade.asked.length = 0
        facade.chains = [{ intermediate: "E1", root: "Root A" }]
        delete facade.renewalInfo
        parts.sources = [source()]
    }
    const parts: Parts = {
        sources: [],
        target: server,
        devices: async () => [device],
        handshake: () => shakeHands(server),
        report: async () => undefined,
        now,
        wait: async () => undefined,
        random: () => 0.5,
        log: () => undefined,
    }
    calm()
    return {
        folder,
        options: { folder, names: [NAME], keyTypes: ["P-256"] },
        parts,
        pass: ms => (nowMs += ms),
        pebble,
        facade,
        caFile,
        accountFile: path.join(folder, `account-localhost-${facade.port}.json`),
        source,
        calm,
        async stop() {
            await facade.stop()
            await pebble.stop()
        },
    }
}
