import assert from "node:assert/strict"
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { openAccountKey, parseExternalAccount, readExternalAccount } from "../../../devs/edge/acme/account.ts"
import { AcmeSource } from "../../../devs/edge/acme/acme-source.ts"
import { listenerSolver } from "../../../devs/edge/acme/challenge-listener.ts"
import { hasCode } from "../../support/error-code.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { ORDER, sourceAt, temporaryFolder } from "./support.ts"

const HMAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

describe("an account at a CA that asks for an external one (EAB)", () => {
    let pebble: Pebble
    let folder: string

    before(async function () {
        if (pebbleMissing() !== undefined) this.skip()
        pebble = await startPebble({ externalAccounts: { "kid-1": HMAC_KEY } })
        folder = await temporaryFolder()
    })
    after(() => pebble?.stop())

    it("is refused without one, and with a wrong key, and the error has no key in it", async () => {
        await assert.rejects(sourceAt(pebble, pebble, folder).issue(ORDER), hasCode("ACME_ACCOUNT_REFUSED"))
        const externalAccount = async () => parseExternalAccount("kid-1", `A${HMAC_KEY.slice(1)}`)
        await assert.rejects(sourceAt(pebble, pebble, folder, { externalAccount }).issue(ORDER), error => {
            hasCode("ACME_ACCOUNT_REFUSED")(error)
            assert.ok(!String(error).includes(HMAC_KEY.slice(1)))
            return true
        })
    })

    it("is made with the right key, and found again", async () => {
        const hmacKeyFile = path.join(folder, "eab-key")
        await writeFile(hmacKeyFile, `${HMAC_KEY}\n`, { mode: 0o600 })
        const externalAccount = () => readExternalAccount({ keyId: "kid-1", hmacKeyFile }, {})
        const source = sourceAt(pebble, pebble, folder, { externalAccount })
        await source.issue(ORDER)
        await source.issue(ORDER)
    })
})

describe("an account without an e-mail address", () => {
    let pebble: Pebble

    before(async function () {
        if (pebbleMissing() !== undefined) this.skip()
        pebble = await startPebble({ reusedAuthorizations: 100 })
    })
    after(() => pebble?.stop())

    it("is made, and found again", async () => {
        const { directory, caFile, httpPort } = pebble
        const solver = listenerSolver({ port: httpPort, host: "127.0.0.1" })
        const source = new AcmeSource({ directory, caFile, folder: await temporaryFolder(), solver })
        await source.issue(ORDER)
        await source.issue(ORDER)
    })
})

describe("an external account", () => {
    it("has its key in the environment if it has none in a file", async () => {
        const environment = { ACME_EAB_HMAC_KEY: HMAC_KEY }
        assert.deepEqual(await readExternalAccount({ keyId: "kid" }, environment), { keyId: "kid", hmacKey: HMAC_KEY })
        await assert.rejects(readExternalAccount({ keyId: "kid" }, {}), hasCode("ACME_EXTERNAL_ACCOUNT_INVALID"))
    })

    it("with a key in standard base64 is the same as in base64url", () => {
        const key = "-_".repeat(16)
        assert.deepEqual(parseExternalAccount("kid", ` ${"+/".repeat(16)}==\n`), { keyId: "kid", hmacKey: key })
    })

    for (const [what, keyId, key] of [
        ["without an identifier", "", HMAC_KEY],
        ["with a space in its identifier", "a b", HMAC_KEY],
        ["with a key that is not base64url", "kid", "secret!secret!secret!secret!"],
        ["with a key of 15 bytes", "kid", "c2VjcmV0c2VjcmV0c2Vj"],
    ] as const)
        it(`${what} is refused without showing the key`, () => {
            assert.throws(
                () => parseExternalAccount(keyId, key),
                (error: Error) => {
                    hasCode("ACME_EXTERNAL_ACCOUNT_INVALID")(error)
                    return !error.message.includes(key)
                },
            )
        })
})

describe("the key of an account", () => {
    it("is made once, by whichever of several processes is first, and only its owner can read it", async () => {
        const folder = path.join(await temporaryFolder(), "edge")
        const keys = await Promise.all(Array.from({ length: 8 }, () => openAccountKey(folder, "ca.test:14000")))
        assert.equal(new Set(keys).size, 1)
        assert.deepEqual(await readdir(folder), ["account-ca.test-14000.json"])
        const file = path.join(folder, "account-ca.test-14000.json")
        assert.equal((await stat(file)).mode & 0o777, 0o600)
        assert.equal(JSON.parse(await readFile(file, "utf8")).keyPem, keys[0])
    })

    it("that others can read is taken back from them", async () => {
        const folder = await temporaryFolder()
        const key = await openAccountKey(folder, "ca.test")
        const file = path.join(folder, "account-ca.test.json")
        await chmod(file, 0o644)
        assert.equal(await openAccountKey(folder, "ca.test"), key)
        assert.equal((await stat(file)).mode & 0o777, 0o600)
    })

    it("in a folder that cannot be written is the system's error", async () => {
        const folder = path.join(await temporaryFolder(), "file")
        await writeFile(folder, "")
        await assert.rejects(openAccountKey(folder, "ca.test"), { code: "ENOTDIR" })
    })
})
