/** An edge folder with a source, for the tests against pebble. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { type AcmeOptions, AcmeSource } from "../../../devs/edge/acme/acme-source.ts"
import { listenerSolver } from "../../../devs/edge/acme/challenge-listener.ts"
import type { Order } from "../../../devs/edge/renewal/types.ts"
import type { Facade } from "../support/ca-facade.ts"
import type { Pebble } from "../support/pebble.ts"

/** A folder that is removed after the suite. */
export async function temporaryFolder(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), "airpin-acme-"))
    after(() => rm(folder, { recursive: true, force: true }))
    return folder
}

/** A source at pebble or a facade, with short pauses; HTTP-01 by a listener of its own. */
export function sourceAt(
    pebble: Pebble,
    ca: Pick<Pebble | Facade, "directory">,
    folder: string,
    options: Partial<AcmeOptions> = {},
): AcmeSource {
    return new AcmeSource({
        directory: ca.directory,
        caFile: pebble.caFile,
        folder,
        email: "owner@example.org",
        solver: listenerSolver({ port: pebble.httpPort, host: "127.0.0.1" }),
        exchange: { pausesMs: [10, 20], requestTimeoutMs: 10_000 },
        ...options,
    })
}

export const ORDER: Order = { names: ["air.test"], keyType: "P-256" }
