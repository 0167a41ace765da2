/** What shows the panel of a simulated device: the page of --panel, the pictures of --screenshot, the terminal. */
import path from "node:path"
import { InvalidArgumentError } from "@commander-js/extra-typings"
import { AirpinError } from "../../certs/error.ts"
import type { SimDisplay } from "../display/sim.ts"
import { writeWhole } from "../files.ts"
import { type Board, listBoards, readBoard } from "../image/boards.ts"
import { PanelSession, type PanelSimulation } from "../panel-page/panel-session.ts"
import { screenPng } from "../panel-page/screen-changes.ts"
import { servePanelPage } from "../panel-page/server.ts"
import type { Resources } from "../resources.ts"
import type { DeviceEvent } from "../sim/chip/device-log.ts"
import { duration } from "../sim/faults/option.ts"
import { VirtualPanel } from "../sim/panel/virtual-panel.ts"

export interface PanelOptions {
    board?: string
    image?: string
    panel?: boolean
    panelPort?: number
    screenshot?: string
    at?: Moment[]
    scale?: number
    /** false: not in the terminal */
    screen?: boolean
}

/** Shown if no other board is named. */
const USUAL_BOARD = "m5stack_core"

/** A time after the start, as it was written. */
interface Moment {
    text: string
    seconds: number
}

const USUAL_MOMENT: Moment = { text: "1h", seconds: 3600 }

/** For --at, which may be given again. */
export function moments(text: string, before: Moment[] = []): Moment[] {
    const { parse, mustBe } = duration({ mayBeZero: true })
    const seconds = parse(text)
    if (seconds === undefined) throw new InvalidArgumentError(`It must be ${mustBe}.`)
    return [...before, { text, seconds }]
}

/** @throws AirpinError USAGE_WRONG for an option that belongs to another one, which is missing */
export function checkPanelOptions({ panel, panelPort, screenshot, at, scale }: PanelOptions): void {
    const need = (given: unknown, option: string, other: string) => {
        if (given !== undefined)
            throw new AirpinError("USAGE_WRONG", `${option} is for ${other}`, `add ${other}, or leave out ${option}`)
    }
    if (!panel) need(panelPort, "--panel-port", "--panel")
    if (screenshot !== undefined) return
    need(at, "--at", "--screenshot FILE.png")
    need(scale, "--scale", "--screenshot FILE.png")
}

/**
 * The board of devices that do not boot from an image; undefined if none is named or needed.
 *
 * @throws AirpinError PANEL_MISSING if it has not what the options show; as `readBoard`
 */
export async function boardOf(options: PanelOptions): Promise<Board | undefined> {
    const { board: id, image, panel, screenshot } = options
    if (image !== undefined || (id === undefined && !panel && screenshot === undefined)) return undefined
    const board = await readBoard(id ?? USUAL_BOARD)
    requirePanel(board, options)
    return board
}

/**
 * The board of a flash image, if its panel is to be shown.
 *
 * @param devName its name in the image
 * @throws AirpinError PANEL_MISSING
 */
export async function imageBoardOf(options: PanelOptions, devName: string | undefined): Promise<Board | undefined> {
    if (options.image === undefined || !options.panel) return undefined
    const boards = await Promise.all((await listBoards()).map(readBoard))
    const board = boards.find(each => each.devName === devName)
    if (!board)
        throw new AirpinError(
            "PANEL_MISSING",
            `${options.image} is for ${devName === undefined ? "no board" : `"${devName}"`}, which airpin cannot draw`,
            "leave out --panel, or make the image with airpin image --board ID",
        )
    requirePanel(board, options)
    return board
}

function requirePanel(board: Board, { panel, screenshot }: PanelOptions): void {
    const { screen, light, buzzer, buttons } = new VirtualPanel(board)
    if (screenshot !== undefined && !screen)
        throw new AirpinError("PANEL_MISSING", `airpin drives no screen of ${board.devName}`)
    if (panel && !screen && !light && !buzzer && buttons.length === 0)
        throw new AirpinError("PANEL_MISSING", `airpin drives no screen, light, buzzer or button of ${board.devName}`)
}

/** What is watched of the first device. */
export interface PanelWatch extends Omit<PanelSimulation, "board" | "panel"> {
    board: Board
    panel: VirtualPanel
}

/** What shows a panel while the simulation runs. */
export interface PanelViews {
    /** Called before every round; true once nothing more is to be shown. */
    round(): boolean
    event(event: DeviceEvent): void
    log(line: string): void
    /** Writes the pictures, and returns what was made. */
    finish(): Promise<{ screenshots?: string[] }>
}

/**
 * Opens what the options ask for; the page is closed with the resources.
 *
 * @throws AirpinError LISTEN_PORT_IN_USE, LISTEN_PORT_FORBIDDEN
 */
export async function openPanelViews(
    options: PanelOptions,
    watch: PanelWatch,
    display: SimDisplay,
    resources: Resources,
): Promise<PanelViews> {
    const { panel } = watch
    if (options.screenshot !== undefined) return screenshots(options.screenshot, options, watch, display)
    const session = options.panel ? await openPage(options, watch, display, resources) : undefined
    const { screen } = options.screen === false ? {} : panel
    return {
        round: () => {
            if (screen) display.screen(screen)
            return false
        },
        event: event => session?.happened(event),
        log: line => session?.logged(line),
        finish: async () => ({}),
    }
}

async function openPage(
    { panelPort = 0 }: PanelOptions,
    watch: PanelWatch,
    display: SimDisplay,
    resources: Resources,
): Promise<PanelSession> {
    const { board } = watch
    const session = new PanelSession({ ...watch, board: { id: board.id, name: board.devName } })
    const server = await servePanelPage(session, panelPort)
    resources.add(() => server.close())
    display.panelPage(server.url)
    return session
}

/** Takes each picture at its time, and ends the simulation with the last one. */
function screenshots(
    file: string,
    { at: moments = [USUAL_MOMENT], scale = 1 }: PanelOptions,
    { panel, clock, injector }: PanelWatch,
    display: SimDisplay,
): PanelViews {
    const { screen } = panel
    if (!screen) throw new Error("no screen")
    const startMs = clock.now()
    const pictures = new Map<string, Uint8Array>()
    for (const { text, seconds } of moments)
        injector.events.enter(startMs + 1000 * seconds, () =>
            pictures.set(moments.length > 1 ? suffixed(file, text) : file, screenPng(screen, scale)),
        )
    return {
        round: () => pictures.size === new Set(moments.map(({ text }) => text)).size,
        event: () => undefined,
        log: () => undefined,
        finish: async () => {
            for (const [name, png] of pictures) {
                await writeWhole(name, png)
                display.written(name, screen.width * scale, screen.height * scale, png.length)
            }
            return { screenshots: [...pictures.keys()] }
        },
    }
}

/** air.png at 2h: air-2h.png */
function suffixed(file: string, moment: string): string {
    const { dir, name, ext } = path.parse(file)
    return path.join(dir, `${name}-${moment}${ext}`)
}
