/** Why a server refuses the chip's offer: what it chooses when OpenSSL offers all that it has. */
import { isOfferedSuite } from "../chip/offer.ts"
import { AirpinError } from "../error.ts"
import { type PullOptions, runSClient } from "./s-client.ts"
import { lastReason, readChoice, type ServerChoice } from "./s-client-output.ts"

/** DEVICE_HANDSHAKE_FAILED; `why` is the reason, a clause for people. */
export function deviceCannotConnect(endpoint: string, why: string, nextStep?: string): AirpinError {
    return new AirpinError("DEVICE_HANDSHAKE_FAILED", `${endpoint}: devices cannot connect: ${why}`, nextStep)
}

/**
 * The error for a handshake that the server, or OpenSSL for the chip, ended. Tries what the server does with a client
 * of TLS 1.2 that offers everything, and with one of TLS 1.3.
 *
 * @param refused the run of s_client with the chip's offer, and what it says: TLS_REFUSED, or NO_TLS, since some servers
 * close the connection without an alert
 */
export async function explainRefusal(
    options: PullOptions,
    refused: { stderr: string; endpoint: string; error: AirpinError },
): Promise<AirpinError> {
    const { endpoint, error } = refused
    const ended = error.code === "NO_TLS" ? "it closes the connection" : lastReason(refused.stderr)
    const choice = readChoice((await runSClient(options, EVERYTHING_OF_TLS_1_2)).stdout)
    if (choice) {
        const { whys, nextStep } = mismatches(choice)
        const why = whys.length > 0 ? `with TLS 1.2 the server ${whys.join(" and ")}` : chosenText(choice)
        return deviceCannotConnect(endpoint, `${why} (${ended})`, nextStep)
    }
    const newer = readChoice((await runSClient(options, ["-tls1_3"])).stdout)
    if (newer)
        return deviceCannotConnect(
            endpoint,
            `the server speaks TLS 1.3 only, the chip TLS 1.2 only (${ended})`,
            "enable TLS 1.2 on the server, beside TLS 1.3",
        )
    if (error.code === "NO_TLS") return error
    return deviceCannotConnect(endpoint, `the server also refuses all that OpenSSL offers (${ended})`, error.nextStep)
}

const EVERYTHING_OF_TLS_1_2 = ["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"]

const chosenText = ({ suite }: ServerChoice) =>
    `the server refuses the chip's offer, though it chooses ${suite} from a larger one`

/** OpenSSL's names for the groups of the chip's offer, as it prints them */
const GROUPS = /^(?:X25519|ECDH, (?:prime256v1|secp(?:256|384|521)r1|P-(?:256|384|521)|brainpoolP(?:256|384|512)r1))$/
/** OpenSSL's names for the signatures of the chip's offer, as it prints them */
const SIGNATURES = /^(?:RSA|ECDSA) and SHA(?:256|384|512)$/i

/** What the chip does not offer of the server's choice, and what to enable instead of the first of it. */
function mismatches({ suite, group, signature }: ServerChoice): { whys: string[]; nextStep?: string } {
    const key = suite.includes("ECDSA") ? "ECDSA" : "RSA"
    const found: [why: string, nextStep: string][] = []
    if (!isOfferedSuite(suite))
        found.push([
            `chooses ${suite}, which the chip does not offer`,
            `enable an AES-GCM suite of TLS 1.2 too, for example ECDHE-${key}-AES128-GCM-SHA256`,
        ])
    if (group && !group.startsWith("DH") && !GROUPS.test(group))
        found.push([`agrees on keys with ${group}, which the chip does not offer`, "enable X25519 or P-256 too"])
    if (signature && !SIGNATURES.test(signature))
        found.push([
            `signs with ${signature}, which the chip does not offer`,
            "enable ecdsa_secp256r1_sha256 or rsa_pkcs1_sha256 too, and give the server an ECDSA or RSA key",
        ])
    const [first] = found
    return { whys: found.map(([why]) => why), ...(first && { nextStep: first[1] }) }
}
