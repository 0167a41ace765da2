import assert from "node:assert/strict"
import { mkdir, readdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { CHIP_STORE_BYTES, createStore } from "../../devs/image/fstor.ts"
import { writePartition } from "../../devs/image/runtime-partitions.ts"
import { settingEntries } from "../../devs/image/store-entries.ts"
import { buildStore } from "../../devs/image/store-image.ts"
import { type LocalService, startLocalService } from "../../devs/testbed/local-service.ts"
import { buildFirmware as buildProgram } from "../../devs/vm/firmware.ts"
import { openStored } from "../api/support/stored.ts"
import { airpin, airpinUntil, temporaryFolder } from "../support/airpin.ts"
import { buildApp, buildFirmware, packBundleLe, realRoots } from "../support/firmware-image.ts"
import { flashFile, stockImage } from "../support/flash-file.ts"
import { type RunningServer, temporaryCa, tlsServer } from "../support/tls-servers.ts"

const CLOCK = "test/fixtures/programs/clock.ts"
const quick = { INTERVAL_S: "5", BATCH: "1" }
/** In real time this takes about ten seconds. */
const MAX_WAIT_MS = 40_000

describe("airpin sim --image", function () {
    this.timeout(90_000)
    /** An empty folder: no pins, no settings, no sources. */
    let folder: string
    let service: LocalService
    before(async () => {
        folder = await temporaryFolder()
        const databaseDirectory = path.join(folder, "api")
        await mkdir(databaseDirectory)
        service = await startLocalService({ directory: databaseDirectory, databaseDirectory, now: () => Date.now() })
    })
    after(() => service.close())

    const write = async (name: string, bytes: Uint8Array) => {
        const file = path.join(folder, name)
        await writeFile(file, bytes)
        return file
    }

    /** Runs the device of a file until it prints this text, checks the exit status, and returns its output. */
    async function run(file: string, awaited: string, status = 0): Promise<string> {
        const sim = await airpinUntil(["sim", "--image", file], text => text.includes(awaited), MAX_WAIT_MS, folder)
        const { code, stdout } = await sim.stop()
        assert.deepEqual([sim.seen, code], [true, status], stdout)
        return stdout
    }

    describe("with two devices at once", () => {
        const TOKEN = "tok_0123456789abcdef"
        let token: string
        let otherServer: RunningServer
        let posting: string
        let refusing: string
        before(async () => {
            const [server, other] = [await temporaryCa(), await temporaryCa()]
            otherServer = await tlsServer({ key: server.server.keyPem, cert: server.server.chainPem })
            token = await service.tokenFor("flashed")
            const own = await flashFile(service.authority, { ...quick, API_URL: service.url, API_TOKEN: token })
            const another = await flashFile(other, {
                ...quick,
                API_URL: `https://localhost:${otherServer.port}`,
                API_TOKEN: TOKEN,
            })
            const runs = [
                run(await write("own.bin", own), "✓"),
                run(await write("another.bin", another), "uplink refused", 20),
            ] as const
            ;[posting, refusing] = await Promise.all(runs)
        })

        it("boots program, settings and trust from the file alone, and posts its readings", async () => {
            for (const shown of [
                /^board +M5Stack Core \(Basic, Gray\)$/m,
                /^network +office$/m,
                new RegExp(`^server +${service.url}$`, "m"),
                /^trusts +CN=airpin throw-away root/m,
                /^firmware +\d+\.\d kB of bytecode, from the image$/m,
                /started: a reading every 5 s, 1 per post/,
                /#1 +✓/,
            ])
                assert.match(posting, shown)
            const store = await openStored(path.join(folder, "api/readings.db"))
            const stored = (await store.readings("flashed", { from: 0, to: 4e9 }, 10)).readings.map(({ seq }) => seq)
            await store.close()
            assert.ok(stored.length >= 1)
            assert.deepEqual(
                stored,
                stored.map((_, at) => at + 1),
            )
        })

        it("says before the run what the chip makes of the server's chain", () => {
            const started = (text: string) => text.slice(0, text.indexOf("press Ctrl-C"))
            assert.match(started(posting), /^looked up +CN=airpin throw-away root.*: found in the bundle of 1 anchor$/m)
            assert.match(started(posting), /^verdict +accepted/m)
            assert.match(started(refusing), /^verdict +refused/m)
        })

        it("refuses the server with another bundle, and sends it no byte of plaintext", () => {
            assert.match(refusing, /^readings +[1-9]\d* taken, 0 acknowledged/m)
            assert.match(refusing, /^wire .* 0 TLS handshakes$/m)
            assert.equal(otherServer.received(), "")
        })

        it("prints neither token nor Wi-Fi passphrase, and leaves no file behind", async () => {
            for (const secret of [token, TOKEN, "correct horse"])
                assert.ok(![posting, refusing].some(text => text.includes(secret)))
            assert.deepEqual(
                (await readdir(folder)).filter(name => !name.endsWith(".bin")),
                ["api"],
            )
        })
    })

    const withStore = (store: Uint8Array, image = stockImage()) => writePartition(readFlashImage(image), "fstor", store)

    it("runs any program, and warns of what a real device would miss", async () => {
        const { bytecode } = await buildProgram(CLOCK)
        const store = await buildStore({ bytecode, settings: {} })
        const file = await write("clock.bin", withStore(store))
        const { code, stdout, stderr } = await airpin(["sim", "--image", file, "--log", "--for", "3"], folder)
        assert.equal(code, 0, stderr)
        assert.match(stdout, /> tick at=/)
        assert.match(stdout, /^board +none\nnetwork +none\nserver +none$/m)
        assert.match(stderr, /no board configuration.*\n.*no Wi-Fi network/)
    })

    it("says before the run why the server could not be asked, and runs all the same", async () => {
        const settings = { ...quick, API_URL: "https://localhost:1", API_TOKEN: "none" }
        const file = await write("dead.bin", await flashFile(service.authority, settings))
        const { code, stderr } = await airpin(["sim", "--image", file, "--for", "1"], folder)
        assert.equal(code, 1)
        assert.match(stderr, /^warning +whether the server is trusted is not known yet: localhost:1.*no server/m)
    })

    it("conflicts with options for what the image holds itself, and with several devices", async () => {
        const options = [
            "--api=https://air.example",
            "--token=f",
            "--pinned=f",
            "--interval=10",
            "--batch=2",
            "--devices=2",
            "--export=f",
        ]
        const outcomes = await Promise.all(
            options.map(option => airpin(["sim", "--image", "none.bin", option], folder)),
        )
        for (const [at, { code, stderr }] of outcomes.entries()) {
            assert.equal(code, 2)
            assert.match(
                stderr,
                new RegExp(`'--image <file>' cannot be used with option '${options[at]!.split("=")[0]} `),
            )
        }
    })

    it("runs only in real time, as its server does", async () => {
        const { code, stderr } = await airpin(["sim", "--image", "none.bin", "--speed", "max"], folder)
        assert.equal(code, 2)
        assert.match(stderr, /\[SPEED_NEEDS_OWN_API\]\nnext +leave out --image/)
    })

    const refused: Record<string, [code: string, bytes: () => Uint8Array | Promise<Uint8Array>]> = {
        "as it was downloaded": ["FLASH_STORE_BLANK", stockImage],
        "of an application alone": [
            "PARTITION_MISSING",
            () => buildApp({ dataBytes: 4096, codeBytes: 0, ramBytes: 1024 }),
        ],
        "without a program": [
            "IMAGE_WITHOUT_PROGRAM",
            () => withStore(createStore(CHIP_STORE_BYTES, settingEntries(quick))),
        ],
        "whose bundle is for another ESP-IDF": [
            "IMAGE_BUNDLE_FORMAT",
            async () => {
                const newer = buildFirmware({
                    apps: [{ dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [packBundleLe(realRoots(3))] }],
                })
                return withStore(await buildStore({ ...(await buildProgram(CLOCK)), settings: {} }), newer)
            },
        ],
        "that is no image": ["IMAGE_FOREIGN", () => Buffer.alloc(0x10000, "no image ")],
    }
    for (const [name, [code, bytes]] of Object.entries(refused))
        it(`refuses a file ${name}`, async () => {
            const outcome = await airpin(["sim", "--image", await write("refused.bin", await bytes())], folder)
            assert.equal(outcome.code, 1)
            assert.match(outcome.stderr, new RegExp(`\\[${code}\\]`))
        })
})
