/** Runs the certbot of the machine, with folders of its own: nothing in /etc/letsencrypt is read or changed. */
import { readFile, rm } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from "../../../certs/replace-file.ts"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { LETS_ENCRYPT } from "../renewal/settings.ts"
import type { Issued, Order, RenewalInfo, Source } from "../renewal/types.ts"
import { type CommandOutcome, runCommand } from "../run-command.ts"
import { chainLabel } from "./chains.ts"
import type { CaConnection } from "./connection.ts"
import { renewalInfoAt } from "./renewal-info.ts"
import { SECRET_VARIABLES } from "./secret-variables.ts"

/** of certbot's own files: one of its certificates, kept only until it is read */
const LINEAGE = "airpin"
/** certbot waits 90 s for an order; Python starts slowly on small machines */
const DEFAULT_TIMEOUT_MS = 300_000
const VERSION_TIMEOUT_MS = 60_000
/** first version with --required-profile */
const FIRST_WITH_PROFILES = 4

export interface CertbotOptions extends CaConnection {
    /** default "certbot", on the PATH */
    program?: string
    /** URL of the CA's directory; default: Let's Encrypt */
    directory?: string
    /** the edge folder: certbot's account and logs are kept in its folder certbot */
    folder: string
    /** default: none */
    email?: string
    /** the web server shows its `.well-known/acme-challenge` */
    webroot: string
    /** common name of the topmost issuer */
    preferredChain?: string
    /** what rounds order from it; certbot 4.0 and newer */
    profile?: string
    timeoutMs?: number
}

/** `certbot certonly --webroot`, version 2.1 and newer. */
export class CertbotSource implements Source {
    readonly name = "certbot"
    readonly profile?: string
    readonly #options: CertbotOptions

    constructor(options: CertbotOptions) {
        if (options.profile !== undefined) this.profile = options.profile
        this.#options = options
    }

    /** Asks the CA: certbot before 4.1 has no ARI. @throws SourceError ACME_… */
    renewalInfo(leaf: Certificate): Promise<RenewalInfo | undefined> {
        return renewalInfoAt({ directory: LETS_ENCRYPT, ...this.#options }, leaf)
    }

    /**
     * Obtains a certificate with a new key. certbot gives one chain, the preferred one.
     *
     * @throws AirpinError CERTBOT_MISSING, CERTBOT_FAILED, ACME_RATE_LIMITED, ACME_PROFILE_UNKNOWN
     */
    async issue(order: Order): Promise<Issued> {
        const own = path.join(this.#options.folder, "certbot")
        const configuration = path.join(own, "config")
        if (order.profile !== undefined) await this.#requireProfiles(order.profile)
        for (const folder of [own, configuration]) await makePrivateFolder(folder)
        // instead of /etc/letsencrypt/cli.ini: its options are for other certificates
        await replaceFile(own, "cli.ini", "max-log-backups = 10\n", PRIVATE_MODE)
        await removeLineage(configuration)
        try {
            await this.#run(certonly(this.#options, own, order))
            const live = path.join(configuration, "live", LINEAGE)
            return await readLineage(live, order.keyType)
        } finally {
            await removeLineage(configuration) // its private key is kept in one place only
        }
    }

    async #requireProfiles(profile: string): Promise<void> {
        const { output } = await this.#run(["--version"], VERSION_TIMEOUT_MS)
        const major = Number(/certbot (\d+)\./.exec(output)?.[1] ?? 0)
        if (major >= FIRST_WITH_PROFILES) return
        throw new AirpinError("ACME_PROFILE_UNKNOWN", `${output} cannot ask for the profile ${JSON.stringify(profile)}`)
    }

    async #run(args: string[], timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS): Promise<CommandOutcome> {
        const { program = "certbot", caFile } = this.#options
        const roots = caFile === undefined ? {} : { REQUESTS_CA_BUNDLE: path.resolve(caFile) }
        const env = { ...SECRET_VARIABLES, ...roots, LC_ALL: "C.UTF-8" }
        const outcome = await runCommand([program, ...args], { timeoutMs, env })
        if (outcome.code === 0) return outcome
        if (outcome.missing) throw new AirpinError("CERTBOT_MISSING", `there is no program ${program}`)
        const log = path.join(this.#options.folder, "certbot", "logs", "letsencrypt.log")
        throw certbotError(outcome, timeoutMs, await readFile(log, "utf8").catch(() => ""))
    }
}

function certonly(options: CertbotOptions, own: string, order: Order): string[] {
    const { directory = LETS_ENCRYPT, email, webroot, preferredChain } = options
    const folders = [
        ["--config", "cli.ini"],
        ["--config-dir", "config"],
        ["--work-dir", "work"],
        ["--logs-dir", "logs"],
    ].flatMap(([option = "", name = ""]) => [option, path.join(own, name)])
    return [
        "certonly",
        "--non-interactive",
        "--agree-tos",
        ...folders,
        ...["--server", directory, "--cert-name", LINEAGE],
        ...["--webroot", "--webroot-path", webroot],
        ...(email === undefined ? ["--register-unsafely-without-email"] : ["--email", email, "--no-eff-email"]),
        ...KEY_OPTIONS[order.keyType],
        ...(preferredChain === undefined ? [] : ["--preferred-chain", preferredChain]),
        ...(order.profile === undefined ? [] : ["--required-profile", order.profile]),
        ...order.names.flatMap(name => ["--domain", name]),
    ]
}

const KEY_OPTIONS: Record<KeyType, string[]> = {
    "P-256": ["--key-type", "ecdsa", "--elliptic-curve", "secp256r1"],
    "P-384": ["--key-type", "ecdsa", "--elliptic-curve", "secp384r1"],
    "RSA-2048": ["--key-type", "rsa", "--rsa-key-size", "2048"],
}

/** The certificate in a folder as certbot's `live/NAME`. */
export async function readLineage(live: string, keyType: KeyType): Promise<Issued> {
    const pem = await readFile(path.join(live, "fullchain.pem"), "utf8")
    const keyPem = await readFile(path.join(live, "privkey.pem"), "utf8")
    return { keyPem, keyType, chains: [{ pem, label: chainLabel("default", parsePem(pem)) }] }
}

/** All but the account. */
async function removeLineage(configuration: string): Promise<void> {
    for (const name of ["archive", "csr", "keys", "live", "renewal"])
        await rm(path.join(configuration, name), { recursive: true, force: true })
}

/** longest text of certbot in a message, in characters */
const MAX_TEXT = 600

function certbotError({ output, timedOut }: CommandOutcome, timeoutMs: number, log: string): AirpinError {
    if (timedOut) return new AirpinError("CERTBOT_FAILED", `certbot did not end within ${timeoutMs / 1000} s`)
    const problem = [...log.matchAll(PROBLEM)].at(-1)
    const text = CA_DETAIL.test(output) || !problem ? summary(output) : `${problem[2]} (${problem[1]})`
    const code = problem?.[1] === "rateLimited" ? "ACME_RATE_LIMITED" : "CERTBOT_FAILED"
    return new AirpinError(code, `certbot: ${text.slice(0, MAX_TEXT)}`)
}

/** In the log, the type of a problem and its text: with Python 3.11, certbot 2.1 prints "can't set attribute" instead. */
const PROBLEM = /^acme\.messages\.Error: urn:ietf:params:acme:error:(\w+) :: (.*)$/gm
/** In the output, what the CA says about a name. */
const CA_DETAIL = /^\s*Domain: (\S+)\n\s*Type: .*\n\s*Detail: (.*)$/m

/** What certbot prints around the reason, whatever it is. */
const NOISE = /^(Saving debug log|Plugins selected|Requesting a cert|Account registered|Ask for help|Hint:|\s*$)/

/** The CA's detail for each name, or what is left of the output without what certbot always prints. */
export function summary(output: string): string {
    const details = [...output.matchAll(new RegExp(CA_DETAIL, "gm"))]
    if (details.length > 0) return details.map(([, name, detail]) => `${name}: ${detail}`).join("; ")
    const lines = output.split("\n").filter(line => !NOISE.test(line))
    return lines.map(line => line.trim()).join(" ") || "it gave no reason"
}
