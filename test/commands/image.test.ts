import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../certs/local-ca.ts"
import { findBundle } from "../../devs/image/bundle-region.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { airpin, type Outcome, temporaryFolder } from "../support/airpin.ts"
import { buildApp, buildFirmware, noise, packBundleBe, realRoots } from "../support/firmware-image.ts"
import { stockImage } from "../support/flash-file.ts"
import { temporaryCa } from "../support/tls-servers.ts"

const SECRETS = ["correct horse battery", "tok-staple-abcdefghijklmnopqrstu", "The Hidden Network"]
const SETTINGS = [
    "API_URL=https://air.test:8443",
    `API_TOKEN=${SECRETS[1]}`,
    `WIFI_SSID="${SECRETS[2]}"`,
    `WIFI_PWD="${SECRETS[0]}"`,
    "BATCH=7",
].join("\n")
const small = { dataBytes: 4096, codeBytes: 0, ramBytes: 1024 }
const bundle = packBundleBe(realRoots(3))

describe("airpin image", () => {
    let authority: LocalCa
    let other: LocalCa
    let folder: string
    const file = (name: string) => path.join(folder, name)

    before(async () => {
        folder = await temporaryFolder()
        authority = await temporaryCa({ rootName: "Test root", intermediateName: "Test CA" })
        other = await temporaryCa({ rootName: "Other root", intermediateName: "Other CA" })
        await pin(authority, "pinned")
        await pin(other, "other-pins")
        await writeFile(file("stock-0x1000.bin"), stockImage())
        await writeFile(file("device.env"), SETTINGS)
    })

    async function pin({ server, rootPem }: LocalCa, name: string): Promise<void> {
        await writeFile(file(`${name}-chain.pem`), server.chainPem)
        await writeFile(file(`${name}-root.pem`), rootPem)
        const { code, stderr } = await airpin([
            "pin",
            "localhost:8443",
            "--chain",
            file(`${name}-chain.pem`),
            "--ca",
            file(`${name}-root.pem`),
            "--pinned",
            file(name),
        ])
        assert.equal(code, 0, stderr)
    }

    /** Runs airpin, whose output must contain no secret. */
    async function run(...args: string[]): Promise<Outcome> {
        const outcome = await airpin(args)
        for (const secret of SECRETS)
            assert.ok(!(outcome.stdout + outcome.stderr).includes(secret), `${args[0]} ${args[1]} prints a secret`)
        return outcome
    }

    const make = (...args: string[]) =>
        run(
            "image",
            "--board",
            "m5stack_core",
            "--firmware",
            file("stock-0x1000.bin"),
            "--env",
            file("device.env"),
            "--pinned",
            file("pinned"),
            ...args,
        )

    const verdictOn = async (image: string, chainPem: string) => {
        await writeFile(file("chain.pem"), chainPem)
        return (await run("trust", "--chain", file("chain.pem"), "--servername", "localhost", "--bundle", image)).code
    }

    it("makes an image, the same bytes each time, readable by its owner only, and a manifest without values of settings", async () => {
        const [one, two] = [file("one/device-0x1000.bin"), file("two/device-0x1000.bin")]
        const { code, stdout, stderr } = await make("--out", one)
        assert.equal(code, 0, stderr)
        assert.equal((await make("--out", two)).code, 0)
        const [bytes, again] = [await readFile(one), await readFile(two)]
        assert.ok(bytes.equals(again))
        assert.equal((await stat(one)).mode & 0o777, 0o600)
        const text = await readFile(file("one/device.json"), "utf8")
        for (const secret of [...SECRETS, "air.test"]) assert.ok(!text.includes(secret))
        const manifest = JSON.parse(text)
        assert.equal(manifest.sha256, createHash("sha256").update(bytes).digest("hex"))
        assert.deepEqual(
            [manifest.board.id, manifest.chip, manifest.startAt, manifest.wifi],
            ["m5stack_core", "esp32", "0x1000", true],
        )
        assert.deepEqual(manifest.settings, [
            "ALTITUDE_M",
            "API_TOKEN",
            "API_URL",
            "ASC",
            "BATCH",
            "INTERVAL_S",
            "LOW_POWER",
            "PINNED",
        ])
        assert.deepEqual(
            manifest.anchors.map(({ subject }: { subject: string }) => subject),
            ["CN=Test root"],
        )
        assert.equal(manifest.deviceTokenSha256, createHash("sha256").update(SECRETS[1]!).digest("hex"))
        const { address, sizeBytes, sha256 } = manifest.parts.store
        const at = Number(address) - 0x1000
        assert.equal(
            sha256,
            createHash("sha256")
                .update(bytes.subarray(at, at + sizeBytes))
                .digest("hex"),
        )
        assert.match(stdout, /^firmware +\S+, \d+\.\d kB of bytecode: it has started from this image$/m)
    })

    it("makes an image that trusts only the pinned server", async () => {
        const image = file("one/device-0x1000.bin")
        assert.equal(await verdictOn(image, authority.server.chainPem), 0)
        assert.equal(await verdictOn(image, other.server.chainPem), 20)
        assert.equal(await verdictOn(file("stock-0x1000.bin"), authority.server.chainPem), 20)
    })

    it("warns about what the device will not do", async () => {
        await writeFile(file("bare.env"), "API_URL=https://elsewhere.test\nAPI_TOKEN=\nWIFI_SSID=\n")
        const { code, stderr } = await make("--env", file("bare.env"), "--out", file("bare-0x1000.bin"))
        assert.equal(code, 0)
        assert.match(stderr, /^warning +API_TOKEN not set: the device will measure, but send nothing/m)
        assert.match(
            stderr,
            /^warning +the pins were chosen for localhost:8443, but API_URL is at elsewhere\.test:443/m,
        )
        assert.match(stderr, /^warning +WIFI_SSID not set/m)
        assert.doesNotMatch(await readFile(file("bare.json"), "utf8"), /deviceTokenSha256/)
        assert.match(stderr, /^warning +no backup anchor/m)
    })

    it("shows the contents of an image that airpin made", async () => {
        const { code, stdout } = await run("image", "--show", file("one/device-0x1000.bin"))
        assert.equal(code, 0)
        assert.match(stdout, /^image .*, from flash address 0x1000, 4 MB of flash, esp32$/m)
        assert.match(stdout, /^runtime +devicescript v\S+, ESP-IDF v5\.0\.5$/m)
        assert.match(stdout, /^board +M5Stack Core \(Basic, Gray\)$/m)
        assert.match(
            stdout,
            /^settings +ALTITUDE_M, API_TOKEN, API_URL, ASC, BATCH, INTERVAL_S, LOW_POWER, PINNED, Wi-Fi$/m,
        )
        assert.match(
            stdout,
            new RegExp(
                `^bundle +1\\d\\d B of ${bundle.length < 1000 ? `${bundle.length} B` : `${(bundle.length / 1000).toFixed(1)} kB`} at flash address 0x11235, 1 anchor, for ESP-IDF v5\\.0 to v5\\.3\\nanchors +CN=Test root$`,
                "m",
            ),
        )
    })

    it("shows the contents of other images: a stock runtime, an application alone, an image without a bundle", async () => {
        const stock = JSON.parse((await run("--json", "image", "--show", file("stock-0x1000.bin"))).stdout)
        assert.deepEqual(
            [stock.board, stock.firmware, stock.settings, stock.wifi, stock.bundle.anchors.length],
            [null, null, [], false, 3],
        )
        await writeFile(file("app.bin"), buildApp({ ...small, bundles: [bundle] }))
        assert.match((await run("image", "--show", file("app.bin"))).stdout, /^image .* an application alone, esp32$/m)
        await writeFile(file("plain.bin"), buildFirmware({ apps: [{ ...small, bundles: [] }] }))
        assert.match((await run("image", "--show", file("plain.bin"))).stdout, /^bundle +none$/m)
    })

    it("changes with --repin only bundle, checksum and hash of an image, and its manifest", async () => {
        const image = file("one/device-0x1000.bin")
        const before = await readFile(image)
        const accountBefore = JSON.parse(await readFile(file("one/device.json"), "utf8"))
        const { code, stdout, stderr } = await run("image", "--repin", image, "--pinned", file("other-pins"))
        assert.equal(code, 0, stderr)
        assert.match(stdout, new RegExp(`^next +airpin flash --image ${image} --repin$`, "m"))
        const after = await readFile(image)
        const parsed = readFlashImage(after)
        const { at, capacityBytes } = findBundle(after, parsed.apps)
        const [{ checksumAt, endAt }] = parsed.apps as [(typeof parsed.apps)[0]]
        const strays = [...after.keys()].filter(
            index =>
                after[index] !== before[index] &&
                !(index >= at && index < at + capacityBytes) &&
                !(index >= checksumAt && index < endAt),
        )
        assert.deepEqual(strays, [])
        assert.equal(await verdictOn(image, other.server.chainPem), 0)
        assert.equal(await verdictOn(image, authority.server.chainPem), 20)
        assert.equal((await stat(image)).mode & 0o777, 0o600)
        const manifest = JSON.parse(await readFile(file("one/device.json"), "utf8"))
        assert.equal(manifest.sha256, createHash("sha256").update(after).digest("hex"))
        assert.deepEqual(
            manifest.anchors.map(({ subject }: { subject: string }) => subject),
            ["CN=Other root"],
        )
        assert.deepEqual(
            [manifest.firmware, manifest.board, manifest.parts.store],
            [accountBefore.firmware, accountBefore.board, accountBefore.parts.store],
        )
    })

    it("writes no manifest for an image without one, and removes one that belongs to another image", async () => {
        await writeFile(file("one/other.json"), await readFile(file("one/device.json")))
        const { code, stderr } = await run(
            "image",
            "--repin",
            file("stock-0x1000.bin"),
            "--pinned",
            file("pinned"),
            "--out",
            file("one/other-0x1000.bin"),
        )
        assert.equal(code, 0, stderr)
        assert.match(stderr, /^warning +removed .*other\.json, which belonged to another image$/m)
        assert.deepEqual((await readdir(file("one"))).sort(), ["device-0x1000.bin", "device.json", "other-0x1000.bin"])
    })

    describe("writes nothing and keeps the old files", () => {
        const runtimes: Record<string, Buffer> = {
            IMAGE_TRUNCATED: stockImage().subarray(0, 0xf400),
            BUNDLE_NOT_FOUND: buildFirmware({ apps: [{ ...small, bundles: [] }] }),
            BUNDLE_AMBIGUOUS: buildFirmware({ apps: [{ ...small, bundles: [bundle, packBundleBe(realRoots(4))] }] }),
            IMAGE_SIGNED: buildFirmware({ apps: [{ ...small, bundles: [bundle], signed: true }] }),
            BOARD_CHIP_MISMATCH: buildFirmware({
                chip: "esp32s3",
                startAt: 0,
                apps: [{ ...small, bundles: [bundle] }],
            }),
            IMAGE_FOREIGN: Buffer.alloc(0x20000),
            PARTITION_TABLE_MISSING: noise(0x20000, 1),
        }
        for (const [code, runtime] of Object.entries(runtimes))
            it(`for a runtime with ${code}`, async () => {
                await writeFile(file("bad.bin"), runtime)
                await fails(code, "--firmware", file("bad.bin"))
            })

        it("for settings that are too long, an unknown board, and missing pins", async () => {
            await writeFile(file("long.env"), `API_TOKEN=${SECRETS[1]}${"x".repeat(230)}\n`)
            await fails("SETTING_TOO_LONG", "--env", file("long.env"))
            await writeFile(file("short.env"), "WIFI_SSID=a\nWIFI_PWD=short-1\n")
            await fails("WIFI_PSK_LENGTH", "--env", file("short.env"))
            await failsWithExit(2, "BOARD_UNKNOWN", "--board", "m5stack_unknown")
            await fails("LOCK_MISSING", "--pinned", file("nowhere"))
            await fails("FILE_UNREADABLE", "--env", file("nowhere"))
        })

        it("for more anchors than fit", async () => {
            await writeFile(
                file("tight.bin"),
                buildFirmware({ apps: [{ ...small, bundles: [packBundleBe(realRoots(1))] }] }),
            )
            const backups = await Promise.all(
                Array.from({ length: 6 }, async (_, at) => {
                    const { rootPem } = await temporaryCa({
                        rootName: `Backup ${at} ${"with a long name ".repeat(4)}`,
                    })
                    await writeFile(file(`backup-${at}.pem`), rootPem)
                    return ["--backup", file(`backup-${at}.pem`)]
                }),
            )
            const pinned = await airpin([
                "pin",
                "localhost:8443",
                "--chain",
                file("pinned-chain.pem"),
                "--ca",
                file("pinned-root.pem"),
                "--pinned",
                file("too-many"),
                ...backups.flat(),
            ])
            assert.equal(pinned.code, 0, pinned.stderr)
            await fails("BUNDLE_TOO_LARGE", "--firmware", file("tight.bin"), "--pinned", file("too-many"))
        })

        const fails = (code: string, ...args: string[]) => failsWithExit(1, code, ...args)

        async function failsWithExit(exit: number, code: string, ...args: string[]): Promise<void> {
            const kept = path.join(await mkdtemp(file("kept-")), "device-0x1000.bin")
            await writeFile(kept, "as it was")
            const outcome = await make("--json", "--out", kept, ...args)
            assert.deepEqual([outcome.code, JSON.parse(outcome.stdout).error?.code], [exit, code])
            assert.deepEqual(await readdir(path.dirname(kept)), ["device-0x1000.bin"])
            assert.equal(await readFile(kept, "utf8"), "as it was")
        }
    })

    it("is measured by airpin bench image", async () => {
        const { code, stdout } = await run("--json", "bench", "image", "--firmware", file("stock-0x1000.bin"))
        assert.equal(code, 0)
        const { sizeBytes, image, repin } = JSON.parse(stdout)
        assert.equal(sizeBytes, stockImage().length)
        for (const { firstMs, medianMs } of [image, repin]) assert.ok(firstMs > 0 && medianMs > 0)
    })

    it("exits with 2 without an image", async () => {
        for (const args of [[], ["--board", "m5stack_core", "--show", "x"]]) {
            const { code, stderr } = await run("image", ...args)
            assert.equal(code, 2)
            assert.match(stderr, /\[IMAGE_NOT_NAMED\]/)
        }
    })
})
