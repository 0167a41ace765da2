import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { readLock } from "../../certs/lock.ts"
import { toPem } from "../../certs/x509/certificate.ts"
import { readReplay } from "../../devs/sim/air/recording/read-replay.ts"
import type { Replay } from "../../devs/sim/air/recording/replay.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { ec } from "../support/mint.ts"
import { certify, namedCa, pemOf, type Served, serve } from "../support/named-ca.ts"
import { Office } from "../support/office.ts"
import { type OfficeRecording, twoDays } from "../support/office-recordings.ts"

const MINUTES_AFTER_EACH_STEP = 500
/** readings that wait for a full batch */
const MAX_UNSENT = 5

const [oldRoot, root, firstCa, secondCa] = [
    namedCa("Old root"),
    namedCa("Root"),
    namedCa("CA 1"),
    namedCa("CA 2"),
] as const
const attackersCa = namedCa("CA 1")

const [firstIntermediate, secondIntermediate, crossSigned] = [
    certify(firstCa, root),
    certify(secondCa, root),
    certify(root, oldRoot),
] as const
const first = serve(firstCa, firstIntermediate)

/** In this order; the verdict and exit status are those of `pin --check` before the chain is served. */
const steps: { what: string; served: Served; verdict: string; code: number }[] = [
    { what: "its certificate is renewed", served: serve(firstCa, firstIntermediate), verdict: "renewed", code: 0 },
    { what: "its intermediate is rotated", served: serve(secondCa, secondIntermediate), verdict: "rotated", code: 10 },
    {
        what: "its chain gains a cross-signed tail",
        served: serve(secondCa, secondIntermediate, crossSigned),
        verdict: "rotated",
        code: 10,
    },
    {
        what: "its chain loses the tail again",
        served: serve(secondCa, secondIntermediate),
        verdict: "rotated",
        code: 10,
    },
]

for (const recorded of twoDays)
    describe(`a device in a recorded office (${recorded.title}) while its server changes its chain`, function () {
        this.timeout(180_000)
        rotationIn(recorded)
    })

function rotationIn({ title, csv }: OfficeRecording): void {
    let folder: string
    let replay: Replay
    let office: Office
    let served = first

    before(async function () {
        const text = csv() ?? this.skip()
        folder = await temporaryFolder()
        replay = readReplay(text, title)
        await pinFirst()
        const { anchors } = await readLock(path.join(folder, "pinned"))
        const rootPem = anchors.map(({ certificate }) => toPem(certificate)).join("")
        const authority = { server: { keyPem: first.key, chainPem: first.cert }, rootPem }
        office = await Office.open(authority, {}, { air: replay, startMs: replay.startMs })
        await office.runMinutes(60)
        assert.ok((await office.stored()).length > 50)
    })
    after(() => office?.close())

    const fileOf = async (name: string, text: string) => {
        const file = path.join(folder, name)
        await writeFile(file, text)
        return file
    }
    const command = async (chain: Served, ...args: string[]) =>
        airpin([
            "pin",
            "localhost",
            "--chain",
            await fileOf("chain.pem", chain.cert),
            "--pinned",
            path.join(folder, "pinned"),
            ...args,
        ])

    /** Pins the root that signed the chain, and as a backup the one that cross-signs it. */
    async function pinFirst(): Promise<void> {
        const files = [
            await fileOf("root.pem", pemOf(certify(root, root))),
            await fileOf("old.pem", pemOf(certify(oldRoot, oldRoot))),
        ] as const
        const { code, stderr } = await command(first, "--ca", files[0], "--backup", files[1])
        assert.equal(code, 0, stderr)
    }

    async function checkReports(next: Served, verdict: string, code: number): Promise<void> {
        const check = await command(next, "--check", "--images", path.join(folder, "images"))
        assert.equal(check.code, code, check.stderr)
        assert.match(check.stdout, new RegExp(`^${verdict} +localhost:443: `, "m"))
    }

    async function change(next: Served): Promise<void> {
        await office.stopServer()
        await office.startServer(next)
        served = next
    }

    for (const { what, served: next, verdict, code } of steps)
        it(`${what}: pin --check reports ${verdict} (${code}) before, and readings continue to arrive`, async () => {
            await checkReports(next, verdict, code)
            const [stored, seen] = [(await office.stored()).length, office.seen.length]
            await change(next)
            await office.runMinutes(MINUTES_AFTER_EACH_STEP)
            assert.ok((await office.stored()).length >= stored + MINUTES_AFTER_EACH_STEP - 2 * MAX_UNSENT)
            assert.ok(office.seen.length > seen)
        })

    it("an attacker takes its place: pin --check reports refused (20) before, and the device sends it no reading", async () => {
        const impostor = serve(attackersCa, certify(attackersCa, { ...root, key: ec() }))
        await checkReports(impostor, "refused", 20)
        const [right, seen] = [served, office.seen.length]
        await change(impostor)
        await office.runMinutes(60)
        assert.equal(office.seen.length, seen)
        assert.equal(office.states().at(-1), "refused")
        await change(right)
    })

    it("at the end of the recording no reading is lost or duplicated", async () => {
        await office.runMinutes((replay.endMs - office.clock.now()) / 60_000)
        const stored = await office.stored()
        assert.deepEqual(
            stored,
            stored.map((_, at) => at + 1),
        )
        assert.equal((await office.known).lost, 0)
        assert.ok(office.taken - stored.length < MAX_UNSENT)
        assert.ok(
            stored.length >= replay.rows.length - 2 * MAX_UNSENT,
            `${stored.length} of ${replay.rows.length} minutes`,
        )
    })
}
