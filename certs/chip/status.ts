/**
 * mbedTLS 3.5.0 error codes (as positive values; the chip's log prints them with
 * a minus) and certificate verification flags.
 *
 * Sources: mbedtls/asn1.h, pk.h, ecp.h, x509.h and ssl.h of v3.5.0.
 */

/** Low codes, of the ASN.1 and OID parsers; the parser that calls them adds its high code. */
export const OID_NOT_FOUND = 0x2e
export const OUT_OF_DATA = 0x60
export const UNEXPECTED_TAG = 0x62
export const INVALID_LENGTH = 0x64
export const LENGTH_MISMATCH = 0x66
export const INVALID_DATA = 0x68

/** High codes of the X.509 parser. */
export const FEATURE_UNAVAILABLE = 0x2080
export const INVALID_FORMAT = 0x2180
export const INVALID_VERSION = 0x2200
export const INVALID_SERIAL = 0x2280
export const INVALID_ALGORITHM = 0x2300
export const INVALID_NAME = 0x2380
export const INVALID_DATE = 0x2400
export const INVALID_SIGNATURE = 0x2480
export const INVALID_EXTENSIONS = 0x2500
export const UNKNOWN_VERSION = 0x2580
export const UNKNOWN_SIGNATURE_ALGORITHM = 0x2600
export const SIGNATURE_MISMATCH = 0x2680
export const VERIFY_FAILED = 0x2700
export const BAD_INPUT = 0x2800
export const FATAL_ERROR = 0x3000

/** High codes of the public key parser. */
export const KEY_UNKNOWN_CURVE = 0x3a00
export const KEY_INVALID_ALGORITHM = 0x3a80
export const KEY_INVALID = 0x3b00
export const KEY_UNKNOWN_ALGORITHM = 0x3c80
export const KEY_INVALID_FORMAT = 0x3d00
export const POINT_INVALID = 0x4c80
export const POINT_UNSUPPORTED = 0x4e80
export const POINT_BAD_INPUT = 0x4f80

/** Codes of the TLS layer. */
export const TLS_MESSAGE_SPLIT = 0x7080
export const TLS_BAD_INPUT = 0x7100
export const TLS_DECODE_ERROR = 0x7300
export const TLS_CA_CHAIN_REQUIRED = 0x7680
export const TLS_FATAL_ALERT = 0x7780
export const TLS_BAD_CERTIFICATE = 0x7a00

/** Verification flags (x509.h, MBEDTLS_X509_BADCERT_*); 0x1 and 0x200 (dates) never occur without a clock. */
export const FLAG_NAME_MISMATCH = 0x4
export const FLAG_NOT_TRUSTED = 0x8
export const FLAG_KEY_USAGE = 0x800
export const FLAG_EXT_KEY_USAGE = 0x1000
export const FLAG_BAD_HASH = 0x4000
export const FLAG_BAD_KEY_TYPE = 0x8000
export const FLAG_BAD_KEY = 0x10000
/** all flags set: verification was aborted */
export const ALL_FLAGS = 0xffffffff

/** Thrown by the parsers in this folder; never leaves `device.ts`. */
export class ChipError extends Error {
    override readonly name = "ChipError"
    /** mbedTLS error code, positive */
    readonly status: number

    constructor(status: number) {
        super(formatStatus(status))
        this.status = status
    }
}

/** The code as in the sources of mbedTLS: `-0x3000`. */
export function formatStatus(status: number): string {
    return `-0x${status.toString(16).toUpperCase().padStart(4, "0")}`
}

/** Runs a parser; adds `high` to a low code thrown inside, and passes any other code on. */
export function within<T>(high: number, read: () => T): T {
    try {
        return read()
    } catch (error) {
        if (error instanceof ChipError && error.status <= INVALID_DATA) throw new ChipError(high + error.status)
        throw error
    }
}

/** The meaning of a parser's code, to follow "the chip cannot read it: ". */
export function explainStatus(status: number): string {
    const [, meaning = MALFORMED] = Object.entries(MEANINGS).findLast(([high]) => Number(high) <= status) ?? []
    return meaning
}

const MALFORMED = "its bytes do not have the structure of a certificate"

/** by high code, ascending */
const MEANINGS: Record<number, string> = {
    [FEATURE_UNAVAILABLE]: "it needs a feature the chip does not have",
    [INVALID_FORMAT]: MALFORMED,
    [INVALID_VERSION]: "its version is malformed",
    [INVALID_SERIAL]: "its serial number is malformed",
    [INVALID_ALGORITHM]: "its signature algorithm is malformed",
    [INVALID_NAME]: "a name in it is malformed or has a string type the chip does not know",
    [INVALID_DATE]: "its validity is malformed",
    [INVALID_SIGNATURE]: "its signature is malformed",
    [INVALID_EXTENSIONS]: "an extension is malformed, repeated, or critical and unknown to the chip",
    [UNKNOWN_VERSION]: "its version is unknown",
    [SIGNATURE_MISMATCH]: "it names two different signature algorithms",
    [BAD_INPUT]: "its alternative names hold an address that is neither IPv4 nor IPv6",
    [KEY_UNKNOWN_CURVE]: "its key is on a curve the chip does not know",
    [KEY_INVALID_ALGORITHM]: "the algorithm of its key is malformed",
    [KEY_INVALID]: "its key is malformed",
    [KEY_UNKNOWN_ALGORITHM]: "the chip does not know the type of its key",
    [KEY_INVALID_FORMAT]: "its key is malformed",
    [POINT_INVALID]: "its key is not a point on its curve",
    [POINT_UNSUPPORTED]: "its key is encoded in a form that the chip does not read",
    [POINT_BAD_INPUT]: "its key is malformed",
}
