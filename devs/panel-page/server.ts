/** Serves the page of `airpin sim --panel`. Only this file of the folder opens a socket. */
import { join } from "node:path"
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify"
import { AirpinError, asAirpinError } from "../../certs/error.ts"
import { errorRow } from "../../certs/error-codes/table.ts"
import { type PageServer, serveLocally } from "../local-page.ts"
import { type RoomSettings, windowStates } from "../sim/air/room.ts"
import { Feed, type PageEvent } from "./feed.ts"
import type { PanelSession } from "./panel-session.ts"

const folder = join(import.meta.dirname, "page")
/** At most ten pictures a second. */
const TELL_EVERY_MS = 100
/** How often the server is asked while a page is open. */
const ASK_EVERY_MS = 1000
/** A page that has not taken so much is left alone until it has. */
const MAX_UNSENT_BYTES = 500_000
/** Speeds from paused to ten minutes in a second. */
const SPEEDS = [0, 1, 10, 60, 600]
export const MAX_PEOPLE = 30

const number = (minimum: number, maximum: number) => ({ type: "number", minimum, maximum })
const object = (properties: Record<string, object>, required: string[]) => ({
    body: { type: "object", additionalProperties: false, properties, required },
})

const schemas = {
    button: object({ label: { type: "string" }, down: { type: "boolean" } }, ["label", "down"]),
    room: object(
        {
            people: { type: "integer", minimum: 0, maximum: MAX_PEOPLE },
            window: { enum: windowStates },
            co2Ppm: number(400, 5000),
            temperatureC: number(0, 40),
        },
        [],
    ),
    fault: object({ text: { type: "string", maxLength: 200 } }, ["text"]),
    end: object({ id: { type: "integer" } }, ["id"]),
    speed: object({ speed: { enum: SPEEDS } }, ["speed"]),
}

/**
 * Serves the page to browsers on this computer, until it is closed.
 *
 * @param port 0 for any free one
 * @throws AirpinError LISTEN_PORT_IN_USE, LISTEN_PORT_FORBIDDEN
 */
export async function servePanelPage(session: PanelSession, port: number): Promise<PageServer> {
    const audience = new Audience(session)
    const server = await serveLocally({
        port,
        folder,
        addRoutes: (app, path) => addRoutes(app, path, session, audience),
    })
    audience.start()
    return {
        url: server.url,
        close: async () => {
            audience.stop()
            await server.close()
        },
    }
}

function addRoutes(app: FastifyInstance, path: string, session: PanelSession, audience: Audience): void {
    const { board, panel, clock, room, server, serverUrl, deviceId } = session.simulation
    app.setErrorHandler((error: FastifyError, _request, reply) => {
        const known = error.validation ? new AirpinError("PANEL_REQUEST_INVALID", error.message) : asAirpinError(error)
        const { code, message, nextStep } = known
        return reply.code(errorRow(code).exit === 2 ? 400 : 500).send({ code, message, nextStep })
    })
    app.get(`${path}setup`, async () => ({
        board,
        deviceId,
        screen: panel.screen && { width: panel.screen.width, height: panel.screen.height },
        buttons: panel.buttons,
        hasLight: panel.light !== undefined,
        hasBuzzer: panel.buzzer !== undefined,
        speeds: clock.pausesForServer ? SPEEDS : [],
        hasRoom: room !== undefined,
        maxPeople: MAX_PEOPLE,
        server: { url: serverUrl, logInUrl: server?.logInUrl },
    }))
    app.get(`${path}events`, (_request, reply) => audience.add(reply))
    app.post<{ Body: { label: string; down: boolean } }>(
        `${path}button`,
        { schema: schemas.button },
        async ({ body }) => {
            session.press(body.label, body.down)
            return {}
        },
    )
    app.post<{ Body: RoomSettings }>(`${path}room`, { schema: schemas.room }, async ({ body }) => {
        session.setRoom(body)
        return {}
    })
    app.post<{ Body: { text: string } }>(`${path}fault`, { schema: schemas.fault }, async ({ body }) => {
        session.startFault(body.text)
        return {}
    })
    app.post<{ Body: { id: number } }>(`${path}end`, { schema: schemas.end }, async ({ body }) => {
        session.endFault(body.id)
        return {}
    })
    app.post<{ Body: { speed: number } }>(`${path}speed`, { schema: schemas.speed }, async ({ body }) => {
        session.setSpeed(body.speed)
        return {}
    })
}

/** The open pages. */
class Audience {
    readonly #session: PanelSession
    readonly #pages = new Map<FastifyReply["raw"], Feed>()
    #timers: NodeJS.Timeout[] = []
    #isAsking = false

    constructor(session: PanelSession) {
        this.#session = session
    }

    start(): void {
        this.#timers = [
            setInterval(() => this.#tell(), TELL_EVERY_MS),
            setInterval(() => void this.#askServer(), ASK_EVERY_MS),
        ]
    }

    stop(): void {
        for (const timer of this.#timers) clearInterval(timer)
        for (const page of this.#pages.keys()) page.end()
    }

    add(reply: FastifyReply): void {
        const page = reply.hijack().raw
        page.writeHead(200, { ...reply.getHeaders(), "content-type": "text/event-stream" } as Record<string, string>)
        this.#pages.set(page, new Feed(this.#session))
        page.on("close", () => {
            this.#pages.delete(page)
            this.#session.releaseAll()
        })
        this.#tell()
        void this.#askServer()
    }

    #tell(): void {
        for (const [page, feed] of this.#pages)
            if (page.writableLength < MAX_UNSENT_BYTES) for (const event of feed.next()) send(page, event)
    }

    /** One question at a time, and none while nobody looks. */
    async #askServer(): Promise<void> {
        const { server } = this.#session.simulation
        if (!server || this.#isAsking || this.#pages.size === 0) return
        this.#isAsking = true
        const facts = await server.facts().catch(error => ({ error: asAirpinError(error).message }))
        this.#isAsking = false
        for (const [page, feed] of this.#pages) for (const event of feed.server(facts)) send(page, event)
    }
}

function send(page: FastifyReply["raw"], { name, data }: PageEvent): void {
    page.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
}
