/** What ends TLS in front of the API. */
import { type EdgeStatus, parseEdgeStatus } from "../../../../certs/edge-status.ts"
import type { KeyType } from "../../../../certs/x509/issue.ts"
import type { TrialWorld } from "../trial-world.ts"

/** Who obtains certificates: airpin's own client, or certbot. */
export const sourceNames = ["own client", "certbot"] as const
export type SourceName = (typeof sourceNames)[number]

export interface FrontKind {
    name: string
    /** programs that it needs, beside pebble's */
    programs: string[]
    sources: readonly SourceName[]
    /**
     * From an empty folder to a server that listens, with a placeholder: the API, the configuration as airpin writes it,
     * the program.
     */
    start(world: TrialWorld, source: SourceName): Promise<Front>
}

/** What a round did. */
export interface Round {
    /** exit code of `airpin renew` */
    exit: number
    status: EdgeStatus
}

export interface Front {
    /** From now on, certificates have this type of key; absent where it cannot be chosen. */
    useKeyType?(keyType: KeyType): Promise<void>
    /** Renews now. */
    renew(): Promise<Round>
}

/** The exit codes of `airpin renew` that come with a status. */
const ROUND_EXITS = [0, 1, 10, 20]

/** `airpin renew --force`. */
export async function forceRound({ airpin, edgeFolder }: TrialWorld): Promise<Round> {
    const { code, stdout } = await airpin(["--json", "renew", "--force", "--folder", edgeFolder], ROUND_EXITS)
    return { exit: code, status: parseEdgeStatus(stdout) }
}

/** Options of `airpin edge …` that are the same for every front. */
export const siteOptions = ({ edgeFolder, httpPort, httpsPort, facade, pebble, database }: TrialWorld): string[] => [
    ...["--email", "owner@example.org", "--folder", edgeFolder, "--address", "127.0.0.1"],
    ...["--http-port", `${httpPort}`, "--https-port", `${httpsPort}`],
    ...["--acme-server", facade.directory, "--acme-ca", pebble.caFile, "--db", database],
]

/**
 * A front measures idle connections in real time, which passes `speed` times more slowly than the device's. So these
 * durations are divided by it.
 */
export function scaleDurations(text: string, names: readonly string[], { speed, scalesFront }: TrialWorld): string {
    if (!scalesFront) return text
    return names.reduce((scaled, name) => {
        const found = new RegExp(`^( *${name} )(\\d+)s`, "m").exec(scaled)
        if (!found) throw new Error(`the configuration has no ${name} in seconds`)
        const ms = Math.max(1, Math.round((Number(found[2]) * 1000) / speed))
        return scaled.replace(found[0], `${found[1]}${ms}ms`)
    }, text)
}
