/**
 * The certificate bundle within an application: which bytes it takes, and how many it may take.
 * Nothing points to it and it is not aligned, so it is recognised by its entries: two lengths, a Name
 * and a SubjectPublicKeyInfo. All runs of such entries are found, not only those that make a valid
 * bundle: entries that are left over beside a bundle are a sign of damage, and the rest of a bundle
 * with a broken entry could pass for a smaller bundle.
 */
import { type BundleEntry, type BundleFormat, decodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { type AppImage, mappedData, type Segment } from "./app-image.ts"
import { capacityOf } from "./bundle-capacity.ts"
import { addressText } from "./flash-memory.ts"

/** Where a bundle is; positions are offsets in the file. */
export interface BundleRegion {
    /** the application that contains it */
    app: AppImage
    format: BundleFormat
    at: number
    /** up to the end of its last entry */
    sizeBytes: number
    /** how many bytes another bundle in its place may take */
    capacityBytes: number
    entries: BundleEntry[]
}

/**
 * The only bundle in all applications.
 *
 * @throws AirpinError BUNDLE_NOT_FOUND, BUNDLE_AMBIGUOUS, BUNDLE_DAMAGED, BUNDLE_CAPACITY_DAMAGED
 */
export function findBundle(bytes: Buffer, apps: AppImage[]): BundleRegion {
    const regions = apps.flatMap(app => mappedData(app).flatMap(segment => findInSegment(bytes, app, segment)))
    const [region, another] = regions
    if (!region) {
        throw new AirpinError("BUNDLE_NOT_FOUND", "the mapped data of this image contains no certificate bundle")
    }
    if (!another) return region
    const places = regions.map(({ at }) => addressText(at)).join(" and ")
    throw new AirpinError(
        "BUNDLE_AMBIGUOUS",
        `the image contains ${regions.length} certificate bundles, at ${places}, and nothing tells which of them is used`,
    )
}

function findInSegment(bytes: Buffer, app: AppImage, segment: Segment): BundleRegion[] {
    const data = bytes.subarray(segment.at, segment.at + segment.sizeBytes)
    return formats.flatMap(format =>
        joinRuns(findEntries(data, format)).map(run => readRun(data, run, format, app, segment.at)),
    )
}

/** The position of an entry or of a key in the segment. */
interface EntryRange {
    /** of its first byte; for an entry, of its two lengths */
    at: number
    endAt: number
}

type Run = [EntryRange, ...EntryRange[]]

/** Groups of entries that follow each other without a gap. */
function joinRuns(entries: EntryRange[]): Run[] {
    const runs: Run[] = []
    for (const entry of entries) {
        const run = runs.at(-1)
        if (run?.at(-1)?.endAt === entry.at) run.push(entry)
        else runs.push([entry])
    }
    return runs
}

const formats: BundleFormat[] = ["idf50", "idf54"]
/** size of what precedes the entries: a count, or an offset for each entry */
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

function decodeRun(data: Buffer, { at, endAt }: EntryRange, format: BundleFormat, segmentAt: number): BundleEntry[] {
    try {
        if (at < 0 || (format === "idf50" && endsRsaKey(data, at + 2)))
            throw new Error("the first entry is not preceded by a count")
        return decodeBundle(data.subarray(at, endAt), format)
    } catch (cause) {
        throw new AirpinError(
            "BUNDLE_DAMAGED",
            `the entries up to byte ${addressText(segmentAt + endAt)} of the file are not a complete certificate bundle: ${(cause as Error).message}`,
            { cause },
        )
    }
}

/** RSA keys end with the usual public exponent, 65537, whose last two bytes look like a count of 1. */
const PUBLIC_EXPONENT = Buffer.from("0203010001", "hex")

function endsRsaKey(data: Buffer, endAt: number): boolean {
    return data.subarray(Math.max(0, endAt - PUBLIC_EXPONENT.length), endAt).equals(PUBLIC_EXPONENT)
}

/** The keys a chip can use: rsaEncryption, id-ecPublicKey, with tag and length (RFC 8017, C; RFC 5480, 2.1.1). */
const KEY_ALGORITHMS = [Buffer.from("06092a864886f70d010101", "hex"), Buffer.from("06072a8648ce3d0201", "hex")]
/** AlgorithmIdentifier is short, so its header has two bytes */
const ALGORITHM_HEADER_BYTES = 2
/** far above the longest subject of a public CA; longer ones are not searched for */
const MAX_NAME_BYTES = 1024
const LENGTHS_BYTES = 4

/** All entries of this format, in ascending order. */
function findEntries(data: Buffer, format: BundleFormat): EntryRange[] {
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

/** The SubjectPublicKeyInfo whose AlgorithmIdentifier begins here; its own header has 2 to 4 bytes. */
function keyAround(data: Buffer, algorithmAt: number): EntryRange[] {
    return [2, 3, 4].flatMap(headerBytes => {
        const at = algorithmAt - headerBytes
        const key = sequenceAt(data, at)
        return key?.headerBytes === headerBytes ? [{ at, endAt: key.endAt }] : []
    })
}

/** The entry with this key: its Name ends where the key begins, and the lengths before the Name match both. */
function entryBefore(data: Buffer, key: EntryRange, format: BundleFormat): EntryRange[] {
    const read = (at: number) => (format === "idf50" ? data.readUInt16BE(at) : data.readUInt16LE(at))
    const first = Math.max(LENGTHS_BYTES, key.at - MAX_NAME_BYTES)
    for (let nameAt = key.at - 2; nameAt >= first; nameAt--) {
        if (sequenceAt(data, nameAt)?.endAt !== key.at) continue
        const at = nameAt - LENGTHS_BYTES
        if (read(at) === key.at - nameAt && read(at + 2) === key.endAt - key.at) return [{ at, endAt: key.endAt }]
    }
    return []
}

/** The DER SEQUENCE that begins here: minimal length encoding, below 64 kB, complete. Undefined if there is none. */
function sequenceAt(data: Buffer, at: number): { headerBytes: number; endAt: number } | undefined {
    if (data[at] !== SEQUENCE || at + 4 > data.length) return undefined
    const [headerBytes, length] = readLength(data, at + 1)
    const endAt = at + headerBytes + length
    return endAt <= data.length ? { headerBytes, endAt } : undefined
}

const SEQUENCE = 0x30

/** Size of tag and length, and the length (X.690, 8.1.3 and 10.1); Infinity if it is not minimally encoded. */
function readLength(data: Buffer, at: number): [headerBytes: number, length: number] {
    const [first, second] = [data.readUInt8(at), data.readUInt8(at + 1)]
    if (first < 0x80) return [2, first]
    if (first === 0x81 && second >= 0x80) return [3, second]
    if (first === 0x82 && second > 0) return [4, data.readUInt16BE(at + 1)]
    return [0, Infinity]
}
