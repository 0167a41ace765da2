/** Serves the page on which browsers of this computer flash a class set, a click for each device. */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { FastifyInstance, FastifyReply } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { readFileBytes } from "../../files.ts"
import { chips } from "../../image/chip.ts"
import { type PageServer, serveLocally } from "../../local-page.ts"
import { imageFile } from "../images.ts"
import type { FleetDevice } from "../list/check-list.ts"
import type { FleetState, ImageRecord } from "../state.ts"
import { claimChip, type FoundChip, overrulable } from "./claim.ts"

const pageFolder = join(import.meta.dirname, "page")
/** The library that speaks with the chip, as one file for browsers. */
const loaderFile = join(dirname(createRequire(import.meta.url).resolve("esptool-js/package.json")), "bundle.js")
const CONFLICT = 409

export interface ClassSet {
    /** for people: the file of the list */
    list: string
    devices: FleetDevice[]
    state: FleetState
    /** SVG files */
    labels: string[]
    /** called before the first byte is written */
    onChosen(device: FleetDevice, mac: string): void
    /** called once the chip's MD5 of what was written is right */
    onFlashed(device: FleetDevice): Promise<void>
}

/** A device as the page shows it. */
interface ShownDevice {
    id: string
    name: string
    group: string
    board: string
    chip: string
    mac: string | null
    state: "open" | "interrupted" | "flashed" | "posted"
}

/**
 * Serves the page and the images.
 *
 * @param port 0 for any free one
 * @throws AirpinError LISTEN_PORT_IN_USE, LISTEN_PORT_FORBIDDEN
 */
export function serveClassSet(set: ClassSet, port: number): Promise<PageServer> {
    return serveLocally({ port, folder: pageFolder, addRoutes: (app, path) => addRoutes(app, path, set) })
}

function addRoutes(app: FastifyInstance, path: string, set: ClassSet): void {
    const { list, devices, state, labels } = set
    const deviceOf = (id: string) => {
        const device = devices.find(({ name }) => state.of(name).id === id)
        if (!device) throw new AirpinError("DEVICE_UNKNOWN", `the list has no device ${id}`)
        return device
    }
    app.setErrorHandler((error, _request, reply) => sendError(error, reply))

    app.get(`${path}esptool-js.js`, (_request, reply) =>
        reply.type("text/javascript").send(createReadStream(loaderFile)),
    )
    app.get(`${path}devices`, () => ({
        list,
        labels: labels.length,
        devices: devices.map(device => shown(device, state)),
    }))
    for (const [at, file] of labels.entries())
        app.get(`${path}labels-${at + 1}.svg`, (_request, reply) =>
            reply.type("image/svg+xml").send(createReadStream(file)),
        )
    app.post<{ Params: { id: string }; Body: FoundChip & { replace: boolean } }>(
        `${path}devices/:id/chip`,
        { schema: { body: chipSchema } },
        async ({ params, body }) => {
            const device = deviceOf(params.id)
            const { bytes, sha256 } = await imageOf(device.name, state)
            await claimChip(device, body, state, body.replace)
            set.onChosen(device, body.mac)
            return { address: chips[device.board.chip].bootloaderAt, sha256, md5: md5AsWritten(bytes) }
        },
    )
    app.get<{ Params: { id: string } }>(`${path}devices/:id/image`, async ({ params }, reply) => {
        const { bytes } = await imageOf(deviceOf(params.id).name, state)
        return reply.type("application/octet-stream").send(bytes)
    })
    app.post<{ Params: { id: string }; Body: { sha256: string } }>(
        `${path}devices/:id/flashed`,
        { schema: { body: flashedSchema } },
        async ({ params, body }) => {
            const device = deviceOf(params.id)
            const at = Math.floor(Date.now() / 1000)
            await state.change(device.name, {
                flashed: { sha256: body.sha256, at, port: "browser" },
                firstReadingAt: undefined,
            })
            await set.onFlashed(device)
            return shown(device, state)
        },
    )
}

const chipSchema = {
    type: "object",
    required: ["chip", "mac"],
    properties: {
        chip: { type: "string" },
        mac: { type: "string", pattern: "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$" },
        replace: { type: "boolean", default: false },
    },
}
const flashedSchema = {
    type: "object",
    required: ["sha256"],
    properties: { sha256: { type: "string", pattern: "^[0-9a-f]{64}$" } },
}

function shown({ name, group, board }: FleetDevice, state: FleetState): ShownDevice {
    const { id = "", mac = null } = state.of(name)
    return { id, name, group, board: board.devName, chip: board.chip, mac, state: stateOf(name, state) }
}

function stateOf(name: string, state: FleetState): ShownDevice["state"] {
    const { mac, firstReadingAt } = state.of(name)
    if (state.isFlashed(name)) return firstReadingAt === undefined ? "flashed" : "posted"
    return mac === undefined ? "open" : "interrupted"
}

async function imageOf(name: string, state: FleetState): Promise<ImageRecord & { bytes: Buffer }> {
    const record = state.of(name).image
    if (!record) throw new AirpinError("FLEET_IMAGE_MISSING", `${name} has no image`)
    return { ...record, bytes: await readFileBytes(imageFile(state, record)) }
}

/** The chip writes whole words of 4 bytes, filled up with 0xff. */
function md5AsWritten(bytes: Buffer): string {
    return createHash("md5")
        .update(bytes)
        .update(Buffer.alloc(-bytes.length & 3, 0xff))
        .digest("hex")
}

/** What a person can do something about goes to the page; the rest is fastify's. */
function sendError(error: unknown, reply: FastifyReply): unknown {
    if (!(error instanceof AirpinError)) throw error
    const { code, message, nextStep } = error
    return reply.code(CONFLICT).send({ code, message, nextStep, overrulable: overrulable.includes(code) })
}
