import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Anchor } from "../../certs/anchor.ts"
import type { AirpinError } from "../../certs/error.ts"
import { readLock, removedAnchors, writeLock } from "../../certs/lock.ts"
import { parseCertificate, parsePem, toPem } from "../../certs/x509/certificate.ts"
import { hasCode } from "../support/error-code.ts"
import { ca, dn, ec, type KeyPair, mint } from "../support/mint.ts"
import { operatorSamples } from "../support/operator-samples.ts"

function anchor(commonName: string, { key = ec(), more = [] as string[], reason = "a test needs it" } = {}): Anchor {
    const name = dn(commonName, { more })
    const der = mint({ subject: name, issuer: name, key: key as KeyPair, signer: key, extensions: [ca()] })
    return { certificate: parseCertificate(der), role: "issuer", reason, source: "ca-file" }
}

/** The file name in the lock: slug and 12 digits of the key's hash. */
const fileOf = ({ certificate }: Anchor, slug: string) => `${slug}-${certificate.spkiSha256.slice(0, 12)}.pem`

describe("the lock of the pins", () => {
    let directory: string

    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "airpin-lock-"))
    })
    afterEach(() => rm(directory, { recursive: true }))

    const read = (name: string) => readFile(join(directory, name), "utf8")

    async function contents(): Promise<Record<string, string>> {
        const all: Record<string, string> = {}
        for (const name of (await readdir(directory)).sort()) all[name] = await read(name)
        return all
    }

    it("writes a reviewable PEM file for each anchor", async () => {
        const root = anchor("Root R", { more: ["C=XX", "O=Test, Inc."] })
        await writeLock(directory, [root], "air.test:8443")
        assert.equal(
            await read(fileOf(root, "root-r")),
            `# subject: CN=Root R, O=Test\\, Inc., C=XX
# key: ECDSA P-256
# SPKI SHA-256: ${root.certificate.spkiSha256}
# not after: 2035-01-01T00:00:00.000Z
# reason: a test needs it
${toPem(root.certificate)}`,
        )
    })

    it("writes pins.json with sorted keys, anchors sorted by file, and a final newline", async () => {
        const [one, two] = [
            anchor("B"),
            { ...anchor("A", { reason: "the other" }), source: "node" as const, role: "backup" as const },
        ]
        await writeLock(directory, [one, two], "air.test")
        assert.equal(
            await read("pins.json"),
            `{
    "anchors": [
        {
            "file": "${fileOf(two, "a")}",
            "key": "ECDSA P-256",
            "notAfter": "2035-01-01T00:00:00.000Z",
            "reason": "the other",
            "role": "backup",
            "source": "node",
            "spkiSha256": "${two.certificate.spkiSha256}",
            "subject": "CN=A"
        },
        {
            "file": "${fileOf(one, "b")}",
            "key": "ECDSA P-256",
            "notAfter": "2035-01-01T00:00:00.000Z",
            "reason": "a test needs it",
            "role": "issuer",
            "source": "ca-file",
            "spkiSha256": "${one.certificate.spkiSha256}",
            "subject": "CN=B"
        }
    ],
    "hosts": [
        "air.test"
    ],
    "version": 1
}
`,
        )
    })

    it("reads back what it wrote", async () => {
        const anchors = [anchor("One"), anchor("Two")]
        await writeLock(directory, anchors, "air.test")
        const lock = await readLock(directory)
        assert.deepEqual(lock.hosts, ["air.test"])
        assert.deepEqual(
            lock.anchors,
            anchors.map((one, at) => ({ ...one, file: fileOf(one, ["one", "two"][at]!) })),
        )
    })

    it("names files in plain letters, whatever the subject", async () => {
        const names = ["Főtanúsítvány (Gold)", "../../etc/passwd", "日本", "x".repeat(80), "a, CN=b\n"]
        const slugs = ["fotanusitvany-gold", "etc-passwd", "anchor", "x".repeat(48), "a-cn-b-0a"]
        for (const [at, name] of names.entries()) {
            const one = anchor(name)
            await writeLock(directory, [one], "air.test")
            const files = (await readdir(directory)).filter(file => file !== "pins.json")
            assert.deepEqual(files, [fileOf(one, slugs[at]!)])
        }
    })

    it("contains several hosts, each once, whatever their order", async () => {
        const one = anchor("One")
        await writeLock(directory, [one], ["spare.test:8443", "air.test:443", "spare.test:8443"])
        assert.deepEqual((await readLock(directory)).hosts, ["air.test:443", "spare.test:8443"])
        assert.deepEqual(await writeLock(directory, [one], ["air.test:443", "spare.test:8443"]), { changed: false })
    })

    for (const sample of operatorSamples)
        it(`shows the end-of-trust date of a root of ${sample.title}`, async function () {
            const folder = sample.folder() ?? this.skip()
            const certificate = parsePem(await readFile(join(folder, "isrgrootx1.pem"), "utf8"))[0]!
            const x1 = { certificate, role: "issuer", reason: "a test needs it", source: "node" } as const
            await writeLock(directory, [x1], "air.test:443", [sample.operator()])
            const pem = await read(fileOf(x1, sample.commonNames.x1.toLowerCase().replaceAll(" ", "-")))
            assert.match(pem, new RegExp(`^# key: ${sample.keys[0]}\n`, "m"))
            assert.match(pem, /^# trusted by others until about: 2030-06-04\n/m)
            assert.match(await read("pins.json"), /"trustEnds": "2030-06-04"\n/)
            await writeLock(directory, [x1], "air.test:443", [])
            assert.doesNotMatch(await read("pins.json"), /trustEnds/)
        })

    it("lists the anchors that another choice would remove, by name and key", async () => {
        const [one, two] = [anchor("One"), anchor("Two")]
        await writeLock(directory, [one, two], "air.test")
        const lock = await readLock(directory)
        const subjects = (anchors: Anchor[]) =>
            removedAnchors(lock, anchors).map(({ certificate }) => certificate.subject)
        assert.deepEqual(subjects([two, one]), [])
        assert.deepEqual(subjects([two, anchor("Three")]), ["CN=One"])
        assert.deepEqual(subjects([two, anchor("One")]), ["CN=One"])
    })

    it("changes no byte when nothing changes", async () => {
        const anchors = [anchor("One"), anchor("Two")]
        assert.deepEqual(await writeLock(directory, anchors, "air.test"), { changed: true })
        const before = await contents()
        const past = new Date("2020-01-01")
        for (const name of Object.keys(before)) await utimes(join(directory, name), past, past)
        assert.deepEqual(await writeLock(directory, anchors.toReversed(), "air.test"), { changed: false })
        assert.deepEqual(await contents(), before)
        for (const name of Object.keys(before)) assert.deepEqual((await stat(join(directory, name))).mtime, past)
    })

    it("repairs a damaged PEM file", async () => {
        const one = anchor("One")
        await writeLock(directory, [one], "air.test")
        await writeFile(join(directory, fileOf(one, "one")), "")
        assert.deepEqual(await writeLock(directory, [one], "air.test"), { changed: true })
        assert.equal((await readLock(directory)).anchors.length, 1)
    })

    it("removes the PEM files of the previous lock, and no other file", async () => {
        const [one, two] = [anchor("One"), anchor("Two")]
        await writeFile(join(directory, "README.md"), "mine")
        await writeFile(join(directory, "mine-0123456789ab.pem"), toPem(two.certificate))
        await writeLock(directory, [one], "air.test")
        await writeLock(directory, [two], "air.test")
        const names = ["README.md", "mine-0123456789ab.pem", "pins.json", fileOf(two, "two")]
        assert.deepEqual(Object.keys(await contents()), names.sort())
        assert.deepEqual(
            (await readLock(directory)).anchors.map(({ file }) => file),
            [fileOf(two, "two")],
        )
    })

    it("creates the directory when it is missing", async () => {
        await writeLock(join(directory, "new", "pinned"), [anchor("One")], "air.test")
        assert.equal((await readLock(join(directory, "new", "pinned"))).anchors.length, 1)
    })

    it("refuses an empty list, and two anchors that would share a file", async () => {
        await assert.rejects(writeLock(directory, [], "air.test"), hasCode("LOCK_EMPTY"))
        const key = ec()
        const [one, other] = [anchor("One", { key }), anchor("One", { key, more: ["O=Other"] })]
        await assert.rejects(writeLock(directory, [one, other], "air.test"), hasCode("LOCK_NAME_CONFLICT"))
        assert.deepEqual(await readdir(directory), [])
    })

    it("keeps the old lock when a file cannot be put in place", async () => {
        const [old, one, two] = [anchor("Old"), anchor("One"), anchor("Two")]
        await writeLock(directory, [old], "air.test")
        const before = await read("pins.json")
        await mkdir(join(directory, fileOf(two, "two"))) // a folder where a file must go
        await assert.rejects(writeLock(directory, [one, two], "air.test"))
        assert.equal(await read("pins.json"), before)
        assert.deepEqual(
            (await readLock(directory)).anchors.map(({ certificate }) => certificate.subject),
            ["CN=Old"],
        )
        assert.deepEqual(
            (await readdir(directory)).filter(name => name.endsWith(".tmp")),
            [],
        )
    })

    it("is complete whenever its writer is killed", async function () {
        if (process.platform === "win32") this.skip() // no SIGSTOP
        const [one, two] = [anchor("One"), anchor("Two")]
        await writeLock(directory, [one], "air.test")
        const writer = startWriter(directory, [one, two])
        const ended = once(writer, "close")
        try {
            await once(writer.stdout, "data")
            for (let sample = 0; sample < 60; sample++) {
                await sleep((sample * 7) % 13)
                writer.kill("SIGSTOP") // the disk is now as after a SIGKILL
                await sleep(2)
                const [found] = (await readLock(directory)).anchors
                assert.match(found!.certificate.subject, /^CN=(One|Two)$/)
                writer.kill("SIGCONT")
            }
        } finally {
            writer.kill("SIGKILL")
            await ended
        }
    })

    it("removes what a killed writer left behind, but not what another process is writing", async () => {
        const [old, fresh] = [".pins.json.0123456789ab.tmp", ".pins.json.ba9876543210.tmp"]
        for (const name of [old, fresh]) await writeFile(join(directory, name), "{")
        await utimes(join(directory, old), new Date("2020-01-01"), new Date("2020-01-01"))
        await writeLock(directory, [anchor("One")], "air.test")
        assert.deepEqual(
            (await readdir(directory)).filter(name => name.endsWith(".tmp")),
            [fresh],
        )
    })

    it("is not misled by a subject that looks like a certificate", async () => {
        const trap = anchor("-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----")
        await writeLock(directory, [trap], "air.test")
        assert.equal((await readLock(directory)).anchors[0]!.certificate.spkiSha256, trap.certificate.spkiSha256)
    })
})

describe("reading a lock", () => {
    let directory: string
    const one = anchor("One")
    const file = fileOf(one, "one")

    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "airpin-lock-"))
        await writeLock(directory, [one], "air.test")
    })
    afterEach(() => rm(directory, { recursive: true }))

    it("reports LOCK_MISSING when nothing is pinned", async () => {
        await unlink(join(directory, "pins.json"))
        await assert.rejects(readLock(directory), hasCode("LOCK_MISSING"))
        await assert.rejects(readLock(join(directory, "nowhere")), hasCode("LOCK_MISSING"))
    })

    const damages: [string, (directory: string) => Promise<void>, RegExp][] = [
        ["a PEM file is missing", d => unlink(join(d, file)), /ENOENT/],
        [
            "a PEM file contains another key",
            d => writeFile(join(d, file), toPem(anchor("One").certificate)),
            /different key/,
        ],
        [
            "a PEM file contains a second certificate",
            d => writeFile(join(d, file), toPem(one.certificate).repeat(2)),
            /more than one/,
        ],
        ["a PEM file contains no certificate", d => writeFile(join(d, file), "#"), /no certificate/],
        ["pins.json is truncated", d => edit(d, text => text.slice(0, 40)), /JSON/],
        ["pins.json is not an object", d => edit(d, () => "null"), /the file is not an object/],
        [
            "pins.json is of a later version",
            d => edit(d, text => text.replace('"version": 1', '"version": 2')),
            /version is not 1/,
        ],
        [
            "pins.json has no anchors",
            d => edit(d, () => '{"version":1,"hosts":[],"anchors":[]}'),
            /anchors is not a list with/,
        ],
        ["pins.json has no hosts", d => edit(d, text => text.replace('"air.test"', "7")), /hosts\[0\] is not a string/],
        [
            "pins.json names no source",
            d => edit(d, text => text.replace("ca-file", "elsewhere")),
            /anchors\[0\]\.source is not one of/,
        ],
        [
            "pins.json names no role",
            d => edit(d, text => text.replace('"role": "issuer"', '"role": "king"')),
            /anchors\[0\]\.role is not one of/,
        ],
        [
            "pins.json leads out of its folder",
            d => edit(d, text => text.replace(file, "../one-0123456789ab.pem")),
            /anchors\[0\]\.file is not the name of a PEM file/,
        ],
    ]
    for (const [what, damage, message] of damages) {
        it(`reports LOCK_CORRUPT when ${what}`, async () => {
            await damage(directory)
            await assert.rejects(readLock(directory), (error: AirpinError) => {
                assert.equal(error.code, "LOCK_CORRUPT")
                assert.match(error.message, message)
                return true
            })
        })
    }
})

async function edit(directory: string, change: (text: string) => string): Promise<void> {
    const path = join(directory, "pins.json")
    const before = await readFile(path, "utf8")
    assert.notEqual(change(before), before)
    await writeFile(path, change(before))
}

/** A process that pins two anchors in turn until it is killed; prints a dot before each write. */
function startWriter(directory: string, anchors: Anchor[]) {
    const program = `
        import { writeLock } from "./certs/lock.ts"
        import { parsePem } from "./certs/x509/certificate.ts"
        const anchors = ${JSON.stringify(anchors.map(({ certificate }) => toPem(certificate)))}
            .map(pem => ({ certificate: parsePem(pem)[0], role: "issuer", reason: "a test needs it", source: "ca-file" }))
        for (let turn = 0; turn < 10_000; turn++) {
            process.stdout.write(".")
            await writeLock(${JSON.stringify(directory)}, [anchors[turn % 2]], "air.test")
        }`
    const args = ["--import", "tsx", "--input-type=module", "--eval", program]
    return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
}
