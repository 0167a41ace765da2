/**
 * The certificate bundle within an application: which bytes it takes, and how
 * many it may take. Nothing points to it and it is not aligned, so it is known
 * by its entries: a Name and a SubjectPublicKeyInfo with their two lengths in
 * front. All runs of such entries are found, not only those that would make a
 * good bundle: entries left over beside one are a sign of damage, and with
 * another entry broken the rest could pass for a bundle of its own.
 */
import { type BundleEntry, type BundleFormat, decodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { type AppImage, mappedData, type Segment } from "./app-image.ts"
import { capacityOf } from "./bundle-capacity.ts"
import { addressText, REPLACE_FILE } from "./flash-memory.ts"

/** Where a bundle is; places are offsets in the file. */
export interface BundleRegion {
    /** the application it stands in */
    app: AppImage
    format: BundleFormat
    at: number
    /** up to the end of its last entry */
    sizeBytes: number
    /** what another one in its place may take */
    capacityBytes: number
    entries: BundleEntry[]
}

/**
 * The one bundle of all applications.
 *
 * @throws AirpinError BUNDLE_NOT_FOUND, BUNDLE_AMBIGUOUS, BUNDLE_DAMAGED, BUNDLE_CAPACITY_DAMAGED
 */
export function findBundle(bytes: Buffer, apps: AppImage[]): BundleRegion {
    const regions = apps.flatMap(app => mappedData(app).flatMap(segment => findInSegment(bytes, app, segment)))
    const [region, another] = regions
    if (!region) {
        throw new AirpinError(
            "BUNDLE_NOT_FOUND",
            "no certificate bundle stands in the mapped data of this image",
            "use an image that was built with CONFIG_MBEDTLS_CERTIFICATE_BUNDLE",
        )
    }
    if (!another) return region
    const places = regions.map(({ at }) => addressText(at)).join(" and ")
    throw new AirpinError(
        "BUNDLE_AMBIGUOUS",
        `${regions.length} certificate bundles stand in this image, at ${places}: it cannot be told which of them is used`,
        "use an image with one application and one bundle",
    )
}

function findInSegment(bytes: Buffer, app: AppImage, segment: Segment): BundleRegion[] {
    const data = bytes.subarray(segment.at, segment.at + segment.sizeBytes)
    return formats.flatMap(format =>
        joinRuns(findEntries(data, format)).map(run => readRun(data, run, format, app, segment.at)),
    )
}

/** An entry by its places in the segment. */
interface Place {
    /** where its two lengths stand */
    at: number
    endAt: number
}

type Run = [Place, ...Place[]]

/** The entries that stand one behind the other. */
function joinRuns(entries: Place[]): Run[] {
    const runs: Run[] = []
    for (const entry of entries) {
        const run = runs.at(-1)
        if (run?.at(-1)?.endAt === entry.at) run.push(entry)
        else runs.push([entry])
    }
    return runs
}

const formats: BundleFormat[] = ["idf50", "idf54"]
/** what stands before the entries: a count, or an offset for each */
const headBytes: Record<BundleFormat, (count: number) => number> = { idf50: () => 2, idf54: count => 4 * count }

function readRun(data: Buffer, run: Run, format: BundleFormat, app: AppImage, segmentAt: number): BundleRegion {
    const at = run[0].at - headBytes[format](run.length)
    const { endAt } = run.at(-1) ?? run[0]
    const entries = decodeRun(data, { at, endAt }, format, segmentAt)
    const sizeBytes = endAt - at
    return {
        app,
        format,
        at: segmentAt + at,
        sizeBytes,
        capacityBytes: capacityOf(data.subarray(at), sizeBytes),
        entries,
    }
}

function decodeRun(data: Buffer, { at, endAt }: Place, format: BundleFormat, segmentAt: number): BundleEntry[] {
    try {
        if (at < 0 || (format === "idf50" && endsRsaKey(data, at + 2)))
            throw new Error("what stands before the first of them is no count of theirs")
        return decodeBundle(data.subarray(at, endAt), format)
    } catch (cause) {
        throw new AirpinError(
            "BUNDLE_DAMAGED",
            `entries of a certificate bundle stand up to byte ${addressText(segmentAt + endAt)} of the file, but they make no whole one: ${(cause as Error).message}`,
            REPLACE_FILE,
            { cause },
        )
    }
}

/** The usual public exponent, 65537, is what an RSA key ends with; its last two bytes look like a count of one. */
const PUBLIC_EXPONENT = Buffer.from("0203010001", "hex")

function endsRsaKey(data: Buffer, endAt: number): boolean {
    return data.subarray(Math.max(0, endAt - PUBLIC_EXPONENT.length), endAt).equals(PUBLIC_EXPONENT)
}

/** rsaEncryption and id-ecPublicKey, tag and length included (RFC 8017, appendix C; RFC 5480, 2.1.1): the keys that a chip can use */
const KEY_ALGORITHMS = [Buffer.from("06092a864886f70d010101", "hex"), Buffer.from("06072a8648ce3d0201", "hex")]
/** AlgorithmIdentifier is short, so its header takes two bytes */
const ALGORITHM_HEADER_BYTES = 2
/** far above the longest subject of a public CA; a longer one is not taken for a name */
const MAX_NAME_BYTES = 1024
const LENGTHS_BYTES = 4

/** All entries of this form, ascending. */
function findEntries(data: Buffer, format: BundleFormat): Place[] {
    const keys = KEY_ALGORITHMS.flatMap(algorithm =>
        occurrences(data, algorithm).flatMap(at => keyAround(data, at - ALGORITHM_HEADER_BYTES)),
    )
    const entries = keys.flatMap(key => entryBefore(data, key, format))
    return entries.sort((one, other) => one.at - other.at)
}

function occurrences(data: Buffer, pattern: Buffer): number[] {
    const places: number[] = []
    for (let at = data.indexOf(pattern); at !== -1; at = data.indexOf(pattern, at + 1)) places.push(at)
    return places
}

/** The SubjectPublicKeyInfo whose AlgorithmIdentifier begins here: its own header takes 2 to 4 bytes. */
function keyAround(data: Buffer, algorithmAt: number): Place[] {
    return [2, 3, 4].flatMap(headerBytes => {
        const at = algorithmAt - headerBytes
        const key = sequenceAt(data, at)
        return key?.headerBytes === headerBytes ? [{ at, endAt: key.endAt }] : []
    })
}

/** The entry whose key this is: a Name ends where the key begins, and the lengths before it fit both. */
function entryBefore(data: Buffer, key: Place, format: BundleFormat): Place[] {
    const read = (at: number) => (format === "idf50" ? data.readUInt16BE(at) : data.readUInt16LE(at))
    const first = Math.max(LENGTHS_BYTES, key.at - MAX_NAME_BYTES)
    for (let nameAt = key.at - 2; nameAt >= first; nameAt--) {
        if (sequenceAt(data, nameAt)?.endAt !== key.at) continue
        const at = nameAt - LENGTHS_BYTES
        if (read(at) === key.at - nameAt && read(at + 2) === key.endAt - key.at) return [{ at, endAt: key.endAt }]
    }
    return []
}

/** The DER SEQUENCE that begins here, if one does: its length in the fewest bytes, below 64 kB, and all of it there. */
function sequenceAt(data: Buffer, at: number): { headerBytes: number; endAt: number } | undefined {
    if (data[at] !== SEQUENCE || at + 4 > data.length) return undefined
    const [headerBytes, length] = readLength(data, at + 1)
    const endAt = at + headerBytes + length
    return endAt <= data.length ? { headerBytes, endAt } : undefined
}

const SEQUENCE = 0x30

/** How many bytes tag and length take, and the length (X.690, 8.1.3 and 10.1); infinite when it is in no good form. */
function readLength(data: Buffer, at: number): [headerBytes: number, length: number] {
    const [first, second] = [data.readUInt8(at), data.readUInt8(at + 1)]
    if (first < 0x80) return [2, first]
    if (first === 0x81 && second >= 0x80) return [3, second]
    if (first === 0x82 && second > 0) return [4, data.readUInt16BE(at + 1)]
    return [0, Infinity]
}
