/** Error codes of chains, anchors, bundles, pins and private CAs. */
import type { ErrorRow } from "./row.ts"

const USE_A_CA = "have a CA issue the server's certificate, and give that CA's root with --ca FILE"
const OTHER_SOURCE = "get the certificate from another source and give its folder with --anchors DIR"
const WRITE_BUNDLE = "write the bundle again: airpin bundle"

export const trustErrors = {
    HOST_MISSING: {
        exit: 2,
        what: "No server is named.",
        next: "name one as HOST[:PORT], or give its chain with --chain FILE",
    },
    HOST_INVALID: {
        exit: 2,
        what: "A server's name is not of the form HOST[:PORT].",
        next: "write HOST, HOST:PORT, [IPv6]:PORT or a URL",
    },
    HOST_AMBIGUOUS: {
        exit: 2,
        what: "Several servers are named, but --chain or --servername is for one.",
        next: "name one HOST with --chain or --servername",
    },
    HOST_TOO_MANY: { exit: 2, what: "More servers are named than can be pinned at once.", next: "name fewer servers" },
    SERVERNAME_MISSING: {
        exit: 2,
        what: "A chain has a server's certificate, and no name to check it against is given.",
        next: "give --servername NAME",
    },
    SERVER_NAME_INVALID: {
        exit: 2,
        what: "A name is neither a host name nor an IP address.",
        next: "give a name like api.example.org (international names in their xn-- form) or an address like 192.0.2.1",
    },
    PORT_INVALID: { exit: 2, what: "A number is not a TCP port.", next: "give a port from 1 to 65535" },

    OPENSSL_MISSING: {
        exit: 1,
        what: "The program openssl cannot be run.",
        next: "install it: Debian and Ubuntu `sudo apt install openssl`; macOS `brew install openssl`; Windows `winget install ShiningLight.OpenSSL.Light`",
    },
    OPENSSL_UNSUITABLE: {
        exit: 1,
        what: "The program openssl lacks what is needed to offer a server what the chip offers (LibreSSL does).",
        next: "install OpenSSL 1.1.1 or later and put it first on the PATH: macOS `brew install openssl`",
    },
    HOST_NOT_FOUND: {
        exit: 1,
        what: "This machine cannot resolve the server's name.",
        next: "check the spelling and this machine's DNS",
    },
    CONNECTION_REFUSED: {
        exit: 1,
        what: "Nothing listens on the server's port.",
        next: "check the port, and that the server is running",
    },
    CONNECTION_TIMED_OUT: {
        exit: 1,
        what: "The server did not respond in time.",
        next: "check that the host is up and that no firewall blocks the connection",
    },
    CONNECTION_FAILED: {
        exit: 1,
        what: "The connection to the server failed for another reason.",
        next: "check this machine's network, and its route to the host",
    },
    NO_TLS: {
        exit: 1,
        what: "The server does not speak TLS on this port.",
        next: "give the HTTPS port (usually 443)",
    },
    NO_CERTIFICATE: {
        exit: 20,
        what: "The server speaks TLS without a certificate.",
        next: "install a certificate on the server; devices do not connect without one",
    },
    TLS_REFUSED: {
        exit: 1,
        what: "The TLS handshake with the server failed.",
        next: "check the server's TLS settings, and that it serves this host name",
    },
    CHAIN_TOO_LARGE: {
        exit: 20,
        what: "The server sends more than any chain that a device could verify.",
        next: "check which server responds there; no device can receive such a chain",
    },

    CHAIN_EMPTY: {
        exit: 1,
        what: "A chain has no certificate.",
        next: "give a chain with at least the server's certificate, in PEM",
    },
    CHAIN_ORDER_WRONG: {
        exit: 20,
        what: "The server sends its certificates in the wrong order, in which the chip does not find the issuers.",
        next: "have the server send its own certificate first, and each issuer after the certificate that it issued",
    },
    CHAIN_UNTRUSTED: {
        exit: 1,
        what: "No known root issued the chain.",
        next: "give the issuer's certificate with --ca FILE, if you trust it",
    },
    TAIL_ISSUER_UNKNOWN: {
        exit: 20,
        what: "The path is trusted, but the server also sends its root as signed by an older one, which the chip looks up and no trust store has.",
        next: "add --fetch to download the older root; or have the server's owner leave the cross-signed root out",
    },
    CHAIN_EXPIRED: {
        exit: 1,
        what: "A certificate has expired; the chip would not notice, every other client does.",
        next: "renew it; the chip does not check dates, but all other clients do",
    },
    CHAIN_NOT_YET_VALID: {
        exit: 1,
        what: "A certificate is not valid yet.",
        next: "check the clocks of this machine and of the server",
    },
    HOST_MISMATCH: {
        exit: 1,
        what: "The server's certificate is for another name.",
        next: "use a name from the certificate, or have it reissued",
    },
    SIGNATURE_INVALID: {
        exit: 1,
        what: "A certificate was not signed by the key of the issuer that it names: damage, a wrong file, or an attack.",
        next: "compare the keys with those that the operator publishes: the file is damaged, the wrong one, or an attack",
    },
    NOT_A_CA: {
        exit: 1,
        what: "A certificate may not issue the one below it.",
        next: "give the certificate of the CA itself",
    },
    DEVICE_HANDSHAKE_FAILED: {
        exit: 20,
        what: "The server does not complete a TLS handshake with what the chip offers: TLS 1.2, no ChaCha20, no RSA-PSS.",
        next: "enable TLS 1.2 with ECDHE, AES-GCM, X25519 or P-256, and SHA-256 signatures on the server",
    },
    HOST_WITHOUT_IPV4: {
        exit: 20,
        what: "The server has no IPv4 address, and devices use no other.",
        next: "give the server's name an A record with an IPv4 address",
    },
    DEVICE_REFUSES: {
        exit: 20,
        what: "The chain is valid, but the chip refuses it.",
        next: "change what the server sends; no anchor makes up for it",
    },

    LEAF_AS_ANCHOR: {
        exit: 1,
        what: "The anchor would be the server's own certificate, and every device would refuse the server after its renewal.",
        next: USE_A_CA,
    },
    INTERMEDIATE_AS_ANCHOR: {
        exit: 1,
        what: "The anchor would be an issuing intermediate, which may change with any renewal.",
        next: "have the server send its whole chain (fullchain.pem) and give the root with --ca FILE; or add --allow-intermediate",
    },
    ANCHOR_CONFLICT: {
        exit: 1,
        what: "Two keys have one subject name, and the chip tries only one of them.",
        next: "ask the CA for a chain in which each name has one key",
    },
    ANCHOR_NAME_ENCODING: {
        exit: 1,
        what: "A certificate encodes its issuer's name in other bytes than the root does, and the chip compares bytes.",
        next: "have the server send that root too, or have its intermediate reissued",
    },
    ANCHOR_REMOVAL: {
        exit: 1,
        what: "The new pins would drop anchors that were pinned before; nothing was written.",
        next: "name every server, --ca, --anchors and --backup that has to stay; or add --yes if no server needs these anchors",
    },
    BACKUP_NOT_A_ROOT: {
        exit: 1,
        what: "The backup is not a self-signed CA certificate.",
        next: "give a root of another operator, or a private one made by airpin ca new",
    },
    BACKUP_IN_CHAIN: {
        exit: 1,
        what: "The backup is an anchor of the present chain, so it adds no safety.",
        next: "give a root of another operator, or a private one made by airpin ca new",
    },
    BACKUP_KEY_UNREADABLE: {
        exit: 1,
        what: "The chip does not support the backup's key.",
        next: "give a root with an ECDSA (P-256, P-384) or RSA key",
    },
    REHEARSAL_TOO_LARGE: {
        exit: 1,
        what: "The known certificates allow more chains than a rehearsal tries.",
        next: "give a folder with the certificates of one operator",
    },

    DOWNLOAD_FAILED: {
        exit: 1,
        what: "A root certificate cannot be downloaded.",
        next: "download it on another machine and give its folder with --anchors DIR",
    },
    DOWNLOAD_TOO_LARGE: {
        exit: 1,
        what: "A download is larger than any root certificate.",
        next: OTHER_SOURCE,
    },
    DOWNLOAD_NOT_THE_ROOT: {
        exit: 1,
        what: "A download is not the expected root certificate.",
        next: OTHER_SOURCE,
    },
    DOWNLOAD_NOT_THE_ISSUER: {
        exit: 1,
        what: "A download is not the certificate whose key signed the end of the server's chain.",
        next: "get the issuer's certificate from its operator and give it with --ca FILE",
    },

    CERTIFICATE_MALFORMED: {
        exit: 1,
        what: "Bytes are not an X.509 certificate.",
        next: "give the complete certificate in DER or PEM, with no bytes after it",
    },
    CERTIFICATE_FILE_FOREIGN: {
        exit: 1,
        what: "A file contains something other than certificates.",
        next: "give the certificates in PEM, DER or PKCS#7",
    },
    PEM_EMPTY: {
        exit: 1,
        what: "A file or a text contains no certificate.",
        next: "give the certificates in PEM (-----BEGIN CERTIFICATE-----), DER or PKCS#7",
    },
    PEM_INCOMPLETE: {
        exit: 1,
        what: "A PEM block has no BEGIN or no END line.",
        next: "copy the whole block again, from -----BEGIN to the dashes after END",
    },
    PEM_CORRUPT: {
        exit: 1,
        what: "A PEM block is not base64.",
        next: "get the certificate again; the file was changed after it was written",
    },
    FOLDER_UNREADABLE: {
        exit: 1,
        what: "A folder of certificates cannot be read.",
        next: "check that the folder exists and may be read",
    },
    FOLDER_EMPTY: {
        exit: 1,
        what: "A folder contains no certificate.",
        next: "give a folder with .pem, .crt or .der files",
    },
    FOLDER_TOO_LARGE: {
        exit: 1,
        what: "A folder or a file in it is larger than any set of root certificates.",
        next: "give a folder that contains only the roots",
    },

    LOCK_MISSING: {
        exit: 1,
        what: "The folder of pins has no pins.json.",
        next: "pin a server first: airpin pin HOST",
    },
    LOCK_CORRUPT: {
        exit: 1,
        what: "pins.json and the anchors beside it are damaged or contradict each other.",
        next: "restore the folder from version control, or pin again with --yes",
    },
    LOCK_EMPTY: { exit: 1, what: "There is no anchor to pin.", next: "report this as a bug of airpin" },
    LOCK_NAME_CONFLICT: { exit: 1, what: "Two anchors would get one file name.", next: "leave one of them out" },
    PRESENTED_CORRUPT: {
        exit: 1,
        what: "The record of the chains that the servers presented is damaged.",
        next: "restore it from version control, or pin again",
    },

    BUNDLE_EMPTY: {
        exit: 1,
        what: "A bundle has no entry; the chip does not load it.",
        next: "pin at least one anchor",
    },
    BUNDLE_TOO_MANY: {
        exit: 1,
        what: "A bundle has more entries than the chip loads.",
        next: "pin fewer anchors, or check that this file is a bundle",
    },
    BUNDLE_ENTRY_TOO_LONG: {
        exit: 1,
        what: "The name or the key of an anchor is too long for a bundle.",
        next: "pin another anchor",
    },
    BUNDLE_ENTRY_MALFORMED: {
        exit: 1,
        what: "A bundle's entry is not a subject and a key; its count may be larger than the number of entries.",
        next: WRITE_BUNDLE,
    },
    BUNDLE_COUNT_WRONG: {
        exit: 1,
        what: "A bundle has more entries than its count says; the chip ignores the rest.",
        next: WRITE_BUNDLE,
    },
    BUNDLE_OFFSET_WRONG: {
        exit: 1,
        what: "A bundle's table of offsets does not match its entries; the chip does not load it.",
        next: WRITE_BUNDLE,
    },
    BUNDLE_UNSORTED: {
        exit: 1,
        what: "A bundle is not sorted by subject, so the chip may miss an entry.",
        next: WRITE_BUNDLE,
    },
    BUNDLE_TRUNCATED: { exit: 1, what: "A bundle ends within an entry.", next: "get the whole file again" },
    BUNDLE_FORMAT_WRONG: {
        exit: 1,
        what: "A bundle is in the format of other ESP-IDF versions.",
        next: "write it again: airpin bundle --format idf50 (v5.0 to v5.3) or idf54",
    },
    BUNDLE_SUBJECT_CONFLICT: {
        exit: 1,
        what: "A bundle has two keys under one subject, and the chip tries only one of them.",
        next: "keep the one whose key signs the server's chain",
    },

    CA_BROKEN: {
        exit: 1,
        what: "The folder has no usable CA: a part is missing, damaged or expired.",
        next: "restore it from a copy; or move it away, create a new CA, and pin devices to that one",
    },
    CA_EXISTS: {
        exit: 1,
        what: "The folder for the new CA exists already; nothing was changed.",
        next: "give the name of a new folder with --dir; nothing was changed",
    },
    CA_MISSING: {
        exit: 1,
        what: "The folder has no CA.",
        next: "name its folder with --dir, or create one: airpin ca new",
    },
    CA_IN_REPOSITORY: {
        exit: 1,
        what: "The folder for private keys is inside a repository, and private keys must never be committed.",
        next: "give a folder outside of it, preferably on an offline medium",
    },
    CA_NAME_EMPTY: {
        exit: 2,
        what: "The CA's name is empty.",
        next: "give the name that people shall see with --name, or leave it out",
    },
    CA_NAME_TOO_LONG: { exit: 2, what: "The CA's name is too long for a certificate.", next: "give a shorter --name" },
    CA_OUTPUT_EXISTS: {
        exit: 1,
        what: "A file that would be written exists already; nothing was changed.",
        next: "give another folder with --out; nothing was changed",
    },
} satisfies Record<string, ErrorRow>
