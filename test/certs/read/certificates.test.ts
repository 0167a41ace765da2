import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import fc from "fast-check"
import { AirpinError } from "../../../certs/error.ts"
import { readCertificates } from "../../../certs/read/certificates.ts"
import { parsePem, toPem } from "../../../certs/x509/certificate.ts"

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/certs/${name}`, import.meta.url))
const full = readFileSync(fixture("field/field-full.pem"), "utf8")
const [leaf, intermediate] = parsePem(full) as unknown as [
    ReturnType<typeof parsePem>[0],
    ReturnType<typeof parsePem>[0],
]
const [root] = parsePem(readFileSync(fixture("field/field-root.pem"), "utf8"))
const lines = full.trimEnd().split("\n")
const openssl = (args: string[], input: string | Uint8Array = full) => execFileSync("openssl", args, { input })

const utf16le = Buffer.from(full, "utf16le")
const p7b = openssl(["crl2pkcs7", "-nocrl", "-certfile", fixture("field/field-full.pem"), "-outform", "DER"])
const trusted = (text: string) => openssl(["x509", "-addtrust", "serverAuth", "-trustout"], text).toString()

/** The chain of field-full.pem in other forms. */
const forms: Record<string, string | Buffer> = {
    PEM: full,
    "UTF-16 LE with a byte order mark, from PowerShell": readFileSync(fixture("field/field-full-utf16.pem")),
    "UTF-16 LE without a byte order mark": utf16le,
    "UTF-16 BE with a byte order mark": Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(utf16le).swap16()]),
    "UTF-8 with a byte order mark": `\ufeff${full}`,
    CRLF: full.replaceAll("\n", "\r\n"),
    "CR alone": full.replaceAll("\n", "\r"),
    "without a final newline": full.trimEnd(),
    "indented, as in YAML": `ca: |\n${lines.map(line => `    ${line}`).join("\n")}\n`,
    "with spaces behind every line": full.replaceAll("\n", "  \n"),
    "each on one line": full.replaceAll("\n", " "),
    "quoted in a mail": lines.map(line => `> ${line}`).join("\n"),
    "a C string": `static const char chain[] PROGMEM =\n${lines.map(line => `    "${line}\\n"`).join("\n")};\n`,
    "a C macro": `#define CHAIN \\\n${lines.map(line => `"${line}\\r\\n" \\`).join("\n")}\n`,
    "a JavaScript expression": `const chain = ${lines.map(line => `'${line}\\n'`).join(" +\n  ")}`,
    "a Python expression": `chain = (${lines.map(line => `b"${line}\\n"`).join("\n ")})`,
    "a raw string of Arduino": `const char* chain = R"EOF(\n${full})EOF";`,
    JSON: JSON.stringify({ chain: full }),
    "JSON within JSON": JSON.stringify({ secret: JSON.stringify({ chain: full }) }),
    "JSON with escaped slashes, as PHP writes it": JSON.stringify({ chain: full }).replaceAll("/", "\\/"),
    "JSON with \\u002B, as .NET writes it": JSON.stringify({ chain: full }).replaceAll("+", "\\u002B"),
    "a JSON list": JSON.stringify([toPem(leaf), toPem(intermediate)], null, 4),
    "base64 of PEM, as in a Kubernetes secret": Buffer.from(full).toString("base64"),
    "X509 CERTIFICATE": full.replaceAll(" CERTIFICATE", " X509 CERTIFICATE"),
    "TRUSTED CERTIFICATE": trusted(toPem(leaf)) + trusted(toPem(intermediate)),
    "PKCS#7, PEM": readFileSync(fixture("field/field-full.p7b")),
    "PKCS#7, DER": p7b,
    "PKCS#7 as certutil -encode writes it": pemOf("CERTIFICATE", p7b),
    "PKCS#7 of S/MIME, as CMS": pemOf("CMS", p7b),
    "PKCS#7, the leaf last": readFileSync(fixture("field/leaf-last.p7b")),
    "with a private key before it": `${openssl(["genpkey", "-algorithm", "ed25519"])}${full}`,
    "with comments": `# chain of air.example.org\n${full}# end\n`,
    "the output of openssl x509 -text":
        openssl(["x509", "-text"], toPem(leaf)).toString() + openssl(["x509", "-text"], toPem(intermediate)),
    "a terminal with colours": full.replaceAll(/^(.)/gm, "\x1b[32m$1").replaceAll("\n", "\x1b[0m\r\n"),
}

function pemOf(label: string, der: Buffer): string {
    return `-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----\n`
}

describe("a file of certificates", () => {
    for (const [form, contents] of Object.entries(forms))
        it(`is read as ${form}`, () => {
            const found = readCertificates(Buffer.from(contents as string), "chain.pem")
            assert.deepEqual(
                found.map(({ der }) => der.toString("base64")),
                [leaf, intermediate].map(({ der }) => der.toString("base64")),
            )
        })

    const single: Record<string, string | Buffer> = {
        DER: readFileSync(fixture("field/field-root.cer")),
        "bare base64": root.der.toString("base64"),
        "bare base64 in lines": toPem(root).split("\n").slice(1, -2).join("\n"),
        "DER in PKCS#7": openssl([
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            fixture("field/field-root.pem"),
            "-outform",
            "DER",
        ]),
    }
    for (const [form, contents] of Object.entries(single))
        it(`is read as ${form}`, () => {
            const [found, ...more] = readCertificates(Buffer.from(contents as string), "root")
            assert.deepEqual([found.der, more.length], [root.der, 0])
        })

    const foreign = readdirSync(fixture("foreign"))
    for (const name of foreign)
        it(`is refused, by its name and by what it is: ${name}`, () => {
            const [code] = name.split("-")
            assert.throws(
                () => readCertificates(readFileSync(fixture(`foreign/${name}`)), name),
                (error: unknown) => {
                    assert.ok(error instanceof AirpinError)
                    assert.equal(error.code, code, error.message)
                    assert.match(error.message, new RegExp(`^${name.replaceAll(".", "\\.")}(: | is )`))
                    assert.match(error.nextStep, /^[a-z].*[^.]$/)
                    return true
                },
            )
        })
    const said = (name: string) => {
        try {
            readCertificates(readFileSync(fixture(`foreign/${name}`)), "x.pem")
        } catch (error) {
            if (error instanceof AirpinError) return `${error.message}; next: ${error.nextStep}`
        }
        return "read"
    }

    it("is refused with the number and the line of the certificate that is damaged", () => {
        assert.match(
            said("PEM_INCOMPLETE-second-without-end.pem"),
            /^x\.pem: certificate 2 \(line 12\) has a BEGIN line, but no END/,
        )
        assert.match(
            said("PEM_CORRUPT-second-with-a-star.pem"),
            /^x\.pem: certificate 2 \(line 12\) has "\*" in its base64/,
        )
        assert.match(said("PEM_EMPTY-commented-out.pem"), /all certificates in it are commented out/)
        assert.match(said("CERTIFICATE_MALFORMED-four-characters-missing.pem"), /certificate 1 \(line 1\)/)
    })

    it("is read or refused, whatever one byte in it is", () => {
        const all = Object.values(forms).map(contents => Buffer.from(contents as string))
        fc.assert(
            fc.property(fc.constantFrom(...all), fc.nat(), fc.nat(255), (bytes, at, value) => {
                const changed = Buffer.from(bytes)
                changed[at % changed.length] = value
                try {
                    readCertificates(changed, "x.pem")
                } catch (error) {
                    assert.ok(error instanceof AirpinError, String(error))
                    assert.match(error.message, /^x\.pem(: | is )/)
                }
            }),
            { numRuns: 500 },
        )
    })

    it("is refused if the version of PKCS#7 became a malformed time", () => {
        const changed = Buffer.from(p7b)
        assert.equal(changed[23], 2)
        changed[23] = 24
        assert.throws(() => readCertificates(changed, "x.p7b"), AirpinError)
    })

    it("is refused with the command that gets the certificates", () => {
        assert.match(said("CERTIFICATE_FILE_FOREIGN-pkcs12.p12"), /is PKCS#12.*openssl pkcs12 -in x\.pem -nokeys/)
        assert.match(
            said("CERTIFICATE_FILE_FOREIGN-java-keystore.jks"),
            /Java keystore.*keytool -list -rfc -keystore x\.pem/,
        )
        assert.match(said("CERTIFICATE_FILE_FOREIGN-git-lfs-pointer.pem"), /Git LFS.*git lfs pull/)
        assert.match(said("CERTIFICATE_FILE_FOREIGN-private-key.der"), /is a private key.*fullchain\.pem/)
        assert.match(said("CERTIFICATE_FILE_FOREIGN-request.der"), /is a certificate request/)
        assert.match(said("CERTIFICATE_FILE_FOREIGN-revocation-list.der"), /is a list of revoked certificates/)
        assert.match(
            said("CERTIFICATE_FILE_FOREIGN-bundle.bin"),
            /is a certificate bundle.*airpin bundle --show x\.pem/,
        )
        assert.match(said("CERTIFICATE_FILE_FOREIGN-empty.pem"), /is empty/)
        assert.match(said("CERTIFICATE_FILE_FOREIGN-html.pem"), /is an HTML page/)
    })
})
