/**
 * A device as its owner makes it: a token, the pins of the server, an image, the manifest in the database. The simulator
 * boots it from the image and runs its program in virtual time.
 */
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { Room } from "../../../devs/sim/air/room.ts"
import type { DeviceEvent } from "../../../devs/sim/chip/device-log.ts"
import { Random } from "../../../devs/sim/random.ts"
import { Scd4x } from "../../../devs/sim/sensors/scd4x.ts"
import { Simulation, type SimulationSummary } from "../../../devs/sim/simulation.ts"
import { openImageEnvironment } from "../../../devs/testbed/image-environment.ts"
import { buildFirmware } from "../../support/firmware-image.ts"
import { NAME, storedReadings, type TrialWorld } from "./trial-world.ts"

const BOARD = "m5stack_core"
const SEED = 15
const HOUR_MS = 3_600_000

export interface DeviceSettings {
    /** seconds per reading */
    intervalS: number
    /** readings per post */
    batch: number
}

/** Where the readings went. */
export interface Account {
    taken: number
    /** rows of the database */
    stored: number
    /** taken, but not in the database */
    missing: number
    /** in the database, but not taken, or with another value, or twice */
    wrong: number
    /** dropped, as the device counted them */
    lost: number
}

export class TrialDevice {
    readonly id: string
    readonly name: string
    readonly #world: TrialWorld
    readonly #simulation: Simulation
    readonly #taken: Map<string, number>

    private constructor(
        world: TrialWorld,
        { id, name }: { id: string; name: string },
        simulation: Simulation,
        taken: Map<string, number>,
    ) {
        this.#world = world
        this.id = id
        this.name = name
        this.#simulation = simulation
        this.#taken = taken
    }

    /**
     * Pins the server that runs, makes the image, and powers the device up.
     *
     * @param root file with the root of the CA
     */
    static async make(world: TrialWorld, name: string, root: string, settings: DeviceSettings): Promise<TrialDevice> {
        const { folder, database, httpsPort, airpin } = world
        const file = (name: string) => path.join(folder, name)
        const host = `${NAME}:${httpsPort}`
        const { id, token } = JSON.parse((await airpin(["--json", "device", "add", name, "--db", database])).stdout)
        await airpin(["pin", host, "--ca", root, "--pinned", file("pinned"), "--no-siblings"])
        const env = {
            API_URL: `https://${host}`,
            API_TOKEN: token,
            WIFI_SSID: "office",
            WIFI_PWD: "correct horse",
            INTERVAL_S: settings.intervalS,
            BATCH: settings.batch,
        }
        const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
        await writeFile(file("device.env"), lines.join(""), { mode: 0o600 })
        await writeFile(file("runtime.bin"), buildFirmware())
        const image = file("device-0x1000.bin")
        const making = ["--board", BOARD, "--firmware", file("runtime.bin"), "--env", file("device.env")]
        await airpin(["image", ...making, "--pinned", file("pinned"), "--out", image])
        await airpin(["device", "pins", id, image, "--db", database])
        const taken = new Map<string, number>()
        return new TrialDevice(world, { id, name }, await powerUp(world, id, image, taken), taken)
    }

    /** Lets it run for so long, or until a promise is settled. */
    async run(until: { ms: number } | Promise<unknown>): Promise<void> {
        const { clock } = this.#world
        if ("ms" in until) {
            const endMs = clock.now() + until.ms
            return this.#simulation.runUntil(() => clock.now() >= endMs)
        }
        let isSettled = false
        const settle = () => (isSettled = true)
        until.then(settle, settle)
        await this.#simulation.runUntil(() => isSettled)
    }

    /** Lets it run until everything that it has taken is acknowledged. @throws Error after two hours */
    async deliver(): Promise<void> {
        const { clock } = this.#world
        const endMs = clock.now() + 2 * HOUR_MS
        let isDone = false
        await this.#simulation.runUntil(counters => {
            isDone = counters.every(({ lastSeq, acknowledgedSeq }) => lastSeq > 0 && lastSeq === acknowledgedSeq)
            return isDone || clock.now() > endMs
        })
        if (!isDone) throw new Error(`${this.name} could not deliver what it has taken within two hours`)
    }

    get summary(): SimulationSummary {
        return this.#simulation.summary()
    }

    async account(): Promise<Account> {
        const { rows, byReading } = await storedReadings(this.#world, this.id)
        const missing = [...this.#taken.keys()].filter(key => !byReading.has(key))
        const wrong = [...byReading].filter(([key, co2]) => this.#taken.get(key) !== co2)
        const twice = rows - byReading.size
        const { lost } = this.summary
        return { taken: this.#taken.size, stored: rows, missing: missing.length, wrong: wrong.length + twice, lost }
    }

    powerOff(): void {
        this.#simulation.powerOff()
    }
}

async function powerUp({ clock, resources }: TrialWorld, id: string, image: string, taken: Map<string, number>) {
    const { environment } = await openImageEnvironment(image)
    const { memory } = await environment.program()
    const air = new Room({ seed: SEED, startMs: clock.now() })
    const sensor = new Scd4x({ air, poweredAtMs: clock.now(), noise: new Random(SEED) })
    let boot = ""
    const note = ({ event, values }: DeviceEvent) => {
        if (event === "boot") boot = values.id ?? ""
        if (event === "reading") taken.set(`${boot} ${values.seq}`, Number(values.co2Ppm))
    }
    const simulation = await Simulation.start({
        clock,
        bundle: environment.bundle,
        devices: [
            { id, memory: await memory(id), sensors: [sensor], ...(environment.chip && { chip: environment.chip }) },
        ],
        seed: SEED,
        onEvent: (_device, event) => note(event),
        ...(process.env.AIRPIN_TRIAL_LOG && { onLog: (_device: unknown, line: string) => console.log(line) }),
    })
    resources.add(() => simulation.powerOff())
    return simulation
}
