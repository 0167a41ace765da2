import assert from "node:assert/strict"
import { readFile, readlink, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { devicePinsOf } from "../../../devs/api/pins/device-pins.ts"
import { withExistingDatabase } from "../../../devs/commands/service/open-database.ts"
import { Terminal } from "../../../devs/display/terminal.ts"
import { lockFolder } from "../../../devs/edge/renewal/folder-lock.ts"
import { hookTarget } from "../../../devs/edge/targets/hook.ts"
import { airpin } from "../../support/airpin.ts"
import { certify, DAY_MS, deviceWith, renewalWorld, type World } from "../support/renewal-world.ts"
import { type Ended, runHere, suffer } from "./support/mishap.ts"

describe("a mishap of the machine:", () => {
    let world: World

    before(async () => {
        world = await startedWorld()
    })

    async function startedWorld(): Promise<World> {
        const started = await renewalWorld()
        assert.equal((await runHere(started)).exit, 0)
        return started
    }

    const file = (name: string) => path.join(world.folder, name)
    /** Changes the parts of the rounds until it is over. */
    const withParts = (changes: Partial<World["parts"]>) => () => {
        const before = { ...world.parts }
        Object.assign(world.parts, changes)
        return () => Object.assign(world.parts, before)
    }

    it("two managers run at once", async () => {
        await suffer(world, { begin: () => lockFolder(world.folder), exit: 1, code: "EDGE_BUSY" })
    })

    it("the clock shows a time before the certificate that serves", async () => {
        const begin = () => {
            world.pass(-80 * DAY_MS)
            return () => world.pass(80 * DAY_MS)
        }
        await suffer(world, { begin, exit: 1, code: "EDGE_CLOCK_WRONG" })
    })

    it("the clock shows a time before the release", async () => {
        const begin = () => {
            world.options.releasedAt = new Date(world.clock.now.getTime() + DAY_MS)
            return () => delete world.options.releasedAt
        }
        await suffer(world, { begin, exit: 1, code: "EDGE_CLOCK_WRONG" })
    })

    describe("settings", () => {
        /** The real command, which reads edge.json. */
        const command = async (): Promise<Ended> => {
            const { code, stderr } = await airpin(["renew", "--folder", world.folder])
            return { exit: code, code: /\b[A-Z]+(?:_[A-Z]+)+\b/.exec(stderr)?.[0], text: stderr }
        }

        it("edge.json is damaged", async () => {
            const begin = async () => {
                await writeFile(file("edge.json"), '{ "names": [')
                return () => rm(file("edge.json"))
            }
            await suffer(world, { begin, during: command, exit: 2, code: "EDGE_SETTINGS_WRONG" })
        })

        it("edge.json is gone", async () => {
            const begin = () => () => undefined
            await suffer(world, { begin, during: command, exit: 2, code: "EDGE_SETTINGS_MISSING" })
        })
    })

    it("state.json is damaged", async () => {
        const begin = async () => {
            const text = await readFile(file("state.json"), "utf8")
            await writeFile(file("state.json"), text.slice(0, -20))
            return () => undefined
        }
        await suffer(world, { begin, exit: 10, serves: "new", says: /state\.json was damaged/ })
    })

    it("the link to what serves is deleted by hand", async () => {
        const begin = async () => {
            await rm(file("live"))
            return () => undefined
        }
        await suffer(world, { begin, exit: 10, serves: "new", says: /link live was missing/ })
    })

    it("the link to what serves is deleted by hand while the CA is down", async () => {
        const begin = async () => {
            await rm(file("live"))
            world.issuance.error = new AirpinError("ACME_UNREACHABLE", "ca.test refuses the connection")
            return () => delete world.issuance.error
        }
        await suffer(world, { begin, exit: 1, code: "ACME_UNREACHABLE" })
    })

    it("the files of what serves are deleted by hand", async () => {
        const begin = async () => {
            await rm(file(await readlink(file("live"))), { recursive: true })
            return () => undefined
        }
        await suffer(world, { begin, exit: 10, serves: "new", says: /files that serve are damaged/ })
    })

    it("the database with the devices' pins cannot be reached", async () => {
        const terminal = new Terminal({ quiet: true })
        const devices = () =>
            withExistingDatabase("postgres://127.0.0.1:1/airpin", terminal, devicePinsOf).catch(({ code, message }) => {
                // made anew: mocha has a second instance of the modules for what import() loads, as the driver of PostgreSQL
                throw new AirpinError(code, message)
            })
        await suffer(world, { begin: withParts({ devices }), exit: 1, code: "STORE_UNREACHABLE" })
    })

    it("the database does not take the status", async () => {
        const report = async () => {
            throw new AirpinError("STORE_UNREACHABLE", "the database cannot be reached")
        }
        const says = /status could not be written to the database/
        await suffer(world, { begin: withParts({ report }), exit: 10, serves: "new", says })
    })

    it("a device has no manifest, and the issuer stays", async () => {
        const begin = withParts({ devices: async () => [deviceWith("Attic")] })
        await suffer(world, { begin, exit: 10, serves: "new", says: /no manifest is known of Attic/ })
    })

    /** The CA goes over to Root B, which the devices trust only when it is over: their pins were sent, or flashed. */
    async function sufferRootB(names: string[], isKnown: boolean, says: RegExp): Promise<void> {
        const own = await startedWorld()
        const { rootA, rootB, issuance, parts } = own
        const withAnchors = (...anchors: World["rootA"]["certificate"][]) =>
            names.map(name => deviceWith(name, ...anchors))
        const begin = () => {
            issuance.above = [{ label: "default (Root B)", certificates: [certify(issuance.intermediate, rootB)] }]
            parts.devices = async () => (isKnown ? withAnchors(rootA.certificate) : withAnchors())
            return () => (parts.devices = async () => withAnchors(rootA.certificate, rootB.certificate))
        }
        await suffer(own, { begin, exit: 20, says })
    }

    it("a device has no manifest, and the issuer changes", () =>
        sufferRootB(["Attic"], false, /held back: default \(Root B\) of ca\.test, which Attic would refuse/))

    it("all devices would refuse the new chain", () =>
        sufferRootB(["Kitchen", "Office"], true, /of ca\.test, which Kitchen, Office would refuse/))

    it("the hook hangs", async () => {
        const target = hookTarget({ command: ["sleep", "60"], timeoutMs: 200 })
        const begin = withParts({ target })
        await suffer(world, { begin, exit: 1, code: "TARGET_COMMAND_FAILED", says: /did not end in time/ })
    })

    it("the hook fails", async () => {
        const target = hookTarget({ command: ["sh", "-c", "echo no route to the balancer; exit 3"] })
        const begin = withParts({ target })
        await suffer(world, { begin, exit: 1, code: "TARGET_COMMAND_FAILED", says: /status 3: no route/ })
    })
})
