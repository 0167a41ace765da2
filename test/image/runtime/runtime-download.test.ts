import assert from "node:assert/strict"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { getRuntime } from "../../../devs/image/runtime/runtime-download.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { buildFirmware } from "../../support/firmware-image.ts"

const NAME = "devicescript-esp32-esp32_bare-0x1000.bin"
const URL_OF_NAME = `https://github.com/microsoft/devicescript-esp32/releases/latest/download/${NAME}`
const small = { dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [] }
const runtime = buildFirmware({ apps: [small] })
const laterRuntime = buildFirmware({ apps: [{ ...small, version: "v2.17.0" }] })

describe("getting a stock runtime", () => {
    let folder: string
    let served: { status: number; body: Buffer; stall?: boolean }
    const asked: string[] = []
    let port: number

    before(async () => {
        const server = createServer((_request, response) => {
            const { status, body, stall } = served
            response.writeHead(status, { "content-length": body.length })
            if (stall) response.write(body.subarray(0, 1000))
            else response.end(body)
        })
        await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
        port = (server.address() as AddressInfo).port
        after(() => {
            server.closeAllConnections()
            server.close()
        })
    })
    beforeEach(async () => {
        folder = path.join(await temporaryFolder(), "world")
        await mkdir(folder)
        served = { status: 200, body: runtime }
        asked.length = 0
    })

    const lockFile = () => path.join(folder, "runtimes.json")
    const take = (
        options: {
            accept?: boolean
            silenceMs?: number
            onProgress?: (done: number, total: number | undefined) => void
        } = {},
    ) =>
        getRuntime("esp32", {
            cacheDirectory: path.join(folder, "cache"),
            lockFile: lockFile(),
            fetch: (url, init) => {
                asked.push(url)
                return fetch(`http://127.0.0.1:${port}/`, init)
            },
            ...options,
        })
    const lock = async () => JSON.parse(await readFile(lockFile(), "utf8"))

    it("downloads it once, reports progress, records its hash, and caches it", async () => {
        const progress: [number, number | undefined][] = []
        const first = await take({ onProgress: (...each) => progress.push(each) })
        assert.deepEqual([first.name, first.bytes.equals(runtime), first.recorded], [NAME, true, true])
        assert.deepEqual(progress.at(-1), [runtime.length, runtime.length])
        const { url, sizeBytes, sha256 } = (await lock())[NAME]
        assert.deepEqual([url, sizeBytes, sha256.length], [URL_OF_NAME, runtime.length, 64])
        const second = await take()
        assert.deepEqual([second.bytes.equals(runtime), second.recorded], [true, false])
        assert.deepEqual(asked, [URL_OF_NAME])
    })

    it("uses a file that was put into the cache by hand, without the network", async () => {
        await mkdir(path.join(folder, "cache"))
        await writeFile(path.join(folder, "cache", NAME), runtime)
        assert.equal((await take()).recorded, true)
        assert.deepEqual(asked, [])
    })

    it("refuses a changed file of the same name until it is accepted", async () => {
        await take()
        await writeFile(path.join(folder, "cache", NAME), laterRuntime)
        await assert.rejects(take(), { code: "RUNTIME_CHANGED" })
        const before = await lock()
        const { bytes, recorded } = await take({ accept: true })
        assert.deepEqual([bytes.equals(laterRuntime), recorded, asked.length], [true, true, 1])
        assert.notEqual((await lock())[NAME].sha256, before[NAME].sha256)
    })

    it("downloads again with --accept if the cached file is the recorded one", async () => {
        await take()
        served.body = laterRuntime
        assert.equal((await take()).bytes.equals(runtime), true)
        const { bytes, recorded } = await take({ accept: true })
        assert.deepEqual([bytes.equals(laterRuntime), recorded, asked.length], [true, true, 2])
        assert.equal((await take()).bytes.equals(laterRuntime), true)
    })

    const failures: [string, () => void, string, object?][] = [
        ["a 404 response", () => (served.status = 404), "RUNTIME_DOWNLOAD_FAILED"],
        ["more than the largest flash", () => (served.body = Buffer.alloc(17 * 1024 * 1024)), "RUNTIME_TOO_LARGE"],
        ["a download that stalls", () => (served.stall = true), "RUNTIME_OFFLINE", { silenceMs: 100 }],
        [
            "a runtime for another chip",
            () => (served.body = buildFirmware({ chip: "esp32s2", apps: [small] })),
            "RUNTIME_CHIP_WRONG",
        ],
        ["a cut-off file", () => (served.body = runtime.subarray(0, 0xf400)), "IMAGE_TRUNCATED"],
        ["an HTML page", () => (served.body = Buffer.from("<html>")), "IMAGE_FOREIGN"],
    ]
    for (const [what, arrange, code, options] of failures)
        it(`neither caches nor records ${what}: ${code}`, async () => {
            arrange()
            await assert.rejects(take(options), { code })
            assert.deepEqual(await readdir(folder), [])
        })

    it("says where to put the file if there is no network", async () => {
        const offline = () =>
            getRuntime("esp32", {
                cacheDirectory: path.join(folder, "cache"),
                lockFile: lockFile(),
                fetch: () => fetch("http://127.0.0.1:1/"),
            })
        await assert.rejects(offline(), (error: Error & { code: string; nextStep: string }) => {
            assert.deepEqual([error.code, error.message.includes(URL_OF_NAME)], ["RUNTIME_OFFLINE", true])
            assert.match(
                error.nextStep,
                new RegExp(`cache/${NAME.replaceAll(".", "\\.")}, or pass it with --firmware FILE$`),
            )
            return true
        })
    })

    for (const [what, text] of Object.entries({
        "invalid JSON": "{",
        "an entry without a hash": `{ "${NAME}": { "sha256": "00" } }`,
    }))
        it(`refuses a lock with ${what}, and does not change it`, async () => {
            await writeFile(lockFile(), text)
            await assert.rejects(take({ accept: true }), { code: "RUNTIME_LOCK_CORRUPT" })
            assert.equal(await readFile(lockFile(), "utf8"), text)
        })
})
