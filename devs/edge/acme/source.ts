import { AirpinError } from "../../../certs/error.ts"
import type { AcmeSettings, SourceSettings } from "../renewal/settings.ts"
import type { Source } from "../renewal/types.ts"
import { AcmeSource } from "./acme-source.ts"
import type { ChallengeSolver } from "./challenge.ts"
import { listenerSolver } from "./challenge-listener.ts"
import { webrootSolver } from "./webroot.ts"

export interface SourceContext {
    /** the edge folder */
    folder: string
    /** for the CA's account */
    email?: string
    /** called with what is not as wished, but no reason to fail: one sentence */
    warn: (text: string) => void
}

/** A source of edge.json. @throws AirpinError ACME_UNREACHABLE for an address that is not an https URL */
export function sourceOf(settings: SourceSettings, context: SourceContext): Source {
    if (settings.kind === "certbot")
        throw new AirpinError("EDGE_SETTINGS_WRONG", "sources: certbot is not a source yet")
    const { directory, ca, profile, challenge } = settings
    return new AcmeSource({
        ...context,
        directory,
        ...(ca !== undefined && { caFile: ca }),
        ...(profile !== undefined && { profile }),
        solver: solverOf(challenge),
    })
}

function solverOf(challenge: AcmeSettings["challenge"]): ChallengeSolver {
    switch (challenge.kind) {
        case "webroot":
            return webrootSolver(challenge.folder)
        case "listen":
            return listenerSolver({ port: challenge.port })
        case "dns":
            throw new AirpinError("EDGE_SETTINGS_WRONG", "sources: dns is not a challenge yet")
    }
}
