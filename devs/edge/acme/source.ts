import type { AcmeSettings, SourceSettings } from "../renewal/settings.ts"
import type { Source } from "../renewal/types.ts"
import { readExternalAccount } from "./account.ts"
import { AcmeSource } from "./acme-source.ts"
import { CertbotSource } from "./certbot.ts"
import { CertbotLiveSource } from "./certbot-live.ts"
import type { ChallengeSolver } from "./challenge.ts"
import { listenerSolver } from "./challenge-listener.ts"
import { dnsHookSolver } from "./dns-hook.ts"
import { webrootSolver } from "./webroot.ts"

export interface SourceContext {
    /** the edge folder */
    folder: string
    /** for the CA's account */
    email?: string
    /** common name of the topmost issuer; certbot gives one chain, and this decides which */
    preferredChain?: string
    /** a listener that is open already; default: one that listens only while there is an order */
    listening?: ChallengeSolver
    /** called with what is not as wished, but no reason to fail: one sentence */
    warn: (text: string) => void
    /** called with what is good to know: one sentence */
    inform?: (text: string) => void
}

/** A source of edge.json. @throws AirpinError ACME_UNREACHABLE for an address that is not an https URL */
export function sourceOf(settings: SourceSettings, context: SourceContext): Source {
    if (settings.kind === "certbot-live") return new CertbotLiveSource(settings.folder)
    const roots = settings.ca === undefined ? {} : { caFile: settings.ca }
    if (settings.kind === "certbot") return new CertbotSource({ ...context, ...settings, ...roots })
    const { directory, profile, challenge, externalAccount } = settings
    return new AcmeSource({
        ...context,
        ...roots,
        directory,
        ...(profile !== undefined && { profile }),
        ...(externalAccount && { externalAccount: () => readExternalAccount(externalAccount, process.env) }),
        solver: solverOf(challenge, context),
    })
}

function solverOf(challenge: AcmeSettings["challenge"], { listening }: SourceContext): ChallengeSolver {
    switch (challenge.kind) {
        case "webroot":
            return webrootSolver(challenge.folder)
        case "listen":
            return listening ?? listenerSolver({ port: challenge.port })
        case "dns": {
            const { hook, waitSeconds } = challenge
            return dnsHookSolver({ command: hook, ...(waitSeconds !== undefined && { waitMs: waitSeconds * 1000 }) })
        }
    }
}
