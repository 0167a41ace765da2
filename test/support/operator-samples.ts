/**
 * Two CA operators of one build: Let's Encrypt, whose published certificates stand in ../shared/data on some machines
 * only, and a made-up one for every clone. Two generations of roots (X1 and X2; YE and YR), cross-signed, each with
 * RSA and ECDSA; intermediates of both; cross-signs that were replaced or have expired.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { type Operator, operators } from "../../certs/operators.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { type Certificate, parseCertificate, toPem } from "../../certs/x509/certificate.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { ca, dn, ec, type KeyPair, mint, rsa, schemes, spkiOf, tlv } from "./mint.ts"

/** What a test may know of an operator; files have the names of Let's Encrypt's in ../shared/data. */
export interface OperatorSample {
    title: string
    /** the folder of its certificates; absent where this machine does not have them */
    folder(): string | undefined
    /** its row in a table of operators; roots in the order X1, X2, YE, YR */
    operator(): Operator
    /** the public roots, X1 and X2 among them; absent: Node's own */
    nodeRoots(): Certificate[] | undefined
    /** common names of the roots */
    commonNames: { x1: string; x2: string; ye: string; yr: string }
    /** subjects of the roots */
    subjects: { x1: string; x2: string; ye: string; yr: string }
    /** types and sizes of keys: X1, YE, the intermediate YR1 */
    keys: [x1: string, ye: string, yr1: string]
    /** where the roots are published */
    urls: { x1: string; x2: string; ye: string; yr: string }
}

const LETS_ENCRYPT_FOLDER = path.join(projectDirectory, "../shared/data/letsencrypt")

const letsEncrypt: OperatorSample = {
    title: "Let's Encrypt",
    folder: () => (existsSync(LETS_ENCRYPT_FOLDER) ? LETS_ENCRYPT_FOLDER : undefined),
    operator: () => operators.find(({ name }) => name === "Let's Encrypt")!,
    nodeRoots: () => undefined,
    commonNames: { x1: "ISRG Root X1", x2: "ISRG Root X2", ye: "Root YE", yr: "Root YR" },
    subjects: {
        x1: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
        x2: "CN=ISRG Root X2, O=Internet Security Research Group, C=US",
        ye: "CN=Root YE, O=ISRG, C=US",
        yr: "CN=Root YR, O=ISRG, C=US",
    },
    keys: ["RSA 4096", "ECDSA P-384", "RSA 2048"],
    urls: {
        x1: "https://letsencrypt.org/certs/isrgrootx1.pem",
        x2: "https://letsencrypt.org/certs/isrg-root-x2.pem",
        ye: "https://letsencrypt.org/certs/gen-y/root-ye.pem",
        yr: "https://letsencrypt.org/certs/gen-y/root-yr.pem",
    },
}

/**
 * Name and kind of key of each CA. RSA of 3072 bits where Let's Encrypt has 4096: a key of 4096 takes
 * seconds to make.
 */
const CAS = {
    elder: { name: ["C=XX", "O=Elder Trust", "CN=Elder Root"], makeKey: () => rsa(2048) },
    x1: { name: ["C=XX", "O=Made-up Trust Group", "CN=Made-up Root X1"], makeKey: () => rsa(3072) },
    x2: { name: ["C=XX", "O=Made-up Trust Group", "CN=Made-up Root X2"], makeKey: () => ec("P-384") },
    ye: { name: ["C=XX", "O=MTG", "CN=Made-up Root YE"], makeKey: () => ec("P-384") },
    yr: { name: ["C=XX", "O=MTG", "CN=Made-up Root YR"], makeKey: () => rsa(3072) },
    ye1: { name: ["C=XX", "O=Made-up CA", "CN=YE1"], makeKey: () => ec("P-384") },
    ye2: { name: ["C=XX", "O=Made-up CA", "CN=YE2"], makeKey: () => ec("P-384") },
    yr1: { name: ["C=XX", "O=Made-up CA", "CN=YR1"], makeKey: () => rsa(2048) },
    yr2: { name: ["C=XX", "O=Made-up CA", "CN=YR2"], makeKey: () => rsa(2048) },
    e5: { name: ["C=XX", "O=Made-up CA", "CN=E5"], makeKey: () => ec("P-384") },
    r10: { name: ["C=XX", "O=Made-up CA", "CN=R10"], makeKey: () => rsa(2048) },
}
type CaId = keyof typeof CAS

/** File, whose certificate, who signed it, first and last day as YYMMDD. The days are those of Let's Encrypt. */
const ISSUED: [file: string, of: CaId, by: CaId, from: string, until: string][] = [
    ["isrgrootx1", "x1", "x1", "150604", "350604"],
    ["isrg-root-x1-cross-signed", "x1", "elder", "210120", "240930"],
    ["isrg-root-x2", "x2", "x2", "200904", "400917"],
    ["isrg-root-x2-cross-signed", "x2", "x1", "200904", "250915"],
    ["root-ye", "ye", "ye", "250903", "450902"],
    ["root-yr", "yr", "yr", "250903", "450902"],
    ["old-root-x2-by-x1", "x2", "x1", "250903", "320902"],
    ["old-root-ye-by-x2", "ye", "x2", "250903", "320902"],
    ["old-root-yr-by-x1", "yr", "x1", "250903", "320902"],
    ["root-x2-by-x1", "x2", "x1", "260513", "320902"],
    ["root-ye-by-x2", "ye", "x2", "260513", "320902"],
    ["root-yr-by-x1", "yr", "x1", "260513", "320902"],
    ["int-ye1", "ye1", "ye", "250903", "280902"],
    ["int-ye2", "ye2", "ye", "250903", "280902"],
    ["int-yr1", "yr1", "yr", "250903", "280902"],
    ["int-yr2", "yr2", "yr", "250903", "280902"],
    ["e5", "e5", "x2", "240313", "270312"],
    ["e5-cross", "e5", "x1", "240313", "270312"],
    ["r10", "r10", "x1", "240313", "270312"],
]
const ROOTS: CaId[] = ["x1", "x2", "ye", "yr"]

const utcTime = (day: string) => tlv(0x17, Buffer.from(`${day}000000Z`))

function nameOf(id: CaId): Buffer {
    const [country = "", organisation = "", commonName = ""] = CAS[id].name
    return dn(commonName.slice("CN=".length), { more: [country, organisation] })
}

/** Made when first asked for: most test files need none of it. */
class MadeUpOperator {
    readonly #keys = new Map<CaId, KeyPair>()
    #certificates: Map<string, Certificate> | undefined
    #folder: string | undefined

    key(id: CaId): KeyPair {
        const key = this.#keys.get(id) ?? CAS[id].makeKey()
        this.#keys.set(id, key)
        return key
    }

    certificates(): Map<string, Certificate> {
        this.#certificates ??= new Map(ISSUED.map(issued => [issued[0], this.#issue(...issued)]))
        return this.#certificates
    }

    #issue(_file: string, of: CaId, by: CaId, from: string, until: string): Certificate {
        const signer = this.key(by)
        const der = mint({
            subject: nameOf(of),
            issuer: nameOf(by),
            key: this.key(of),
            signer,
            scheme: signer.privateKey.asymmetricKeyType === "rsa" ? schemes.rsaSha256 : schemes.ecdsaSha384,
            extensions: [ca(ROOTS.includes(of) ? undefined : 0)],
            notBefore: utcTime(from),
            notAfter: utcTime(until),
        })
        return parseCertificate(der)
    }

    /** PEM files, removed when the process ends. */
    folder(): string {
        if (this.#folder) return this.#folder
        const folder = mkdtempSync(path.join(tmpdir(), "airpin-operator-"))
        process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
        for (const [file, certificate] of this.certificates())
            writeFileSync(path.join(folder, `${file}.pem`), toPem(certificate))
        this.#folder = folder
        return folder
    }

    /** End-of-trust dates are those of Let's Encrypt's roots. */
    operator(): Operator {
        const root = (id: CaId, subject: string, file: string) => ({
            subject,
            spkiSha256: sha256Of(spkiOf(this.key(id))),
            url: `https://ca.example/certs/${file}.pem`,
            notAfter: this.certificates()
                .get(ISSUED.find(([, of, by]) => of === id && by === id)?.[0] ?? "")!
                .notAfter.toISOString()
                .slice(0, 10),
        })
        const { x1, x2, ye, yr } = madeUp.subjects
        return {
            name: "Made-up CA",
            roots: [
                { ...root("x1", x1, "root-x1"), trustEnds: "2030-06-04" },
                { ...root("x2", x2, "root-x2"), trustEnds: "2035-09-04" },
                root("ye", ye, "gen-y/root-ye"),
                root("yr", yr, "gen-y/root-yr"),
            ],
        }
    }
}

const made = new MadeUpOperator()

const madeUp: OperatorSample = {
    title: "a made-up operator",
    folder: () => made.folder(),
    operator: () => made.operator(),
    nodeRoots: () => ["isrgrootx1", "isrg-root-x2"].map(file => made.certificates().get(file)!),
    commonNames: { x1: "Made-up Root X1", x2: "Made-up Root X2", ye: "Made-up Root YE", yr: "Made-up Root YR" },
    subjects: {
        x1: "CN=Made-up Root X1, O=Made-up Trust Group, C=XX",
        x2: "CN=Made-up Root X2, O=Made-up Trust Group, C=XX",
        ye: "CN=Made-up Root YE, O=MTG, C=XX",
        yr: "CN=Made-up Root YR, O=MTG, C=XX",
    },
    keys: ["RSA 3072", "ECDSA P-384", "RSA 2048"],
    urls: {
        x1: "https://ca.example/certs/root-x1.pem",
        x2: "https://ca.example/certs/root-x2.pem",
        ye: "https://ca.example/certs/gen-y/root-ye.pem",
        yr: "https://ca.example/certs/gen-y/root-yr.pem",
    },
}

/**
 * Let's Encrypt first. Its tests are skipped where its certificates are missing, the made-up
 * operator's run everywhere.
 */
export const operatorSamples: readonly OperatorSample[] = [letsEncrypt, madeUp]
