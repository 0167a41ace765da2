import assert from "node:assert/strict"
import { createPublicKey } from "node:crypto"
import { constants } from "node:os"
import { explainFailure, readChain } from "../../../certs/pull/s-client-output.ts"
import { type Certificate, toPem } from "../../../certs/x509/certificate.ts"
import { encodeName, generateKey, issueCertificate } from "../../../certs/x509/issue.ts"

describe("the output of openssl s_client", () => {
    let one: Certificate
    let two: Certificate

    before(async () => {
        one = await selfSigned("one")
        two = await selfSigned("two")
    })

    it("contains the chain of OpenSSL 3", () => {
        const text = `CONNECTED(00000003)
---
Certificate chain
 0 s:CN = one
   i:CN = one
   a:PKEY: id-ecPublicKey, 256 (bit); sigalg: ecdsa-with-SHA256
   v:NotBefore: Nov 22 05:51:05 2026 GMT; NotAfter: Nov 24 05:51:05 2026 GMT
${toPem(one)} 1 s:CN = two
   i:CN = two
${toPem(two)}---
Server certificate
subject=CN = one
`
        assert.deepEqual(subjects(text), ["CN=one", "CN=two"])
    })

    it("contains the chain of LibreSSL, and of OpenSSL on Windows with its line ends", () => {
        const text = `CONNECTED(00000005)\n---\nCertificate chain\n 0 s:/CN=one\n   i:/CN=one\n${toPem(one)}---\nServer certificate\n`
        assert.deepEqual(subjects(text), ["CN=one"])
        assert.deepEqual(subjects(text.replaceAll("\n", "\r\n")), ["CN=one"])
    })

    it("contains no certificate in a subject, nor in what the server sends later", () => {
        const inSubject = toPem(two).replaceAll("\n", "")
        const text = `---\nCertificate chain\n 0 s:CN = ${inSubject}\n${toPem(one)}---\nServer certificate\n${toPem(two)}---\n`
        assert.deepEqual(subjects(text), ["CN=one"])
    })

    it("contains no chain while the section is incomplete", () => {
        assert.equal(readChain(`---\nCertificate chain\n 0 s:CN = one\n${toPem(one)}`), undefined)
        assert.equal(readChain(""), undefined)
    })

    const none = "CONNECTED(00000003)\n---\nno peer certificate available\n---\nNew, (NONE), Cipher is (NONE)\n"
    const failures: [name: string, code: string, stderr: string, stdout?: string][] = [
        [
            "OpenSSL 3 cannot resolve",
            "HOST_NOT_FOUND",
            "80BB:error:10080002:BIO routines:BIO_lookup_ex:system lib:../crypto/bio/bio_addr.c:746:Name or service not known\nconnect:errno=22\n",
        ],
        [
            "LibreSSL cannot resolve",
            "HOST_NOT_FOUND",
            "getaddrinfo: nodename nor servname provided, or not known\nconnect:errno=2\n",
        ],
        [
            "nothing listens",
            "CONNECTION_REFUSED",
            `connect: Connection refused\nconnect:errno=${constants.errno.ECONNREFUSED}\n`,
        ],
        ["the system gave up", "CONNECTION_TIMED_OUT", `connect:errno=${constants.errno.ETIMEDOUT}\n`],
        ["there is no route", "CONNECTION_FAILED", `connect:errno=${constants.errno.EHOSTUNREACH}\n`],
        [
            "OpenSSL 1.1.1 gets an alert",
            "TLS_REFUSED",
            "140:error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:ssl/record/rec_layer_s3.c:1543:SSL alert number 40\n",
        ],
        [
            "OpenSSL 3.2 gets an alert and names no function",
            "TLS_REFUSED",
            "00B0:error:0A00042E:SSL routines::tlsv1 alert protocol version:ssl/record/rec_layer_s3.c:907:SSL alert number 70\n",
        ],
        [
            "LibreSSL gets an alert",
            "TLS_REFUSED",
            "437:error:1400442E:SSL routines:CONNECT_CR_SRVR_HELLO:tlsv1 alert protocol version:ssl_lib.c:1:SSL alert number 70\n",
        ],
        [
            "the response is plain text",
            "NO_TLS",
            "801B:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:350:\n",
        ],
        [
            "there is no response",
            "NO_TLS",
            "write:errno=104\n",
            none.replace("New", "SSL handshake has read 0 bytes and written 315 bytes\nNew"),
        ],
        [
            "the response is not in order",
            "TLS_REFUSED",
            "802B:error:0A0000F4:SSL routines:transition:unexpected message:x.c:396:\n",
        ],
        [
            "the certificates exceed what openssl accepts",
            "CHAIN_TOO_LARGE",
            "80C6:error:0A000098:SSL routines:tls_get_message_header:excessive message size:x.c:1:\n",
        ],
        ["it is over without a word", "TLS_REFUSED", ""],
        ["the server has no certificate", "NO_CERTIFICATE", "DONE\n", none.replaceAll("(NONE)", "AECDH-AES128-SHA")],
    ]
    for (const [name, code, stderr, stdout = none] of failures) {
        it(`means ${code} when ${name}`, () => {
            const error = explainFailure({ stdout, stderr, endpoint: "air.test:443" })
            assert.equal(error.code, code)
            assert.match(error.message, /^air\.test:443: /)
            assert.ok(error.nextStep)
        })
    }

    it("names the alert, or the other reason that openssl gives", () => {
        const said = failures
            .filter(([, code]) => code === "TLS_REFUSED")
            .map(([, , stderr, stdout = none]) => {
                const [, why] =
                    /\((.*)\)$/.exec(explainFailure({ stdout, stderr, endpoint: "air.test:443" }).message) ?? []
                return why
            })
        assert.deepEqual(said, [
            "sslv3 alert handshake failure",
            "tlsv1 alert protocol version",
            "tlsv1 alert protocol version",
            "unexpected message",
            "openssl gives no reason",
        ])
    })
})

function subjects(stdout: string): string[] | undefined {
    return readChain(stdout)?.map(certificate => certificate.subject)
}

async function selfSigned(commonName: string): Promise<Certificate> {
    const privateKey = await generateKey("P-256")
    const subjectDer = encodeName(commonName)
    return issueCertificate({
        subjectDer,
        publicKey: createPublicKey(privateKey),
        issuer: { nameDer: subjectDer, privateKey },
        purpose: { kind: "ca" },
        notBefore: new Date("2026-01-01"),
        notAfter: new Date("2027-01-01"),
    })
}
