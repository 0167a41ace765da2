import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../certs/local-ca.ts"
import { readLock } from "../../certs/lock.ts"
import { toPem } from "../../certs/x509/certificate.ts"
import { type Replay, readReplay } from "../../devs/sim/air/recording.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { ec } from "../support/mint.ts"
import { certify, namedCa, pemOf, type Served, serve } from "../support/named-ca.ts"
import { Office } from "../support/office.ts"
import { type OfficeRecording, twoDays } from "../support/office-recordings.ts"

const MINUTES_AFTER_EACH_STEP = 500
/** readings of one batch that is not full yet */
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

/** One after the other; each word is what the command says of the chain before it is served. */
const steps: { what: string; served: Served; word: string; code: number }[] = [
    { what: "its certificate is renewed", served: serve(firstCa, firstIntermediate), word: "renewed", code: 0 },
    { what: "its intermediate is rotated", served: serve(secondCa, secondIntermediate), word: "rotated", code: 10 },
    {
        what: "its chain gains a cross-signed tail",
        served: serve(secondCa, secondIntermediate, crossSigned),
        word: "rotated",
        code: 10,
    },
    { what: "its chain loses the tail again", served: serve(secondCa, secondIntermediate), word: "rotated", code: 10 },
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
        const authority = { server: { keyPem: first.key, chainPem: first.cert }, rootPem } as LocalCa
        office = await Office.open(authority, {}, { air: replay, startMs: replay.startMs })
        await office.runMinutes(60)
        assert.ok(office.stored().length > 50)
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

    /** The root that signed the chain, and as a backup the one that signs it across. */
    async function pinFirst(): Promise<void> {
        const files = [
            await fileOf("root.pem", pemOf(certify(root, root))),
            await fileOf("old.pem", pemOf(certify(oldRoot, oldRoot))),
        ] as const
        const { code, stderr } = await command(first, "--ca", files[0], "--backup", files[1])
        assert.equal(code, 0, stderr)
    }

    async function announces(next: Served, word: string, code: number): Promise<void> {
        const said = await command(next, "--check", "--images", path.join(folder, "images"))
        assert.equal(said.code, code, said.stderr)
        assert.match(said.stdout, new RegExp(`^${word} +localhost:443: `, "m"))
    }

    async function change(next: Served): Promise<void> {
        await office.stopServer()
        await office.startServer(next)
        served = next
    }

    for (const { what, served: next, word, code } of steps)
        it(`${what}: pin --check says ${word} (${code}) before, and the readings go on`, async () => {
            await announces(next, word, code)
            const [stored, seen] = [office.stored().length, office.seen.length]
            await change(next)
            await office.runMinutes(MINUTES_AFTER_EACH_STEP)
            assert.ok(office.stored().length >= stored + MINUTES_AFTER_EACH_STEP - 2 * MAX_UNSENT)
            assert.ok(office.seen.length > seen)
        })

    it("an attacker takes its place: refused (20) is said before, and it is sent not one reading", async () => {
        const impostor = serve(attackersCa, certify(attackersCa, { ...root, key: ec() }))
        await announces(impostor, "refused", 20)
        const [right, seen] = [served, office.seen.length]
        await change(impostor)
        await office.runMinutes(60)
        assert.equal(office.seen.length, seen)
        assert.equal(office.states().at(-1), "refused")
        await change(right)
    })

    it("and at the end of the recording nothing is lost and nothing is doubled", async () => {
        await office.runMinutes((replay.endMs - office.clock.now()) / 60_000)
        const stored = office.stored()
        assert.deepEqual(
            stored,
            stored.map((_, at) => at + 1),
        )
        assert.equal(office.known.lost, 0)
        assert.ok(office.taken - stored.length < MAX_UNSENT)
        assert.ok(
            stored.length >= replay.rows.length - 2 * MAX_UNSENT,
            `${stored.length} of ${replay.rows.length} minutes`,
        )
    })
}
