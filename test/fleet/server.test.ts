import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { type LocalCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { addAdmin } from "../../devs/api/access/admins.ts"
import { type Serving, serve } from "../../devs/api/server.ts"
import { readSite } from "../../devs/api/site/site-store.ts"
import { localServer } from "../../devs/commands/fleet/local-server.ts"
import { type RemoteOptions, remoteServer } from "../../devs/commands/fleet/remote-server.ts"
import { Terminal } from "../../devs/display/terminal.ts"
import { waitForReadings } from "../../devs/fleet/first-readings.ts"
import type { FleetDevice } from "../../devs/fleet/list/check-list.ts"
import { addDevices, type FleetServer } from "../../devs/fleet/server.ts"
import { FleetState } from "../../devs/fleet/state.ts"
import { readBoard } from "../../devs/image/boards.ts"
import { NOW_S, openWorld, type World } from "../api/support/world.ts"

const PASSWORD = "correct horse battery staple"

describe("devs/fleet/server", () => {
    let world: World
    let authority: LocalCa
    let serving: Serving
    let remote: RemoteOptions
    let devices: FleetDevice[]
    const terminal = new Terminal({ quiet: true })

    beforeEach(async () => {
        world = await openWorld(undefined, { public: false })
        await addAdmin(world.db, "ada", PASSWORD, NOW_S)
        authority = await openOrCreateLocalCa(path.join(world.directory, "ca"))
        const { keyPem, chainPem: certPem } = authority.server
        serving = await serve({ app: world.app, port: 0, keyPem, certPem })
        const [ca, password] = ["root.pem", "password"].map(name => path.join(world.directory, name)) as [
            string,
            string,
        ]
        await writeFile(ca, authority.rootPem)
        await writeFile(password, `${PASSWORD}\n`)
        remote = { api: serving.url, ca, admin: "ada", password }
        const board = await readBoard("m5stack_core")
        devices = ["Room 101", "room-102"].map(name => ({ name, board, group: "Building A", settings: {} }))
    })
    afterEach(async () => {
        await serving.close()
        await world.end()
    })

    const open = {
        "the API": () => remoteServer(remote, terminal),
        "the database": async () => localServer(world.file, terminal),
    }
    const stateIn = () => FleetState.open("rooms", path.join(world.directory, "fleet"))
    const added = (server: FleetServer, state: FleetState, adopt = false) =>
        addDevices(devices, { state, server, adopt, onAdded: () => undefined })

    for (const [way, connect] of Object.entries(open)) {
        it(`adds the devices of a list over ${way} once, sets their groups, and waits for their readings`, async () => {
            const server = await connect()
            const state = await stateIn()
            const tokens = await added(server, state)
            assert.equal((await added(server, await stateIn())).size, 0)
            assert.deepEqual([...tokens.keys()], ["Room 101", "room-102"])
            const ids = devices.map(({ name }) => state.of(name).id!)
            assert.equal(ids[1], "room-102")
            const groups = new Map(ids.map(id => [id, "Building A"]))
            assert.deepEqual([await server.setGroups(groups), await server.setGroups(groups)], [2, 0])
            assert.deepEqual((await readSite(world.db.sql)).rooms[ids[0]!], { group: "Building A" })

            const image = { file: "x", sha256: "ab", board: "m5stack_core", recipe: "" }
            for (const { name } of devices)
                await state.change(name, { image, flashed: { sha256: "ab", at: NOW_S - 5, port: "x" } })
            const arrived: string[] = []
            const waiting = waitForReadings(devices, state, server, {
                signal: AbortSignal.timeout(20_000),
                onArrived: name => arrived.push(name),
                onAway: message => assert.fail(message),
            })
            const body = { boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [721] }
            for (const token of tokens.values()) assert.equal((await world.post(body, token)).statusCode, 200)
            await waiting
            assert.deepEqual(arrived, ["Room 101", "room-102"])
            assert.equal(state.of("Room 101").firstReadingAt, NOW_S)
        })

        it(`refuses over ${way} a device that the list has not added, and adopts it with a new token`, async () => {
            const server = await connect()
            const { id, token } = await server.add("Room 101")
            const state = await stateIn()
            await assert.rejects(added(server, state), {
                code: "FLEET_DEVICE_EXISTS",
                message: `${server.place} has already: Room 101`,
            })
            assert.equal((await server.list()).length, 2)
            const tokens = await added(server, state, true)
            assert.equal(state.of("Room 101").id, id)
            assert.notEqual(tokens.get("Room 101"), token)
        })
    }

    it("goes on with a device that was added just before a run ended", async () => {
        const server = localServer(world.file, terminal)
        const state = await stateIn()
        await state.change("Room 101", { adding: true })
        const { id } = await server.add("Room 101")
        const tokens = await added(server, await stateIn())
        assert.equal((await stateIn()).of("Room 101").id, id)
        assert.equal(tokens.size, 2)
    })

    it("refuses a wrong password, which no message repeats", async () => {
        await writeFile(remote.password!, "wrong horse\n")
        await assert.rejects(remoteServer(remote, terminal), error => {
            assert.match(String(error), /no admin has this name and this password/)
            assert.ok(!String(error).includes("wrong horse"))
            return true
        })
    })
})
