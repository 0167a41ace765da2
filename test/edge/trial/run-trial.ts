/** One trial: HTTPS from nothing, a device that pins it, and every change, while the device posts. */
import { writeFile } from "node:fs/promises"
import path from "node:path"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { type Resources, withResources } from "../../../devs/resources.ts"
import { type Change, FIRST_ROOT, firstChain } from "./changes.ts"
import type { Front, FrontKind, SourceName } from "./fronts/front.ts"
import { reportedFaults } from "./held-back-reports.ts"
import { type Account, type DeviceSettings, TrialDevice } from "./trial-device.ts"
import { openTrialWorld, shakeHands, type TrialTime, type TrialWorld } from "./trial-world.ts"

const DAY_MS = 24 * 3600 * 1000
const HELD_BACK_EXIT = 20
const DEVICE_NAME = "Room 12"

export interface TrialOptions extends DeviceSettings, TrialTime {
    kind: FrontKind
    source: SourceName
    /** in this order */
    changes: Change[]
    /** of the device, before the first change and after each */
    daysPerChange: number
    /** called at the end of each step */
    onStep(name: string, seconds: number): void
}

export interface ChangeResult {
    change: string
    /** exit code of the round */
    exit: number
    /** what serves afterwards: key type and subjects, leaf first */
    serves: string
    /** of the device, from the begin of the round to the end of the days after it */
    handshakes: number
    refusals: number
    /** the device's days in this time */
    days: number
}

export interface TrialResult {
    changes: ChangeResult[]
    account: Account
    /** of the device, all in all */
    days: number
    handshakes: number
    /** days on the front's clock, begun ones too: more than the device's where the machine is slower than `speed` */
    frontDays: number
    /** so many are allowed: one at first, one for each change that is deployed, one for each day of the front */
    maxHandshakes: number
    /** from an empty folder to the first verified handshake */
    httpsMs: number
    /** what is wrong; empty if nothing is */
    faults: string[]
}

/** Runs it; what it started is ended, and its folder removed, before it returns. */
export function runTrial(options: TrialOptions): Promise<TrialResult> {
    return withResources(resources => new Trial(options).run(resources))
}

/** {@link runTrial} up to the first verified handshake. @returns milliseconds */
export function timeToHttps(options: Pick<TrialOptions, "kind" | "source" | "onStep">): Promise<number> {
    return withResources(async resources => {
        const trial = new Trial({ ...options, ...NO_DEVICE })
        await trial.serveFromNothing(await trial.open(resources))
        return trial.httpsMs
    })
}

const NO_DEVICE = { changes: [], speed: 1, scalesFront: false, daysPerChange: 0, intervalS: 60, batch: 5 }

class Trial {
    readonly #options: TrialOptions
    readonly #faults: string[] = []
    httpsMs = 0

    constructor(options: TrialOptions) {
        this.#options = options
    }

    async run(resources: Resources): Promise<TrialResult> {
        const { speed, scalesFront, daysPerChange, changes } = this.#options
        const world = await this.open(resources)
        const front = await this.serveFromNothing(world)
        const device = await this.#step("pin, image, manifest, device", () => this.#makeDevice(world))
        const [startMs, beganAtMs] = [world.clock.now(), performance.now()]
        await this.#step(`${daysPerChange} device-days`, () => device.run({ ms: daysPerChange * DAY_MS }))
        const results: ChangeResult[] = []
        for (const change of changes.filter(({ keyType }) => keyType === undefined || front.useKeyType))
            results.push(await this.#step(change.name, () => this.#make(change, { world, front, device })))
        const account = await this.#step("every reading in the database", async () => {
            await device.deliver()
            return device.account()
        })
        const { handshakes, refusals, restarts, panics } = device.summary
        const frontDays = scalesFront ? Math.ceil(((performance.now() - beganAtMs) * speed) / DAY_MS) : 0
        const maxHandshakes = 1 + results.filter(({ exit }) => exit === 0).length + frontDays
        this.#expect(account.missing + account.wrong + account.lost === 0, `readings: ${JSON.stringify(account)}`)
        this.#expect(handshakes <= maxHandshakes, `${handshakes} handshakes, more than ${maxHandshakes}`)
        this.#expect(refusals + restarts + panics === 0, `${refusals} refusals, ${restarts + panics} restarts`)
        device.powerOff()
        const days = (world.clock.now() - startMs) / DAY_MS
        const { httpsMs } = this
        const counts = { days, handshakes, frontDays, maxHandshakes }
        return { changes: results, account, ...counts, httpsMs, faults: this.#faults }
    }

    async open(resources: Resources): Promise<TrialWorld> {
        return this.#step("a CA", async () => {
            const world = await openTrialWorld(resources, this.#options)
            world.facade.chains = [firstChain]
            return world
        })
    }

    async serveFromNothing(world: TrialWorld): Promise<Front> {
        const { kind, source } = this.#options
        const beganAtMs = performance.now()
        const front = await this.#step("API and front, with a placeholder", () => kind.start(world, source))
        const { status } = await this.#step("the first certificate", () => front.renew())
        const leaf = await servedLeaf(world)
        if (status.live?.leafSha256 !== leaf) throw new Error(`no certificate serves: ${status.reasons.join(" ")}`)
        this.httpsMs = performance.now() - beganAtMs
        return front
    }

    async #makeDevice(world: TrialWorld): Promise<TrialDevice> {
        const root = path.join(world.folder, "root-a.pem")
        await writeFile(root, await world.facade.maker.rootPem(FIRST_ROOT))
        return TrialDevice.make(world, DEVICE_NAME, root, this.#options)
    }

    /** The device goes on meanwhile, and for some days afterwards. */
    async #make(change: Change, { world, front, device }: Parts): Promise<ChangeResult> {
        const { name, chain, keyType, isHeldBack } = change
        const [startMs, before] = [world.clock.now(), device.summary]
        const leafBefore = await servedLeaf(world)
        world.facade.chains = [chain]
        const renewing = (async () => {
            if (keyType !== undefined) await front.useKeyType?.(keyType)
            return front.renew()
        })()
        await device.run(renewing)
        const { exit, status } = await renewing
        await device.run({ ms: this.#options.daysPerChange * DAY_MS })
        const leaf = await servedLeaf(world)
        const faults = isHeldBack ? await reportedFaults(world, status, device) : deployedFaults(status, change, leaf)
        this.#faults.push(...faults.map(fault => `${name}: ${fault}`))
        this.#expect(exit === (isHeldBack ? HELD_BACK_EXIT : 0), `${name}: airpin renew ended with ${exit}`)
        this.#expect((leaf === leafBefore) === (isHeldBack ?? false), `${name}: the leaf ${leaf} serves`)
        const { handshakes, refusals } = device.summary
        return {
            change: name,
            exit,
            serves: `${status.live?.keyType} ${status.live?.path.join(" ← ")}`,
            handshakes: handshakes - before.handshakes,
            refusals: refusals - before.refusals,
            days: (world.clock.now() - startMs) / DAY_MS,
        }
    }

    async #step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
        const beganAtMs = performance.now()
        const result = await work()
        this.#options.onStep(name, (performance.now() - beganAtMs) / 1000)
        return result
    }

    #expect(isRight: boolean, fault: string): void {
        if (!isRight) this.#faults.push(fault)
    }
}

interface Parts {
    world: TrialWorld
    front: Front
    device: TrialDevice
}

async function servedLeaf(world: TrialWorld): Promise<string> {
    const [leaf] = (await shakeHands(world)).chain
    return leaf ? sha256Of(leaf.der) : "none"
}

/** What is wrong with what serves after a change. */
function deployedFaults({ live, outcome, devices }: EdgeStatus, { chain, keyType }: Change, leaf: string): string[] {
    const subjects = live?.path ?? []
    return [
        ...(outcome === "fine" ? [] : [`the outcome is ${outcome}`]),
        ...(live?.leafSha256 === leaf && live.verified ? [] : ["the status names another leaf than the one served"]),
        ...(subjects.includes(`CN=${chain.intermediate}`) ? [] : [`served is ${subjects.join(" ← ")}`]),
        ...(keyType === undefined || live?.keyType === keyType ? [] : [`the key is ${live?.keyType}`]),
        ...(devices.every(({ stand }) => stand === "accepts") ? [] : ["a device is not known to accept it"]),
    ]
}
