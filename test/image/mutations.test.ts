/**
 * Random changes of images: each must be refused, or leave everything outside of the bundle as it was. A failure prints
 * how to reproduce it.
 */
import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { repin } from "../../devs/image/repin.ts"
import {
    APP_ADDRESS,
    BUNDLE_AT,
    buildApp,
    buildFirmware,
    noise,
    packBundleBe,
    packBundleLe,
    realRoots,
    resealImage,
} from "../support/firmware-image.ts"

/** 20,000 and more in the long form: `AIRPIN_TAMPERED_IMAGES=20000 npx mocha test/image/mutations.test.ts` */
const IMAGES = Number(process.env.AIRPIN_TAMPERED_IMAGES ?? 8000)
const SEED = 20260301

/** An unchanged image. */
interface Base {
    name: string
    file: Buffer
    /** offset of its application, and the capacity of its bundle */
    appAt: number
    capacityBytes: number
    pack(entries: BundleEntry[]): Buffer
}

/** A change. `where`, from 0 to below 1, and `what` are scaled to the positions and bytes that the kind needs. */
interface Mutation {
    kind: (typeof kinds)[number]
    where: number
    what: number
    length: number
    /** checksum and hash are updated afterwards, so that the code behind their check is reached */
    reseal: boolean
}

const kinds = ["bit", "byte", "run", "zeros", "truncate", "insert", "remove", "splice", "length"] as const

/** Evenly distributed below `limit`. fast-check prefers small values, which would all hit the first bytes. */
const evenly = (limit: number) => fc.noBias(fc.nat(limit - 1))

const mutationArbitrary: fc.Arbitrary<Mutation> = fc.record({
    kind: fc.constantFrom(...kinds),
    where: evenly(2 ** 30).map(value => value / 2 ** 30),
    what: evenly(2 ** 32),
    length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 2000 })),
    reseal: fc.noBias(fc.boolean()),
})

/** Half of all changes hit the headers, the frame of the bundle and the lengths of its entries. */
const mutationsArbitrary = fc.record({
    base: evenly(2 ** 10),
    aimed: fc.boolean(),
    mutations: fc.array(mutationArbitrary, { minLength: 1, maxLength: 3 }),
})

function mutate(base: Base, mutations: Mutation[], aimed: boolean): Buffer {
    let file: Buffer = Buffer.from(base.file)
    for (const mutation of mutations) {
        if (file.length < 4) break
        file = apply(file, offsetOf(base, file, mutation, aimed), mutation)
        if (mutation.reseal && file.length > base.appAt + 24) resealImage(file, base.appAt)
    }
    return file
}

function offsetOf({ appAt, capacityBytes }: Base, file: Buffer, { where }: Mutation, aimed: boolean): number {
    if (!aimed) return Math.floor(where * file.length)
    const bundleAt = appAt + BUNDLE_AT
    const spans = [
        [0, 64],
        [appAt, 64],
        [bundleAt, 16],
        [bundleAt, capacityBytes],
        [bundleAt + capacityBytes - 40, 80],
        [file.length - 80, 80],
    ] as const
    const [from, length] = spans[Math.floor(where * spans.length)]!
    return clamp(0, file.length - 1, from + Math.floor(((where * spans.length) % 1) * length))
}

const clamp = (least: number, most: number, value: number) => Math.min(most, Math.max(least, value))

function apply(file: Buffer, at: number, { kind, what, length }: Mutation): Buffer {
    const end = Math.min(file.length, at + length)
    const elsewhere = what % file.length
    if (kind === "bit") file[at]! ^= 1 << (what & 7)
    else if (kind === "byte") file[at] = what & 0xff
    else if (kind === "run") noise(end - at, what).copy(file, at)
    else if (kind === "zeros") file.fill(what & 1 ? 0 : 0xff, at, end)
    else if (kind === "truncate") return file.subarray(0, at)
    else if (kind === "insert") return Buffer.concat([file.subarray(0, at), noise(length, what), file.subarray(at)])
    else if (kind === "remove") return Buffer.concat([file.subarray(0, at), file.subarray(end)])
    else if (kind === "splice") file.copyWithin(at, elsewhere, elsewhere + length)
    else file.writeUInt32LE((what & 1 ? length : what) >>> 0, Math.min(at & ~3, file.length - 4))
    return file
}

describe("tampered images", function () {
    this.timeout(120_000)

    let folder: string
    /** the chains of the pinned server, and of the server whose CA the images trust */
    let ownChain: Buffer[], oldChain: Buffer[]
    let pinned: BundleEntry[]
    let bases: Base[]

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "airpin-mutations-"))
        const own = await openOrCreateLocalCa(join(folder, "own"))
        const old = await openOrCreateLocalCa(join(folder, "old"))
        ;[ownChain, oldChain] = [own, old].map(({ server }) => parsePem(server.chainPem).map(({ der }) => der)) as [
            Buffer[],
            Buffer[],
        ]
        pinned = parsePem(own.rootPem)
        const entries = [...parsePem(old.rootPem), ...realRoots(2)].sort((one, other) =>
            Buffer.compare(one.subjectDer, other.subjectDer),
        )
        bases = await makeBases(entries, parsePem(old.rootPem))
    })
    after(() => rm(folder, { recursive: true }))

    /** Both bundle formats, with a hash and without, alone and in a flash image, as built and as patched before. */
    async function makeBases(entries: BundleEntry[], fewer: BundleEntry[]): Promise<Base[]> {
        const made: Base[] = []
        for (const [form, pack] of Object.entries({ be: packBundleBe, le: packBundleLe })) {
            const bundle = pack(entries)
            const app = (hash: boolean) => ({ dataBytes: 0, codeBytes: 0, ramBytes: 512, bundles: [bundle], hash })
            const built = { capacityBytes: bundle.length, pack }
            made.push({ name: `${form} alone`, file: buildApp(app(true)), appAt: 0, ...built })
            made.push({ name: `${form} without hash`, file: buildApp(app(false)), appAt: 0, ...built })
            made.push({ name: `${form} patched`, file: await repin(buildApp(app(true)), fewer), appAt: 0, ...built })
            made.push({
                name: `${form} in flash`,
                file: buildFirmware({ apps: [app(true)], md5Row: form === "be" }),
                appAt: APP_ADDRESS - 0x1000,
                ...built,
            })
        }
        return made
    }

    /** The patched image, or the error code of its refusal. Any other error fails the test. */
    async function tryRepin(file: Buffer): Promise<Buffer | string> {
        try {
            return await repin(file, pinned)
        } catch (error) {
            if (!(error instanceof AirpinError) || error.code === "IMAGE_UNCONFIRMED") throw error
            return error.code
        }
    }

    /** Only the bundle's capacity, checksum and hash have changed, and the chip trusts only the pinned server. */
    function checkAccepted({ appAt, capacityBytes, pack }: Base, file: Buffer, patched: Buffer): void {
        const bundle = pack(pinned)
        const at = patched.indexOf(bundle)
        assert.ok(at > appAt && patched.indexOf(bundle, at + 1) === -1)
        const sums = resealImage(Buffer.from(patched), appAt)!
        const masked = [file, patched].map(bytes =>
            Buffer.from(bytes)
                .fill(0, at, at + capacityBytes)
                .fill(0, sums.checksumAt, sums.endAt),
        )
        assert.ok(masked[0]!.equals(masked[1]!), "bytes were changed that are not the bundle's")
        const region =
            pack === packBundleBe
                ? patched.subarray(at, at + capacityBytes)
                : packBundleBe(readLe(patched.subarray(at, at + capacityBytes)))
        const verdicts = [ownChain, oldChain].map(chain => deviceAccepts(chain, region, "localhost").accepted)
        assert.deepEqual(verdicts, [true, false])
    }

    it(`are refused or patched correctly: ${IMAGES} of them`, async () => {
        const outcomes = new Map<string, number>()
        const property = fc.asyncProperty(mutationsArbitrary, async ({ base: index, aimed, mutations }) => {
            const base = bases[index % bases.length]!
            const file = mutate(base, mutations, aimed)
            const outcome = await tryRepin(file)
            if (typeof outcome !== "string") checkAccepted(base, file, outcome)
            const code = typeof outcome === "string" ? outcome : "accepted"
            outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
        })
        await fc.assert(property, { numRuns: IMAGES, seed: SEED })
        for (const code of [
            "accepted",
            "IMAGE_TRUNCATED",
            "IMAGE_CHECKSUM_WRONG",
            "IMAGE_HASH_WRONG",
            "BUNDLE_NOT_FOUND",
            "BUNDLE_DAMAGED",
            "PARTITION_TABLE_MISSING",
        ])
            assert.ok((outcomes.get(code) ?? 0) > 20, `${code} came about ${outcomes.get(code) ?? 0} times`)
    })
})

/** The entries of a bundle in the format of ESP-IDF v5.4, read without the code under test. */
function readLe(bundle: Buffer): BundleEntry[] {
    return Array.from({ length: bundle.readUInt32LE(0) / 4 }, (_, index) => {
        const at = bundle.readUInt32LE(4 * index)
        const keyAt = at + 4 + bundle.readUInt16LE(at)
        return {
            subjectDer: bundle.subarray(at + 4, keyAt),
            spkiDer: bundle.subarray(keyAt, keyAt + bundle.readUInt16LE(at + 2)),
        }
    })
}
