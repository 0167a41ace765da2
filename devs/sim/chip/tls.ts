/**
 * A TLS client that offers what the chip offers and trusts what the chip
 * trusts: `deviceAccepts` alone decides on the certificates, before any byte of
 * them reaches the TLS engine.
 */
import { constants } from "node:crypto"
import { isIP } from "node:net"
import { Duplex } from "node:stream"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { chipOffer, keyExchangeOf } from "../../../certs/chip/offer.ts"
import { ServerFlight } from "../../../certs/chip/server-flight.ts"
import { deviceAccepts } from "../../../certs/device.ts"

/** The chip would abort the handshake here. */
export class HandshakeRefused extends Error {
    override readonly name = "HandshakeRefused"
    /** mbedTLS's error code, like "-0x3000" */
    readonly error: string
    /** true if the certificates were the reason, not the TLS protocol */
    readonly untrusted: boolean

    constructor(error: string, reason: string, untrusted: boolean) {
        super(reason)
        this.error = error
        this.untrusted = untrusted
    }
}

/** What the chip reports if the peer aborts the handshake with an alert. */
const FATAL_ALERT = "-0x7780"

/**
 * The TLS handshake of the chip over a connected TCP socket.
 *
 * @param tcp destroyed if the handshake is refused
 * @param bundle the certificate bundle's bytes, as flashed
 * @param onAccepted called with the accepted certificates, DER, in the order sent
 * @throws HandshakeRefused
 */
export function chipHandshake(
    tcp: Duplex,
    serverName: string,
    bundle: Uint8Array,
    onAccepted: (chain: Buffer[]) => void = () => undefined,
): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
        const guard = new CertificateGuard(tcp, (chain, suite) => {
            judge(chain, suite, bundle, serverName)
            onAccepted(chain)
        })
        const engine = connectTls({
            socket: guard,
            ...(isIP(serverName) ? {} : { servername: serverName }),
            minVersion: "TLSv1.2",
            maxVersion: "TLSv1.2",
            ciphers: chipOffer.ciphers,
            ecdhCurve: chipOffer.groups,
            sigalgs: chipOffer.signatureAlgorithms,
            secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
            // OpenSSL's rules are not the chip's: the guard has already decided when this engine sees a certificate.
            rejectUnauthorized: false,
        })
        const fail = (error: Error) => {
            tcp.destroy()
            engine.destroy()
            reject(error instanceof HandshakeRefused ? error : new HandshakeRefused(FATAL_ALERT, error.message, false))
        }
        engine.once("error", fail)
        guard.once("error", fail)
        const closed = () => fail(new Error("the server closed the connection"))
        guard.once("close", closed)
        engine.once("secureConnect", () => {
            if (!guard.approved) return fail(new Error("the server presented no certificate"))
            guard.off("error", fail).off("close", closed)
            engine.off("error", fail)
            resolve(engine)
        })
    })
}

function judge(chain: Buffer[], suite: number, bundle: Uint8Array, serverName: string): void {
    const verdict = deviceAccepts(chain, bundle, serverName, keyExchangeOf(suite))
    if (!verdict.accepted) throw new HandshakeRefused(verdict.error ?? "-0x3000", verdict.reason, true)
}

/** Passes bytes both ways, but holds back the server's until its certificates are approved. */
class CertificateGuard extends Duplex {
    approved = false
    readonly #tcp: Duplex
    readonly #judge: (chain: Buffer[], suite: number) => void
    readonly #flight = new ServerFlight()
    #held: Buffer[] | undefined = []

    constructor(tcp: Duplex, judge: (chain: Buffer[], suite: number) => void) {
        super()
        this.on("error", () => undefined)
        this.#tcp = tcp
        this.#judge = judge
        tcp.on("data", bytes => this.#receive(bytes))
        tcp.once("end", () => this.push(null))
        tcp.once("error", error => this.destroy(error))
        tcp.once("close", () => this.destroy())
    }

    #receive(bytes: Buffer): void {
        if (!this.#held) return void this.push(bytes)
        this.#held.push(bytes)
        try {
            if (this.#decide(bytes)) this.#release()
        } catch (refusal) {
            this.destroy(refusal instanceof Error ? refusal : new Error(String(refusal)))
        }
    }

    /** True once nothing more is to be judged. @throws HandshakeRefused for what the chip refuses */
    #decide(bytes: Buffer): boolean {
        const flight = this.#flight.push(bytes)
        if (flight.state === "refused") throw new HandshakeRefused(flight.error, flight.reason, false)
        if (flight.state === "certificates") {
            this.#judge(flight.chain, flight.suite)
            this.approved = true
        }
        return flight.state !== "reading"
    }

    #release(): void {
        const held = this.#held ?? []
        this.#held = undefined
        for (const bytes of held) this.push(bytes)
    }

    override _read(): void {
        this.#tcp.resume()
    }

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
        this.#tcp.write(chunk, done)
    }

    override _final(done: () => void): void {
        this.#tcp.end(done)
    }

    override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
        this.#tcp.destroy()
        done(error)
    }
}
