/** The handshake that the chip would have with a server: openssl s_client offers exactly what the chip offers. */
import { chipOffer, keyExchangeOf } from "../chip/offer.ts"
import { hasSplitMessage, ServerFlight } from "../chip/server-flight.ts"
import type { KeyExchange } from "../chip/verification.ts"
import { AirpinError } from "../error.ts"
import { type Certificate, parseCertificate } from "../x509/certificate.ts"
import { deviceCannotConnect, explainRefusal } from "./handshake-refusal.ts"
import { type PullOptions, runSClient, type SClientRun } from "./s-client.ts"
import { asksForClientCertificate, isFinished, serverMessages, serverRecords } from "./s-client-messages.ts"
import { explainFailure, isOptionUnknown, timedOut, tooLarge } from "./s-client-output.ts"

/** What a server sends the chip. */
export interface ChipHandshake {
    /** in the order sent, not yet verified */
    chain: Certificate[]
    keyExchange: KeyExchange
}

export interface ChipPullOptions extends PullOptions {
    /** only suites with this kind of certificate, for a server that has both; default: all, of which servers take ECDSA */
    authentication?: "ECDSA" | "RSA"
}

/**
 * What the server sends the chip in a handshake that comes about.
 *
 * @throws AirpinError as `pullChain`, and DEVICE_HANDSHAKE_FAILED with the reason, OPENSSL_UNSUITABLE
 */
export async function pullAsChip(options: ChipPullOptions): Promise<ChipHandshake> {
    const output = await runWithChipOffer(options)
    const { stdout, endpoint } = output
    const flight = readFlight(stdout)
    if (flight.split) throw deviceCannotConnect(endpoint, flight.split, SEND_LARGER_RECORDS)
    if (flight.handshake && isFinished(stdout)) return flight.handshake
    if (flight.handshake && asksForClientCertificate(stdout)) throw clientCertificateRequired(endpoint)
    throw await explain(options, output)
}

async function runWithChipOffer({ authentication, ...options }: ChipPullOptions): Promise<SClientRun> {
    const ciphers = ciphersWith(authentication)
    const output = await runSClient(options, argumentsFor(ciphers, chipOffer.groups))
    if (!isOptionUnknown(output.stderr)) return output
    // some distributions remove the brainpool curves from OpenSSL; hardly a server has nothing else
    const groups = chipOffer.groups.split(":").filter(name => !name.startsWith("brainpool"))
    const second = await runSClient(options, argumentsFor(ciphers, groups.join(":")))
    if (isOptionUnknown(second.stderr)) throw unsuitable(second.stderr)
    return second
}

function ciphersWith(authentication: ChipPullOptions["authentication"]): string {
    const { ciphers } = chipOffer
    return authentication === undefined ? ciphers : `${ciphers}:!${authentication === "RSA" ? "aECDSA" : "aRSA"}`
}

function argumentsFor(ciphers: string, groups: string): string[] {
    const { signatureAlgorithms } = chipOffer
    const offer = ["-tls1_2", "-cipher", ciphers, "-groups", groups, "-sigalgs", signatureAlgorithms]
    return [...offer, "-legacy_server_connect", "-msg"] // mbedTLS connects to servers without RFC 5746 too
}

/** RFC 5246 6.2.1: the plaintext of a record */
const MAX_MESSAGE_BYTES = 16384

interface Flight {
    /** present when the certificates came */
    handshake?: ChipHandshake
    /** present when the chip would not reassemble a message */
    split?: string
}

function readFlight(stdout: string): Flight {
    const records = serverRecords(stdout)
    const largest = Math.max(0, ...serverMessages(stdout).map(({ length }) => length))
    const state = new ServerFlight().push(records)
    if (state.state === "refused" || hasSplitMessage(records))
        return { split: largest > MAX_MESSAGE_BYTES ? messageTooLong(largest) : MESSAGE_SPLIT }
    if (state.state !== "certificates") return {}
    const chain = state.chain.map(der => parseCertificate(der))
    return { handshake: { chain, keyExchange: keyExchangeOf(state.suite) } }
}

const MESSAGE_SPLIT =
    "the server splits a handshake message over several TLS records, which the chip does not reassemble (-0x7080)"
const messageTooLong = (bytes: number) =>
    `the server sends a handshake message of ${bytes} bytes, more than the ${MAX_MESSAGE_BYTES} of one TLS record, and the chip does not reassemble it (-0x7080)`
const SEND_LARGER_RECORDS =
    "have the server send larger TLS records (OpenSSL max_send_fragment, HAProxy tune.ssl.maxrecord), or fewer certificates: each message must fit into one record"

function clientCertificateRequired(endpoint: string): AirpinError {
    return deviceCannotConnect(
        endpoint,
        "the server asks for a client certificate and ends the handshake without one; devices have none",
        "do not require client certificates at the API's address; devices identify themselves by their tokens",
    )
}

async function explain(options: PullOptions, { stopped, ...output }: SClientRun): Promise<AirpinError> {
    if (stopped?.by === "size") return tooLarge(output.endpoint, stopped.text)
    if (stopped?.by === "time") return timedOut(output.endpoint, stopped.text)
    const error = explainFailure(output)
    const isRefusal = error.code === "TLS_REFUSED" || error.code === "NO_TLS"
    return isRefusal ? explainRefusal(options, { ...output, error }) : error
}

function unsuitable(stderr: string): AirpinError {
    const [line = ""] = stderr.split("\n")
    return new AirpinError("OPENSSL_UNSUITABLE", `this openssl cannot offer what the chip offers: ${line.trim()}`)
}
