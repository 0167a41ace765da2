import assert from "node:assert/strict"
import { readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { parseEdgeStatus } from "../../../certs/edge-status.ts"
import { AirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { runRound } from "../../../devs/edge/renewal/round.ts"
import { SourceError } from "../../../devs/edge/renewal/types.ts"
import { hasCode } from "../../support/error-code.ts"
import { liveLeaf as liveLeafOf, servedLeaf as servedLeafOf } from "../support/live-files.ts"
import {
    authority,
    certify,
    DAY_MS,
    deviceWith,
    renewalWorld,
    START,
    sourceOf,
    type World,
} from "../support/renewal-world.ts"

const HOUR_MS = 3600 * 1000
const round = (world: World, options = {}) => runRound({ ...world.options, ...options }, world.parts)

const servedLeaf = ({ server }: World) => servedLeafOf(server)
const liveLeaf = ({ folder }: World) => liveLeafOf(folder)

/** A world with a certificate that serves; the clock stands 70 of its 90 days later. */
async function dueWorld(): Promise<World> {
    const world = await renewalWorld()
    assert.equal((await round(world)).outcome, "fine")
    world.pass(70 * DAY_MS)
    return world
}

describe("a round", () => {
    it("obtains the first certificate and makes it serve", async () => {
        const world = await renewalWorld()
        const status = await round(world)
        assert.deepEqual([status.outcome, status.reasons, status.errors], ["fine", [], []])
        assert.equal(await servedLeaf(world), await liveLeaf(world))
        assert.equal(status.live?.verified, true)
        assert.deepEqual(status.live?.path, ["CN=air.example.org", "CN=E1"])
        assert.deepEqual(
            status.devices.map(({ name, stand, anchor }) => [name, stand, anchor]),
            [["Kitchen", "accepts", "CN=Root A"]],
        )
        assert.deepEqual(world.reported, [status])
        assert.deepEqual(parseEdgeStatus(await readFile(path.join(world.folder, "status.json"), "utf8")), status)
    })

    it("keeps keys from other users, and links relatively", async () => {
        const world = await renewalWorld()
        await round(world)
        const mode = async (name: string) => ((await stat(path.join(world.folder, name))).mode & 0o777).toString(8)
        const modes = await Promise.all(
            ["fullchain.pem", "privkey.pem", "combined.pem"].map(name => mode(`live/${name}`)),
        )
        assert.deepEqual(modes, ["644", "600", "600"])
        assert.equal(await readlink(path.join(world.folder, "live")), "versions/1")
    })

    it("asks nobody while nothing is due, and says until when", async () => {
        const world = await renewalWorld()
        await round(world)
        world.pass(59 * DAY_MS)
        const status = await round(world)
        assert.deepEqual([status.outcome, world.issuance.orders.length, world.server.activations], ["fine", 1, 1])
        assert.match(status.nextLook.why, /a third of its lifetime is left/)
    })

    it("renews when due, with a new key, and names the leaf it replaces", async () => {
        const world = await dueWorld()
        const before = await liveLeaf(world)
        assert.equal((await round(world)).outcome, "fine")
        assert.notEqual(await liveLeaf(world), before)
        assert.equal(await servedLeaf(world), await liveLeaf(world))
        assert.equal(sha256Of(world.issuance.orders[1]!.replaces!.der), before)
        assert.equal(await readlink(path.join(world.folder, "previous")), "versions/1")
    })

    it("renews at the moment of the CA's window, and drops the window with the leaf", async () => {
        const world = await renewalWorld()
        const startMs = START.getTime() + 40 * DAY_MS
        world.issuance.info = { startMs, endMs: startMs + 2 * DAY_MS, retryAfterMs: 6 * HOUR_MS }
        await round(world)
        assert.match((await round(world)).nextLook.why, /renewal on 2027-02-11T00:00:00.000Z \(the CA's window/)
        world.pass(41 * DAY_MS - 1000)
        await round(world)
        assert.equal(world.issuance.orders.length, 1)
        world.pass(1000)
        await round(world)
        assert.equal(world.issuance.orders.length, 2)
        const state = await readFile(path.join(world.folder, "state.json"), "utf8")
        assert.doesNotMatch(state, /"plan"/)
    })

    it("renews at once with --force, or when a name is missing", async () => {
        const world = await renewalWorld()
        await round(world)
        await round(world, { force: true })
        assert.equal(world.issuance.orders.length, 2)
        await round(world, { names: [...world.options.names, "air2.example.org"] })
        assert.deepEqual(world.issuance.orders[2]!.names, ["air.example.org", "air2.example.org"])
    })

    it("keeps three versions, and nothing in staging", async () => {
        const world = await renewalWorld()
        for (let count = 0; count < 5; count++) {
            await round(world)
            world.pass(70 * DAY_MS)
        }
        assert.deepEqual((await readdir(path.join(world.folder, "versions"))).sort(), ["3", "4", "5"])
        assert.deepEqual(await readdir(path.join(world.folder, "staging")), [])
    })

    it("refuses a second round in the same folder, and does nothing", async () => {
        const world = await renewalWorld()
        let second: unknown
        world.parts.onStep = async step => {
            if (step === "attempt-recorded") second = await round(world).catch(error => error)
        }
        assert.equal((await round(world)).outcome, "fine")
        assert.ok(second instanceof AirpinError)
        assert.equal(second.code, "EDGE_BUSY")
        assert.match(second.message, new RegExp(`process ${process.pid}`))
    })

    it("does nothing by a clock before the release, or before the certificate that serves", async () => {
        const world = await renewalWorld()
        await assert.rejects(round(world, { releasedAt: new Date("2027-01-02") }), hasCode("EDGE_CLOCK_WRONG"))
        await round(world)
        world.pass(-30 * DAY_MS)
        await assert.rejects(round(world), hasCode("EDGE_CLOCK_WRONG"))
        assert.equal(world.issuance.orders.length, 1)
    })

    it("activates what is deployed again when the server presents something else", async () => {
        const world = await dueWorld()
        const other = await renewalWorld()
        await round(other)
        world.pass(-20 * DAY_MS)
        await world.server.activate({ ...(await servedFrom(other)) })
        const status = await round(world)
        assert.equal(await servedLeaf(world), await liveLeaf(world))
        assert.equal(status.outcome, "attention")
        assert.match(status.reasons.join(), /presents another certificate/)
    })

    it("starts afresh from a damaged state", async () => {
        const world = await renewalWorld()
        await round(world)
        await writeFile(path.join(world.folder, "state.json"), "{")
        const status = await round(world)
        assert.match(status.reasons.join(), /state.json was damaged/)
        assert.deepEqual([world.issuance.orders.length, status.live?.verified], [1, true])
        assert.equal((await round(world)).outcome, "fine")
    })

    it("replaces a certificate whose files are damaged", async () => {
        const world = await renewalWorld()
        await round(world)
        await rm(path.join(world.folder, "versions/1/privkey.pem"))
        await round(world)
        assert.equal(await readlink(path.join(world.folder, "live")), "versions/2")
        assert.equal(await servedLeaf(world), await liveLeaf(world))
    })

    it("ends before it orders when it is asked to", async () => {
        const world = await renewalWorld()
        const status = await runRound(world.options, { ...world.parts, signal: AbortSignal.abort() })
        assert.deepEqual([status.outcome, world.issuance.orders.length], ["attention", 0])
        assert.equal((await round(world)).outcome, "fine")
    })
})

async function servedFrom(world: World) {
    const live = path.join(world.folder, "live")
    const at = (name: string) => path.join(live, name)
    return {
        folder: live,
        chain: at("fullchain.pem"),
        key: at("privkey.pem"),
        combined: at("combined.pem"),
        names: world.options.names,
        leafSha256: await liveLeaf(world),
    }
}

describe("a round whose source fails", () => {
    it("waits an hour, then two, and never orders more than three times a day", async () => {
        const world = await dueWorld()
        world.pass(-5 * DAY_MS) // more than a sixth is left
        world.issuance.error = new SourceError("CONNECTION_REFUSED", "ca.test refuses the connection")
        const before = await liveLeaf(world)
        const first = await round(world)
        assert.deepEqual([first.errors[0]?.code, first.outcome], ["CONNECTION_REFUSED", "failed"])
        assert.equal(first.nextLook.at, new Date(world.clock.now.getTime() + HOUR_MS).toISOString())
        for (const [hours, orders] of [
            [0.9, 2],
            [0.1, 3],
            [1.9, 3],
            [0.1, 4],
            [4, 4],
            [17.5, 5],
        ] as const) {
            world.pass(hours * HOUR_MS)
            await round(world)
            assert.equal(world.issuance.orders.length, orders, `after ${hours} hours more`)
        }
        assert.equal(await servedLeaf(world), before)
        delete world.issuance.error
        world.pass(DAY_MS)
        const last = await round(world)
        assert.deepEqual([last.outcome, last.errors], ["fine", []])
    })

    it("needs attention as long as more than a third is left, and has failed afterwards", async () => {
        const world = await renewalWorld()
        await round(world)
        world.issuance.error = new SourceError("CONNECTION_REFUSED", "ca.test refuses the connection")
        world.issuance.info = { startMs: START.getTime() + DAY_MS, endMs: START.getTime() + 3 * DAY_MS }
        world.pass(10 * DAY_MS)
        assert.equal((await round(world)).outcome, "attention")
        world.pass(60 * DAY_MS)
        assert.equal((await round(world)).outcome, "failed")
    })

    it("waits as long as the CA says", async () => {
        const world = await dueWorld()
        const error = new SourceError("CONNECTION_REFUSED", "rate limited", { retryAfterMs: 30 * HOUR_MS })
        world.issuance.error = error
        await round(world)
        world.pass(29 * HOUR_MS)
        await round(world)
        assert.equal(world.issuance.orders.length, 2)
        world.pass(HOUR_MS)
        await round(world)
        assert.equal(world.issuance.orders.length, 3)
    })

    it("turns to the second source when little time is left", async () => {
        const world = await dueWorld()
        const second = { ...world.issuance, orders: [] }
        world.parts.sources.push(sourceOf("second.test", second, () => world.clock.now))
        world.issuance.error = new SourceError("CONNECTION_REFUSED", "ca.test refuses the connection")
        await round(world)
        assert.equal(second.orders.length, 0)
        world.pass(10 * DAY_MS)
        const status = await round(world)
        assert.deepEqual([status.live?.source, status.outcome, second.orders.length], ["second.test", "fine", 1])
        assert.deepEqual(second.orders[0], { names: world.options.names, keyType: "P-256" })
    })

    it("orders no second time from a source whose chains are unfit, and waits", async () => {
        const world = await dueWorld()
        const before = await liveLeaf(world)
        world.issuance.damage = issued => ({
            ...issued,
            chains: issued.chains.map(({ pem, label }) => ({
                label,
                pem: parsePem(pem)
                    .reverse()
                    .map(({ der }) => pemText(der))
                    .join(""),
            })),
        })
        const status = await round(world)
        assert.equal(status.errors[0]?.code, "CHAIN_ORDER_WRONG")
        await round(world)
        assert.deepEqual([world.issuance.orders.length, await servedLeaf(world)], [2, before])
    })
})

const pemText = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`

describe("a chain that a device would refuse", () => {
    it("is held back, with the names of the devices, and what served serves", async () => {
        const world = await dueWorld()
        const before = await liveLeaf(world)
        world.devices.push(deviceWith("Office", world.rootA.certificate, world.rootB.certificate))
        world.issuance.above = [
            { label: "default (Root B)", certificates: [certify(world.issuance.intermediate, world.rootB)] },
        ]
        const status = await round(world)
        assert.equal(status.outcome, "refused")
        assert.deepEqual(
            status.heldBack.map(({ label, count, devices }) => [label, count, devices.map(({ name }) => name)]),
            [["default (Root B)", 1, ["Kitchen"]]],
        )
        assert.match(status.reasons[0]!, /^held back: default \(Root B\) of ca.test, which Kitchen would refuse$/)
        assert.equal(await servedLeaf(world), before)
    })

    it("gives way to an alternate that all accept", async () => {
        const world = await dueWorld()
        const { intermediate } = world.issuance
        world.issuance.above = [
            { label: "default (Root B)", certificates: [certify(intermediate, world.rootB)] },
            {
                label: "alternate 1 (Root A)",
                certificates: [certify(intermediate, world.rootB), certify(world.rootB, world.rootA)],
            },
        ]
        const status = await round(world)
        assert.deepEqual([status.outcome, status.live?.label], ["fine", "alternate 1 (Root A)"])
        assert.equal(world.issuance.orders.length, 2)
    })

    it("comes after the preferred chain", async () => {
        const world = await dueWorld()
        const { intermediate } = world.issuance
        world.devices.splice(0, 1, deviceWith("Kitchen", world.rootA.certificate, world.rootB.certificate))
        world.issuance.above.push({ label: "alternate 1 (Root B)", certificates: [certify(intermediate, world.rootB)] })
        const status = await round(world, { preferredChain: "Root B" })
        assert.equal(status.live?.label, "alternate 1 (Root B)")
    })

    it("gives way to the other key type, then to the second source", async () => {
        const world = await renewalWorld(["P-256", "RSA-2048"])
        await round(world)
        world.pass(70 * DAY_MS)
        const { intermediate } = world.issuance
        const toB = [{ label: "default (Root B)", certificates: [certify(intermediate, world.rootB)] }]
        const second = { ...world.issuance, orders: [] }
        world.issuance.above = toB
        world.parts.sources.push(sourceOf("second.test", second, () => world.clock.now))
        const status = await round(world)
        assert.deepEqual(
            world.issuance.orders.map(({ keyType }) => keyType),
            ["P-256", "P-256", "RSA-2048"],
        )
        assert.deepEqual([status.live?.source, status.live?.keyType, status.outcome], ["second.test", "P-256", "fine"])
    })

    it("is deployed without another order once its device accepts it", async () => {
        const world = await dueWorld()
        world.issuance.above = [
            { label: "default (Root B)", certificates: [certify(world.issuance.intermediate, world.rootB)] },
        ]
        assert.equal((await round(world)).outcome, "refused")
        world.pass(DAY_MS)
        assert.equal((await round(world)).outcome, "refused")
        world.devices.splice(0, 1, deviceWith("Kitchen", world.rootA.certificate, world.rootB.certificate))
        const status = await round(world)
        assert.deepEqual([status.outcome, status.heldBack, world.issuance.orders.length], ["fine", [], 2])
    })

    it("is ordered anew after three days", async () => {
        const world = await dueWorld()
        world.issuance.above = [
            { label: "default (Root B)", certificates: [certify(world.issuance.intermediate, world.rootB)] },
        ]
        await round(world)
        world.pass(3 * DAY_MS + HOUR_MS)
        world.issuance.above = [
            { label: "default (Root A)", certificates: [certify(world.issuance.intermediate, world.rootA)] },
        ]
        assert.deepEqual([(await round(world)).outcome, world.issuance.orders.length], ["fine", 3])
    })

    it("is held back for a device without a manifest if its issuer changes", async () => {
        const world = await dueWorld()
        world.devices.splice(0, 1, deviceWith("Attic"))
        world.issuance.above = [
            { label: "default (Root B)", certificates: [certify(world.issuance.intermediate, world.rootB)] },
        ]
        const held = await round(world)
        assert.equal(held.outcome, "refused")
        assert.match(
            held.heldBack[0]!.devices[0]!.reason,
            /no manifest of this device is known, and the issuer changes/,
        )
        const { rootA, rootB, issuance } = world
        issuance.intermediate = await authority("E2")
        issuance.above = [{ label: "default (Root A)", certificates: [certify(issuance.intermediate, rootA)] }]
        const renewed = await round(world, { force: true })
        assert.deepEqual([renewed.outcome, renewed.live?.path], ["attention", ["CN=air.example.org", "CN=E2"]])
        assert.match(renewed.reasons.join(), /no manifest is known of Attic; send it: airpin device pins ID FILE/)
        assert.ok(rootB)
    })

    it("is only a warning for a device without a manifest before the first certificate", async () => {
        const world = await renewalWorld()
        world.devices.splice(0, 1, deviceWith("Attic"))
        assert.equal((await round(world)).outcome, "attention")
        assert.equal(await servedLeaf(world), await liveLeaf(world))
    })
})

describe("a deployment that goes wrong", () => {
    it("puts the previous certificate back when the server goes on with the old one", async () => {
        const world = await dueWorld()
        const before = await liveLeaf(world)
        world.server.deaf = true
        const status = await round(world)
        assert.deepEqual([status.outcome, status.errors[0]?.code], ["failed", "EDGE_WRONG_SERVED"])
        assert.deepEqual([await liveLeaf(world), await servedLeaf(world)], [before, before])
        world.server.deaf = false
        world.pass(2 * HOUR_MS)
        assert.equal((await round(world)).outcome, "fine")
        assert.equal(world.issuance.orders.length, 2)
        assert.notEqual(await servedLeaf(world), before)
    })

    it("puts it back when the target cannot be activated, and tries again after an hour", async () => {
        const world = await dueWorld()
        const before = await liveLeaf(world)
        world.server.error = new AirpinError("PATH_FORBIDDEN", "nginx cannot be reloaded")
        const status = await round(world)
        assert.deepEqual([status.outcome, status.errors.at(-1)?.code], ["failed", "PATH_FORBIDDEN"])
        assert.deepEqual([await liveLeaf(world), await servedLeaf(world)], [before, before])
        world.server.error = undefined
        const waiting = await round(world)
        assert.deepEqual(
            [waiting.outcome, waiting.nextLook.why],
            ["failed", "deploying is tried again, after 1 failures"],
        )
        world.pass(HOUR_MS)
        assert.equal((await round(world)).outcome, "fine")
    })

    it("puts it back when the server sends a chain that a device refuses", async () => {
        const world = await dueWorld()
        const before = await liveLeaf(world)
        const { handshake } = world.parts
        world.parts.handshake = async () => {
            const served = await handshake()
            const isNew = sha256Of(served.chain[0]!.der) !== before
            return isNew ? { ...served, chain: served.chain.slice(0, 1) } : served
        }
        const status = await round(world)
        assert.deepEqual([status.outcome, status.errors[0]?.code], ["failed", "DEVICE_REFUSES"])
        assert.equal(await servedLeaf(world), before)
    })
})
