/**
 * CA operators and the roots they issue from today. Reviewed by hand: this table
 * decides which roots a fleet trusts besides the one it was pinned to.
 *
 * The key hashes and ends are computed from the certificates that the operators publish, and compared with the lists
 * of Node and of Debian's ca-certificates. Let's Encrypt publishes its own end-of-trust dates; those of others follow
 * from the first day of the certificate by Mozilla's schedule, to which other trust stores keep
 * (wiki.mozilla.org/CA/Root_CA_Lifecycles).
 */
import type { Certificate } from "./x509/certificate.ts"

/** A root as its operator publishes it. */
export interface OperatorRoot {
    /** as `Certificate.subject` shows it */
    subject: string
    /**
     * SHA-256 of the SubjectPublicKeyInfo, lower-case hex: decides, with the subject, whether a
     * certificate is this root's
     */
    spkiSha256: string
    /** the self-signed certificate; accepted only by its key, so the address need not be trusted */
    url: string
    /** YYYY-MM-DD of the end of the self-signed certificate */
    notAfter: string
    /** YYYY-MM-DD until which trust stores are expected to trust it; absent while nobody has published a date */
    trustEnds?: string
    /**
     * YYYY-MM-DD on which trust stores dropped it. Servers still send tails that lead the chip to it; it is not a sibling,
     * and a chain is not trusted because of it.
     */
    dropped?: string
}

/** A CA operator and its roots in use. */
export interface Operator {
    name: string
    roots: OperatorRoot[]
}

/** letsencrypt.org/certificates, as of 2026-08-21; YE and YR have no date there because no trust store had them yet */
const letsEncrypt: Operator = {
    name: "Let's Encrypt",
    roots: [
        {
            subject: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
            spkiSha256: "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3",
            url: "https://letsencrypt.org/certs/isrgrootx1.pem",
            notAfter: "2035-06-04",
            trustEnds: "2030-06-04",
        },
        {
            subject: "CN=ISRG Root X2, O=Internet Security Research Group, C=US",
            spkiSha256: "762195c225586ee6c0237456e2107dc54f1efc21f61a792ebd515913cce68332",
            url: "https://letsencrypt.org/certs/isrg-root-x2.pem",
            notAfter: "2040-09-17",
            trustEnds: "2035-09-04",
        },
        {
            subject: "CN=Root YE, O=ISRG, C=US",
            spkiSha256: "b0292ae545978e0fbb98abbd94c861605e5b18bb32ed523f50d5b7b5c71d47bc",
            url: "https://letsencrypt.org/certs/gen-y/root-ye.pem",
            notAfter: "2045-09-02",
        },
        {
            subject: "CN=Root YR, O=ISRG, C=US",
            spkiSha256: "7e4e8838a8add6295de7ae3b047d3aba3488ab95db0a0aa56d897a00d8618bcf",
            url: "https://letsencrypt.org/certs/gen-y/root-yr.pem",
            notAfter: "2045-09-02",
        },
    ],
}

/** pki.goog/repository */
const googleTrustServices: Operator = {
    name: "Google Trust Services",
    roots: [
        {
            subject: "CN=GTS Root R1, O=Google Trust Services LLC, C=US",
            spkiSha256: "871a9194f4eed5b312ff40c84c1d524aed2f778bbff25f138cf81f680a7adc67",
            url: "https://i.pki.goog/r1.pem",
            notAfter: "2036-06-22",
            trustEnds: "2031-06-22",
        },
        {
            subject: "CN=GTS Root R2, O=Google Trust Services LLC, C=US",
            spkiSha256: "55f77de41c03792428f8d518c55104225be43a5598d926a528ad653e1ccec7bf",
            url: "https://i.pki.goog/r2.pem",
            notAfter: "2036-06-22",
            trustEnds: "2031-06-22",
        },
        {
            subject: "CN=GTS Root R3, O=Google Trust Services LLC, C=US",
            spkiSha256: "4179edd981ef747477b49626408af43daa2ca7ab7f9e082c1060f84096774348",
            url: "https://i.pki.goog/r3.pem",
            notAfter: "2036-06-22",
            trustEnds: "2031-06-22",
        },
        {
            subject: "CN=GTS Root R4, O=Google Trust Services LLC, C=US",
            spkiSha256: "9847e5653e5e9e847516e5cb818606aa7544a19be67fd7366d506988e8d84347",
            url: "https://i.pki.goog/r4.pem",
            notAfter: "2036-06-22",
            trustEnds: "2031-06-22",
        },
    ],
}

/** www.amazontrust.com/repository */
const amazon: Operator = {
    name: "Amazon",
    roots: [
        {
            subject: "CN=Amazon Root CA 1, O=Amazon, C=US",
            spkiSha256: "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
            url: "https://www.amazontrust.com/repository/AmazonRootCA1.pem",
            notAfter: "2038-01-17",
            trustEnds: "2030-05-26",
        },
        {
            subject: "CN=Amazon Root CA 2, O=Amazon, C=US",
            spkiSha256: "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
            url: "https://www.amazontrust.com/repository/AmazonRootCA2.pem",
            notAfter: "2040-05-26",
            trustEnds: "2030-05-26",
        },
        {
            subject: "CN=Amazon Root CA 3, O=Amazon, C=US",
            spkiSha256: "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
            url: "https://www.amazontrust.com/repository/AmazonRootCA3.pem",
            notAfter: "2040-05-26",
            trustEnds: "2030-05-26",
        },
        {
            subject: "CN=Amazon Root CA 4, O=Amazon, C=US",
            spkiSha256: "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
            url: "https://www.amazontrust.com/repository/AmazonRootCA4.pem",
            notAfter: "2040-05-26",
            trustEnds: "2030-05-26",
        },
        {
            subject:
                "CN=Starfield Services Root Certificate Authority - G2, O=Starfield Technologies\\, Inc., L=Scottsdale, ST=Arizona, C=US",
            spkiSha256: "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
            url: "https://www.amazontrust.com/repository/SFSRootCAG2.pem",
            notAfter: "2037-12-31",
            trustEnds: "2027-04-15",
        },
        {
            subject: "OU=Starfield Class 2 Certification Authority, O=Starfield Technologies\\, Inc., C=US",
            spkiSha256: "15f14ac45c9c7da233d3479164e8137fe35ee0f38ae858183f08410ea82ac4b4",
            url: "https://certs.secureserver.net/repository/sf-class2-root.crt",
            notAfter: "2034-06-29",
            dropped: "2025-04-15",
        },
    ],
}

/** www.digicert.com/kb/digicert-root-certificates.htm */
const digiCert: Operator = {
    name: "DigiCert",
    roots: [
        {
            subject: "CN=DigiCert Global Root G2, OU=www.digicert.com, O=DigiCert Inc, C=US",
            spkiSha256: "8bb593a93be1d0e8a822bb887c547890c3e706aad2dab76254f97fb36b82fc26",
            url: "https://cacerts.digicert.com/DigiCertGlobalRootG2.crt.pem",
            notAfter: "2038-01-15",
            trustEnds: "2029-04-15",
        },
        {
            subject: "CN=DigiCert Global Root G3, OU=www.digicert.com, O=DigiCert Inc, C=US",
            spkiSha256: "b94c198300cec5c057ad0727b70bbe91816992256439a7b32f4598119dda9c97",
            url: "https://cacerts.digicert.com/DigiCertGlobalRootG3.crt.pem",
            notAfter: "2038-01-15",
            trustEnds: "2029-04-15",
        },
        {
            subject: "CN=DigiCert TLS RSA4096 Root G5, O=DigiCert\\, Inc., C=US",
            spkiSha256: "6a97b51c8219e93e5dec64bad5806cdeb0f8355be47e757010b702456e01aafd",
            url: "https://cacerts.digicert.com/DigiCertTLSRSA4096RootG5.crt.pem",
            notAfter: "2046-01-14",
            trustEnds: "2036-01-15",
        },
        {
            subject: "CN=DigiCert TLS ECC P384 Root G5, O=DigiCert\\, Inc., C=US",
            spkiSha256: "a02fafa192c8cb81cb1341554f9c05b71cca2a890b0d1298d683647c961efbdf",
            url: "https://cacerts.digicert.com/DigiCertTLSECCP384RootG5.crt.pem",
            notAfter: "2046-01-14",
            trustEnds: "2036-01-15",
        },
        {
            subject: "CN=DigiCert Global Root CA, OU=www.digicert.com, O=DigiCert Inc, C=US",
            spkiSha256: "aff988906dde12955d9bebbf928fdcc31cce328d5b9384f21c8941ca26e20391",
            url: "https://cacerts.digicert.com/DigiCertGlobalRootCA.crt.pem",
            notAfter: "2031-11-10",
            dropped: "2026-04-15",
        },
        {
            subject: "CN=DigiCert High Assurance EV Root CA, OU=www.digicert.com, O=DigiCert Inc, C=US",
            spkiSha256: "5a889647220e54d6bd8a16817224520bb5c78e58984bd570506388b9de0f075f",
            url: "https://cacerts.digicert.com/DigiCertHighAssuranceEVRootCA.crt.pem",
            notAfter: "2031-11-10",
            dropped: "2026-04-15",
        },
    ],
}

/** www.sectigo.com/knowledge-base/detail/Sectigo-Root-Certificates/kA03l000000c4KV, which links to crt.sh */
const sectigo: Operator = {
    name: "Sectigo (also ZeroSSL)",
    roots: [
        {
            subject: "CN=Sectigo Public Server Authentication Root R46, O=Sectigo Limited, C=GB",
            spkiSha256: "0e8bb18bbeefb381be21bfc1a206d317298462ad104855f04a0542699708d3d4",
            url: "http://crt.sectigo.com/SectigoPublicServerAuthenticationRootR46.p7c",
            notAfter: "2046-03-21",
            trustEnds: "2036-03-22",
        },
        {
            subject: "CN=Sectigo Public Server Authentication Root E46, O=Sectigo Limited, C=GB",
            spkiSha256: "b0b56335468561f5bb9fa12d801784a633a572705d34f32b643445dfa8b005d1",
            url: "http://crt.sectigo.com/SectigoPublicServerAuthenticationRootE46.p7c",
            notAfter: "2046-03-21",
            trustEnds: "2036-03-22",
        },
        {
            subject:
                "CN=USERTrust RSA Certification Authority, O=The USERTRUST Network, L=Jersey City, ST=New Jersey, C=US",
            spkiSha256: "c784333d20bcd742b9fdc3236f4e509b8937070e73067e254dd3bf9c45bf4dde",
            url: "https://crt.sh/?d=1199354",
            notAfter: "2038-01-18",
            trustEnds: "2028-04-15",
        },
        {
            subject:
                "CN=USERTrust ECC Certification Authority, O=The USERTRUST Network, L=Jersey City, ST=New Jersey, C=US",
            spkiSha256: "2021917e98263945c859c43f1d73cb4139053c414fa03ca3bc7ee88614298f3b",
            url: "https://crt.sh/?d=2841410",
            notAfter: "2038-01-18",
            trustEnds: "2028-04-15",
        },
        {
            subject: "CN=AAA Certificate Services, O=Comodo CA Limited, L=Salford, ST=Greater Manchester, C=GB",
            spkiSha256: "bd153ed7b0434f6886b17bce8bbe84ed340c7132d702a8f4fa318f756ecbd6f3",
            url: "https://crt.sh/?d=331986",
            notAfter: "2028-12-31",
            dropped: "2025-04-15",
        },
    ],
}

/** support.globalsign.com/ca-certificates/root-certificates/globalsign-root-certificates */
const globalSign: Operator = {
    name: "GlobalSign",
    roots: [
        {
            subject: "CN=GlobalSign Root R46, O=GlobalSign nv-sa, C=BE",
            spkiSha256: "ae7f962cb9e6a7dbf7b833fb18fa9b71a89175df949c232b6a9ef7cb3df2bbfc",
            url: "https://secure.globalsign.com/cacert/rootr46.crt",
            notAfter: "2046-03-20",
            trustEnds: "2034-03-20",
        },
        {
            subject: "CN=GlobalSign Root E46, O=GlobalSign nv-sa, C=BE",
            spkiSha256: "e04a022ce32f4ccf2c7f6046287b828a32a909f5e751447f83fd2c71f6fd8173",
            url: "https://secure.globalsign.com/cacert/roote46.crt",
            notAfter: "2046-03-20",
            trustEnds: "2034-03-20",
        },
        {
            subject: "CN=GlobalSign, O=GlobalSign, OU=GlobalSign Root CA - R6",
            spkiSha256: "682747f8ba621b87cdd3bc295ed5cabce722a1c0c0363d1d68b38928d2787f1e",
            url: "https://secure.globalsign.com/cacert/root-r6.crt",
            notAfter: "2034-12-10",
            trustEnds: "2029-12-10",
        },
        {
            subject: "CN=GlobalSign, O=GlobalSign, OU=GlobalSign ECC Root CA - R5",
            spkiSha256: "7e0ead76bb6819dc2f54511a84354f6e8b307b9dd82058ea6c004f01d9dda5df",
            url: "https://secure.globalsign.com/cacert/root-r5.crt",
            notAfter: "2038-01-19",
            trustEnds: "2029-04-15",
        },
        {
            subject: "CN=GlobalSign, O=GlobalSign, OU=GlobalSign Root CA - R3",
            spkiSha256: "706bb1017c855c59169bad5c1781cf597f12d2cad2f63d1a4aa37493800ffb80",
            url: "https://secure.globalsign.com/cacert/root-r3.crt",
            notAfter: "2029-03-18",
            trustEnds: "2027-04-15",
        },
        {
            subject: "CN=GlobalSign Root CA, OU=Root CA, O=GlobalSign nv-sa, C=BE",
            spkiSha256: "2bcee858158cf5465fc9d76f0dfa312fef25a4dca8501da9b46b67d1fbfa1b64",
            url: "https://secure.globalsign.com/cacert/root-r1.crt",
            notAfter: "2028-01-28",
            dropped: "2025-04-15",
        },
    ],
}

/** www.actalis.com/repository */
const actalis: Operator = {
    name: "Actalis",
    roots: [
        {
            subject: "CN=Actalis Authentication Root CA, O=Actalis S.p.A./03358520967, L=Milan, C=IT",
            spkiSha256: "25d4913cf587097414d29d26f6c1b1942cd6d64eaf45d0fcf81526adba96d324",
            url: "http://cacert.actalis.it/certs/actalis-autroot01",
            notAfter: "2030-09-22",
            trustEnds: "2028-04-15",
        },
    ],
}

/** The reviewed table; the functions below take it unless they are given another. */
export const operators: readonly Operator[] = [
    letsEncrypt,
    googleTrustServices,
    amazon,
    digiCert,
    sectigo,
    globalSign,
    actalis,
]

/** What decides whether a certificate is a root's: its key, and the name that the chip looks up. */
type NameAndKey = Pick<Certificate, "subject" | "spkiSha256">

/** True when the certificate, self-signed or cross-signed, has this root's name and key. */
export function isOfRoot(certificate: NameAndKey, root: OperatorRoot): boolean {
    return certificate.spkiSha256 === root.spkiSha256 && certificate.subject === root.subject
}

/** The entry of the table with the name and key of the certificate. */
export function operatorRootOf(certificate: NameAndKey, table = operators): OperatorRoot | undefined {
    return table.flatMap(({ roots }) => roots).find(root => isOfRoot(certificate, root))
}

/** The root of the table that has the name of the certificate's issuer; its key may be another one's. */
export function issuerInTable({ issuer }: Pick<Certificate, "issuer">, table = operators): OperatorRoot | undefined {
    return table.flatMap(({ roots }) => roots).find(({ subject }) => subject === issuer)
}

/** The operator of the certificate's CA; undefined when it is not in the table. */
export function operatorOf(certificate: NameAndKey, table = operators): Operator | undefined {
    return table.find(({ roots }) => roots.some(root => isOfRoot(certificate, root)))
}

/** The operator's other roots, for a certificate of one of them; none for a CA that is not in the table. */
export function siblingsOf(certificate: NameAndKey, table = operators): OperatorRoot[] {
    const roots = operatorOf(certificate, table)?.roots ?? []
    return roots.filter(root => !isOfRoot(certificate, root))
}

/** The end-of-trust date that the operator publishes, YYYY-MM-DD; undefined when it publishes none. */
export function trustEndOf(certificate: NameAndKey, table = operators): string | undefined {
    return operatorRootOf(certificate, table)?.trustEnds
}
