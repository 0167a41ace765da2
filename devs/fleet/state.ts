/**
 * How far a class set is, in `.airpin/fleet/<name>/state.json`: written anew with each step, so that the next run goes on
 * where this one ended. It holds no token and no password: those are in the images beside it, which only their owner may read.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from "../../certs/replace-file.ts"

export const FLEET_FOLDER = ".airpin/fleet"
const FILE = "state.json"
const VERSION = 1

/** What is known of one device of the list. */
export interface DeviceRecord {
    /** at the server; absent until the device is added */
    id?: string
    /** true from just before it is added until its id is known: a run may have ended in between */
    adding?: boolean
    image?: ImageRecord
    /** of the chip that it is: "a0:b1:c2:d3:e4:f5", from just before the first byte is written */
    mac?: string
    flashed?: FlashedRecord
    /** Unix seconds */
    firstReadingAt?: number
}

export interface ImageRecord {
    /** in the folder of the fleet */
    file: string
    sha256: string
    board: string
    /** SHA-256 of everything that the image was made of, the token included, from which nothing of it can be found */
    recipe: string
}

export interface FlashedRecord {
    /** of the image */
    sha256: string
    /** Unix seconds */
    at: number
    port: string
}

/** The name of a list's fleet: "rooms" for lists/rooms.csv. */
export const fleetName = (list: string): string => path.basename(list).replace(/\.[a-z0-9]+$/i, "")

export class FleetState {
    readonly folder: string
    readonly devices: Map<string, DeviceRecord>
    #writing: Promise<void> = Promise.resolve()

    private constructor(folder: string, devices: Map<string, DeviceRecord>) {
        this.folder = folder
        this.devices = devices
    }

    /** @throws AirpinError FLEET_STATE_CORRUPT */
    static async open(name: string, parent = FLEET_FOLDER): Promise<FleetState> {
        const folder = path.join(parent, name)
        await makePrivateFolder(folder)
        const file = path.join(folder, FILE)
        const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
            if (error.code === "ENOENT") return undefined
            throw error
        })
        return new FleetState(folder, text === undefined ? new Map() : parse(text, file))
    }

    of(name: string): DeviceRecord {
        return this.devices.get(name) ?? {}
    }

    /** True if the chip of this device has its present image. */
    isFlashed(name: string): boolean {
        const { image, flashed } = this.of(name)
        return image !== undefined && flashed?.sha256 === image.sha256
    }

    /** The name of the device that a chip is. */
    nameOf(mac: string): string | undefined {
        return [...this.devices].find(([, record]) => record.mac === mac)?.[0]
    }

    /** Changes what is known of a device, and waits until it is on the disk. */
    async change(
        name: string,
        changes: { [field in keyof DeviceRecord]: DeviceRecord[field] | undefined },
    ): Promise<void> {
        const merged = Object.entries({ ...this.of(name), ...changes }).filter(([, value]) => value !== undefined)
        this.devices.set(name, Object.fromEntries(merged))
        await this.#save()
    }

    /** One write after the other; a write takes along what was changed before it began. */
    #save(): Promise<void> {
        const write = () => {
            const document = { version: VERSION, devices: Object.fromEntries(this.devices) }
            return replaceFile(this.folder, FILE, `${JSON.stringify(document, null, 4)}\n`, PRIVATE_MODE)
        }
        this.#writing = this.#writing.catch(() => undefined).then(write)
        return this.#writing
    }
}

function parse(text: string, file: string): Map<string, DeviceRecord> {
    try {
        const { version, devices } = JSON.parse(text)
        if (version !== VERSION) throw new Error(`it has version ${version}, not ${VERSION}`)
        return new Map(Object.entries(Object(devices)).map(([name, record]) => [name, Object(record)]))
    } catch (cause) {
        throw new AirpinError("FLEET_STATE_CORRUPT", `${file}: ${Object(cause).message}`, { cause })
    }
}
