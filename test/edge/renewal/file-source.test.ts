import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { fileSource } from "../../../devs/edge/renewal/file-source.ts"
import { runRound } from "../../../devs/edge/renewal/round.ts"
import { hasCode } from "../../support/error-code.ts"
import {
    type Authority,
    authority,
    certify,
    DAY_MS,
    deviceWith,
    NAME,
    renewalWorld,
    shakeHands,
    sourceOf,
    type World,
} from "../support/renewal-world.ts"

/** A certificate below `root`, in files; and a round with them as its only source. */
async function roundWithFiles(world: World, root: Authority) {
    const intermediate = await authority("Spare E1")
    const issuance = {
        intermediate,
        above: [{ label: "", certificates: [certify(intermediate, root)] }],
        lifetimeMs: 90 * DAY_MS,
        orders: [],
    }
    const issued = await sourceOf("spare", issuance, world.parts.now).issue({ names: [NAME], keyType: "P-256" })
    const files = { cert: path.join(world.folder, "given.pem"), key: path.join(world.folder, "given.key") }
    await writeFile(files.cert, issued.chains[0]!.pem)
    await writeFile(files.key, issued.keyPem, { mode: 0o600 })
    const { source } = await fileSource(files)
    const status = await runRound({ ...world.options, force: true }, { ...world.parts, sources: [source] })
    return { status, leaf: sha256Of(parsePem(issued.chains[0]!.pem)[0].der), files }
}

const servedLeaf = async ({ server }: World) => sha256Of((await shakeHands(server)).chain[0]!.der)

describe("a certificate in files", () => {
    it("of the backup root is deployed without asking the CA, also when no order is left", async () => {
        const world = await renewalWorld()
        world.devices.splice(0, 1, deviceWith("Kitchen", world.rootA.certificate, world.rootB.certificate))
        for (let order = 0; order < 3; order++) await runRound({ ...world.options, force: true }, world.parts)
        const { status, leaf } = await roundWithFiles(world, world.rootB)
        assert.deepEqual([status.outcome, status.live?.source], ["fine", "files"])
        assert.equal(await servedLeaf(world), leaf)
        assert.equal(world.issuance.orders.length, 3)
    })

    it("is held back for a device that would refuse it, as any other", async () => {
        const world = await renewalWorld()
        await runRound(world.options, world.parts)
        const before = await servedLeaf(world)
        const { status } = await roundWithFiles(world, world.rootB)
        assert.equal(status.outcome, "refused")
        assert.deepEqual(
            status.heldBack.flatMap(({ devices }) => devices.map(({ name }) => name)),
            ["Kitchen"],
        )
        assert.equal(await servedLeaf(world), before)
    })

    it("needs a file with a private key, whose contents no error shows", async () => {
        const world = await renewalWorld()
        const { files } = await roundWithFiles(world, world.rootA)
        await writeFile(files.key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
        await assert.rejects(fileSource(files), hasCode("EDGE_KEY_MISMATCH"))
        await fileSource(files).catch(error => assert.doesNotMatch(String(error), /c2VjcmV0/))
    })
})
