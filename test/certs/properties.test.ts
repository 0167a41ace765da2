/** Properties of every chain, bundle and lock; a failure prints the seed that reproduces it. */
import assert from "node:assert/strict"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { type BundleEntry, decodeBundle, encodeBundle, formatOf } from "../../certs/bundle/bundle.ts"
import { checkChain } from "../../certs/check.ts"
import { type Anchor, chooseAnchors } from "../../certs/choose-anchors.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { readLock, writeLock } from "../../certs/lock.ts"
import { presentedChain, readPresentedChains, writePresentedChains } from "../../certs/presented-chains.ts"
import { type Certificate, parseCertificate, parsePem } from "../../certs/x509/certificate.ts"
import { altNames, ca, dn, dns, ec, type KeyPair, mint, PRINTABLE, rsa, spkiOf, UTF8 } from "../support/mint.ts"

const NOW = new Date("2026-03-01T00:00:00Z")
const SERVER = "leaf.test"
/** runs per property; all of them take less than 20 s on a busy machine */
const MAX_MS = 1_900
const bounded = (numRuns: number) => ({ numRuns, interruptAfterTimeLimit: MAX_MS })

/** Keys are slow to make, so all worlds share them; a leaf never has the key of a CA. */
const caKeys = [ec(), ec(), ec("P-384"), rsa()]
const leafKeys = [ec(), rsa()]
const unrelated = ec()

interface Ca {
    text: string
    tag: number
    key: KeyPair
}

const caArbitrary = fc.record<Ca>({
    text: fc.stringMatching(/^[A-Za-z0-9 ]{0,40}$/),
    tag: fc.constantFrom(UTF8, PRINTABLE),
    key: fc.constantFrom(...caKeys),
})

/** A server's chain and the roots it may end in. */
interface World {
    presented: Certificate[]
    roots: Certificate[]
}

/**
 * One to four intermediates; then nothing, the root itself, or the root
 * cross-signed by an older one; unrelated certificates anywhere after the leaf.
 */
const worldArbitrary: fc.Arbitrary<World> = fc
    .record({
        cas: fc.array(caArbitrary, { minLength: 3, maxLength: 6 }),
        ending: fc.constantFrom("root not sent", "root sent", "cross-signed"),
        leafKey: fc.constantFrom(...leafKeys),
        strays: fc.array(fc.nat(), { maxLength: 2 }),
    })
    .map(({ cas, ending, leafKey, strays }) => {
        const named = cas.map(({ text, tag, key }, at) => ({ name: dn(`${text}${at}`, { tag }), key }))
        const [oldRoot, root, ...intermediates] = named as [Named, Named, ...Named[]]
        const [issuing] = intermediates as [Named]
        const path = [
            mint({
                subject: dn(SERVER),
                issuer: issuing.name,
                key: leafKey,
                signer: issuing.key,
                extensions: [altNames(dns(SERVER))],
            }),
            ...intermediates.map((own, at) => certify(own, intermediates[at + 1] ?? root)),
            ...(ending === "root sent"
                ? [certify(root, root)]
                : ending === "cross-signed"
                  ? [certify(root, oldRoot)]
                  : []),
        ]
        for (const stray of strays) path.splice(1 + (stray % path.length), 0, strayCertificate)
        return {
            presented: path.map(der => parseCertificate(der)),
            roots: [certify(root, root), certify(oldRoot, oldRoot)].map(der => parseCertificate(der)),
        }
    })

interface Named {
    name: Buffer
    key: KeyPair
}

const certify = (own: Named, issuer: Named) =>
    mint({ subject: own.name, issuer: issuer.name, key: own.key, signer: issuer.key, extensions: [ca()] })
const strayCertificate = certify({ name: dn("Stray"), key: unrelated }, { name: dn("Stray's CA"), key: unrelated })
const unrelatedEntry: BundleEntry = { subjectDer: dn("Unrelated"), spkiDer: spkiOf(unrelated) }

const verdictOn = (presented: Certificate[], bundle: Uint8Array) =>
    deviceAccepts(
        presented.map(({ der }) => der),
        bundle,
        SERVER,
    )
const entriesOf = (anchors: Anchor[]) => anchors.map(({ certificate }) => certificate)
const choose = ({ presented, roots }: World) =>
    chooseAnchors(presented, { serverName: SERVER, roots, now: NOW, nodeRoots: [], siblings: false })

const entryArbitrary: fc.Arbitrary<BundleEntry> = fc
    .record({ name: fc.string({ unit: "grapheme", maxLength: 30 }), key: fc.constantFrom(...caKeys, ...leafKeys) })
    .map(({ name, key }) => ({ subjectDer: dn(name), spkiDer: spkiOf(key) }))

const bundleArbitrary = fc.record({
    entries: fc.uniqueArray(entryArbitrary, {
        minLength: 1,
        maxLength: 200,
        size: "max",
        selector: entry => entry.subjectDer.toString("hex"),
    }),
    format: fc.constantFrom("idf50" as const, "idf54" as const),
})

describe("properties of certs/", () => {
    it("a bundle of any entries is decoded and encoded to the same bytes, in either format", () => {
        const property = fc.property(bundleArbitrary, ({ entries, format }) => {
            const bytes = encodeBundle(entries, format)
            assert.equal(formatOf(bytes), format)
            const decoded = decodeBundle(bytes)
            assert.equal(decoded.length, entries.length)
            assert.deepEqual(encodeBundle(decoded, format), bytes)
        })
        fc.assert(property, bounded(15))
    })

    it("the device accepts a chain with the anchors chosen for it, and refuses it without the one it looks up", () => {
        const property = fc.property(worldArbitrary, world => {
            const anchors = choose(world)
            const verdict = verdictOn(world.presented, encodeBundle(entriesOf(anchors)))
            assert.ok(verdict.accepted, verdict.reason)
            const others = entriesOf(anchors).filter(({ subject }) => subject !== verdict.lookedUp)
            assert.equal(others.length, anchors.length - 1)
            assert.equal(verdictOn(world.presented, encodeBundle([...others, unrelatedEntry])).accepted, false)
        })
        fc.assert(property, bounded(60))
    })

    it("a chain that is checked right after pinning is current", () => {
        const property = fc.property(worldArbitrary, world => {
            const request = {
                anchors: entriesOf(choose(world)),
                serverName: SERVER,
                before: presentedChain(SERVER, world.presented),
                now: NOW,
            }
            assert.equal(checkChain(world.presented, request).state, "current")
        })
        fc.assert(property, bounded(15))
    })
})

/** The right chain, and an attacker's with the same names and other keys. */
const [rootKey, interKey, attackerRoot, attackerInter, leafKey] = [ec(), ec(), ec(), ec(), ec()] as const
const chainBy = (rootSigner: KeyPair, interSigner: KeyPair) => [
    mint({
        subject: dn(SERVER),
        issuer: dn("Inter"),
        key: leafKey,
        signer: interSigner,
        extensions: [altNames(dns(SERVER))],
    }),
    certify({ name: dn("Inter"), key: interSigner }, { name: dn("Root"), key: rootSigner }),
]
const honest = chainBy(rootKey, interKey)
const attackers = chainBy(attackerRoot, attackerInter)
const root = parseCertificate(certify({ name: dn("Root"), key: rootKey }, { name: dn("Root"), key: rootKey }))
const attackersChain = attackers.map(der => parseCertificate(der))
const anchor: Anchor = { certificate: root, reason: "a test needs it", source: "ca-file", role: "issuer" }

/** Changes one byte. */
interface Mutation {
    at: number
    flip: number
}
/** Half of the positions are among the first bytes, where counts, offsets, tags and lengths are. */
const mutationArbitrary = fc.record<Mutation>({
    at: fc.oneof(fc.nat({ max: 15 }), fc.nat({ max: 1e6 })),
    flip: fc.integer({ min: 1, max: 255 }),
})

function mutate(bytes: Buffer, { at, flip }: Mutation): Buffer {
    const copy = Buffer.from(bytes)
    copy[at % copy.length]! ^= flip
    return copy
}

/** The tool's result; undefined when it threw an AirpinError. */
async function unlessRefused<T>(run: () => T | Promise<T>): Promise<T | undefined> {
    try {
        return await run()
    } catch (error) {
        assert.ok(error instanceof AirpinError, String((error as Error).stack))
        return undefined
    }
}

describe("one changed byte neither crashes a tool nor makes a device accept an attacker:", () => {
    for (const format of ["idf50", "idf54"] as const)
        it(`in a bundle (${format})`, async () => {
            const bundle = encodeBundle([root, unrelatedEntry], format)
            const property = fc.asyncProperty(mutationArbitrary, async mutation => {
                const bytes = mutate(bundle, mutation)
                await unlessRefused(() => decodeBundle(bytes))
                assert.equal(deviceAccepts(attackers, bytes, SERVER).accepted, false)
                deviceAccepts(honest, bytes, SERVER)
            })
            await fc.assert(property, bounded(150))
        })

    it("in a chain", async () => {
        const bundle = encodeBundle([root])
        const property = fc.asyncProperty(mutationArbitrary, fc.constantFrom(0, 1), async (mutation, which) => {
            const bad = attackers.map((der, at) => (at === which ? mutate(der, mutation) : der))
            assert.equal(deviceAccepts(bad, bundle, SERVER).accepted, false)
            const parsed = await unlessRefused(() => bad.map(der => parseCertificate(der)))
            if (parsed) {
                assert.equal(await unlessRefused(() => choose({ presented: parsed, roots: [root] })), undefined)
                assert.equal(checkChain(parsed, { anchors: [root], serverName: SERVER, now: NOW }).state, "refused")
            }
            const good = honest.map((der, at) => (at === which ? mutate(der, mutation) : der))
            const { accepted } = deviceAccepts(good, bundle, SERVER)
            const isAsSigned = honest.every((der, at) => good[at]!.includes(parseCertificate(der).tbsDer))
            assert.ok(isAsSigned || !accepted)
        })
        await fc.assert(property, bounded(150))
    })

    describe("in a lock", () => {
        let directory: string
        before(async () => {
            directory = await mkdtemp(join(tmpdir(), "airpin-properties-"))
            await writeLock(directory, [anchor], `${SERVER}:443`)
            await writePresentedChains(directory, {
                [`${SERVER}:443`]: presentedChain(
                    SERVER,
                    honest.map(der => parseCertificate(der)),
                ),
            })
        })
        after(() => rm(directory, { recursive: true }))

        for (const kind of ["pins.json", ".pem", "presented.json"])
            it(kind, async () => {
                const file = join(directory, (await readdir(directory)).find(name => name.endsWith(kind))!)
                const whole = await readFile(file)
                const property = fc.asyncProperty(mutationArbitrary, async mutation => {
                    await writeFile(file, mutate(whole, mutation))
                    const lock = await unlessRefused(() => readLock(directory))
                    const before = (await unlessRefused(() => readPresentedChains(directory)))?.get(`${SERVER}:443`)
                    if (!lock) return
                    const request = { anchors: entriesOf(lock.anchors), serverName: SERVER, before, now: NOW }
                    const result = await unlessRefused(() => checkChain(attackersChain, request))
                    if (result) assert.equal(result.state, "refused")
                })
                await fc.assert(
                    property.afterEach(() => writeFile(file, whole)),
                    bounded(80),
                )
            })

        it("as PEM text", async () => {
            const text = await readFile(
                join(directory, (await readdir(directory)).find(name => name.endsWith(".pem"))!),
            )
            const property = fc.asyncProperty(mutationArbitrary, mutation =>
                unlessRefused(() => parsePem(mutate(text, mutation).toString("latin1"))).then(() => undefined),
            )
            await fc.assert(property, bounded(100))
        })
    })
})
