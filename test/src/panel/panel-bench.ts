/** A board with a light or a buzzer, its program, and a room: for what a person sees and hears of a state. */
import { readBoard } from "../../../devs/image/boards.ts"
import { VirtualPanel } from "../../../devs/sim/panel/virtual-panel.ts"
import { I2cBus } from "../../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../../devs/sim/sensors/scd4x.ts"
import { isCommand, packetsOf } from "../../../devs/vm/jacdac-frames.ts"
import type { Network } from "../../../devs/vm/machine.ts"
import { type Booted, boot, flashWith, noNetwork, START_MS } from "../../support/program.ts"
import { ScriptedServer } from "../../support/scripted-server.ts"

const server = { API_URL: "https://air.example", API_TOKEN: "token", INTERVAL_S: "10", BATCH: "1" }

/** Ways to a server: those that `Link` of src/panel/panel-state.ts has. */
export const links: Record<string, (now: () => number) => { settings: Record<string, string>; network: Network }> = {
    fine: now => ({ settings: server, network: new ScriptedServer(now) }),
    "no settings": () => ({ settings: {}, network: noNetwork }),
    "no Wi-Fi": () => ({ settings: server, network: noNetwork }),
    "server away": now => ({ settings: server, network: failing(now, "can't connect") }),
    "certificate refused": now => ({
        settings: server,
        network: failing(now, "mbedtls_ssl_handshake returned -0x2700"),
    }),
}

/** A server that takes no connection and refuses none. */
export function silentServer(now: () => number): ScriptedServer {
    const network = new ScriptedServer(now)
    network.onOpen = () => undefined
    return network
}

function failing(now: () => number, message: string): ScriptedServer {
    const network = new ScriptedServer(now)
    network.onOpen = () => network.soon({ type: "error", message })
    return network
}

/** A command to the light. */
interface Shown {
    atMs: number
    letter: string
}

export interface PanelBench extends Booted {
    panel: VirtualPanel
    air: { co2Ppm: number; temperatureC: number; humidityRh: number; tvocPpb: number }
    /** takes the SCD4x off the bus, and puts it back */
    unplug(): void
    plug(): void
    server: ScriptedServer | undefined
    /** every command so far */
    shown: Shown[]
    /** The pattern that is shown now, from the next beginning of its longest darkness: one letter for each 131 ms. */
    pattern(): string
}

/** Switches a board on in air of this CO2; undefined: without a sensor. */
export async function panelBench(
    boardId: string,
    link: string,
    co2Ppm: number | undefined,
    more: Record<string, string> = {},
): Promise<PanelBench> {
    const panel = new VirtualPanel(await readBoard(boardId))
    const bus = new I2cBus()
    const air = { co2Ppm: co2Ppm ?? 0, temperatureC: 21, humidityRh: 40, tvocPpb: 100 }
    let nowMs = () => START_MS
    const part = new Scd4x({ air: { airAt: () => air }, poweredAtMs: START_MS })
    if (co2Ppm !== undefined) bus.attach(part)
    const { settings, network } = links[link]!(() => nowMs())
    const booted = await boot("src/main-light.ts", {
        flash: flashWith({ ...settings, ...more }),
        network,
        peripherals: panel,
        transferI2c: (...transfer) => bus.transfer(...transfer),
    })
    nowMs = () => booted.clock.nowMs
    const shown: Shown[] = []
    booted.afterRound = () => {
        panel.afterRound(booted.machine, nowMs())
        for (const frame of booted.machine.frames.filter(isCommand))
            for (const { service, command, data } of packetsOf(frame))
                if (service === 0 && command === SET_STATUS_LIGHT)
                    shown.push({ atMs: nowMs(), letter: colorLetter(data) })
    }
    return {
        ...booted,
        panel,
        air,
        unplug: () => bus.detach(part),
        plug: () => bus.attach(part),
        server: network instanceof ScriptedServer ? network : undefined,
        shown,
        pattern() {
            const from = shown.length
            booted.runFor(20_000)
            return periodOf(lettersOf(shown.slice(from)))
        },
    }
}

const SET_STATUS_LIGHT = 0x84
const STEP_MS = 131

function lettersOf(shown: Shown[]): string {
    return shown
        .slice(0, -1)
        .map(({ letter, atMs }, at) => letter.repeat(Math.round((shown[at + 1]!.atMs - atMs) / STEP_MS)))
        .join("")
}

/** The shortest text that the other repeats, turned so that it begins with its longest darkness. */
export function periodOf(letters: string): string {
    let length = 1
    while (length < letters.length && letters.slice(length) !== letters.slice(0, -length)) length++
    const turns = Array.from({ length }, (_, by) => letters.slice(by, by + length))
    const darkness = (text: string) => /^\.*/.exec(text)![0].length
    return turns.sort((a, b) => darkness(b) - darkness(a) || (a < b ? -1 : 1))[0]!
}

/** One letter per colour as a person sees it, whose light takes green first: "." for dark, R, Y, G, C, B, V, W. */
function colorLetter([green = 0, red = 0, blue = 0]: Uint8Array): string {
    const peak = Math.max(red, green, blue)
    if (peak === 0) return "."
    const bits = [red, green, blue].map(value => (value > 0.4 * peak ? 1 : 0)).join("")
    return { "100": "R", "110": "Y", "010": "G", "011": "C", "001": "B", "101": "V", "111": "W" }[bits] ?? "?"
}
