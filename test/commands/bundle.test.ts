import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { lstat, readFile, stat, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { writeLock } from "../../certs/lock.ts"
import { parseCertificate } from "../../certs/x509/certificate.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { root, rootKey } from "../support/device-verdict.ts"
import { spkiOf } from "../support/mint.ts"

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/certs/${name}`, import.meta.url))

describe("airpin bundle", () => {
    let folder: string
    let pinned: string
    before(async () => {
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        await writeLock(
            pinned,
            [{ certificate: parseCertificate(root), reason: "a test", source: "ca-file", role: "issuer" }],
            "leaf.test:443",
        )
    })

    it("writes the format of ESP-IDF v5.4 and later with --format", async () => {
        const out = path.join(folder, "idf54.bin")
        const { code, stdout, stderr } = await airpin(["bundle", "--format", "idf54", "--pinned", pinned, "--out", out])
        assert.equal(code, 0, stderr)
        assert.match(stdout, /1 anchor, \d+ B, for ESP-IDF v5\.4 and later/)
        // one offset, 4; a Name of 17 bytes (CN=Root), a P-256 key of 91
        assert.equal(
            (await readFile(out)).toString("hex"),
            "04000000" + "1100" + "5b00" + "300f310d300b06035504030c04526f6f74" + spkiOf(rootKey).toString("hex"),
        )
    })

    it("does not replace a pipe or a device by a file", async () => {
        const pipe = path.join(folder, "pipe")
        execFileSync("mkfifo", [pipe])
        const { code, stderr } = await airpin(["bundle", "--pinned", pinned, "--out", pipe])
        assert.equal(code, 1)
        assert.match(stderr, /pipe is a device or a pipe \[PATH_UNSUITABLE\]\nnext {6}name a regular file/)
        assert.ok((await stat(pipe)).isFIFO())
    })

    it("follows a link", async () => {
        const [link, target] = [path.join(folder, "link.bin"), path.join(folder, "target.bin")]
        await writeFile(target, "")
        await symlink(target, link)
        assert.equal((await airpin(["bundle", "--pinned", pinned, "--out", link])).code, 0)
        assert.ok((await lstat(link)).isSymbolicLink())
        assert.ok((await stat(target)).size > 0)
    })

    it("ends where the system makes no folder", async function () {
        if (process.platform !== "linux") this.skip()
        const { code, stderr } = await airpin(["bundle", "--pinned", pinned, "--out", "/proc/no/such/bundle"])
        assert.equal(code, 1, stderr)
        assert.match(stderr, /\[PATH_UNSUITABLE\]/)
    }).timeout(10_000)

    it("refuses other formats", async () => {
        assert.equal((await airpin(["bundle", "--format", "idf60"])).code, 2)
    })

    for (const [name, format] of Object.entries({ "anchors.bin": "idf50", "anchors-idf54.bin": "idf54" }))
        it(`lists a bundle of the format ${format}`, async () => {
            const { stdout } = await airpin(["--json", "bundle", "--show", fixture(name)])
            const shown = JSON.parse(stdout)
            assert.deepEqual(
                [shown.format, shown.sizeBytes, shown.anchors.length],
                [format, readFileSync(fixture(name)).length, 6],
            )
            assert.deepEqual(shown.anchors[0], {
                subject: "CN=Zet",
                spkiSha256: "8e210d9794c1975c0e2bf26fb703795e3898283f6d9c839b323985c76fc7f36a",
            })
        })

    it("reports what is wrong with a file that is not a bundle", async () => {
        const file = path.join(folder, "cut.bin")
        await writeFile(file, readFileSync(fixture("anchors-idf54.bin")).subarray(0, -1))
        const { code, stderr } = await airpin(["bundle", "--show", file])
        assert.equal(code, 1)
        assert.match(stderr, /\[BUNDLE_TRUNCATED\]/)
    })
})

describe("airpin bench pin", function () {
    this.timeout(90_000)

    it("makes the bundle that Python's cryptography makes, or says that it is not installed", async () => {
        const { code, stdout, stderr } = await airpin(["--json", "bench", "pin"])
        assert.equal(code, 0, stderr)
        for (const { airpin: own, python } of JSON.parse(stdout)) assert.equal(own.sha256, python?.sha256 ?? own.sha256)
    })
})
