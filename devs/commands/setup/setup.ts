/** `airpin setup`: from nothing to the first reading, by questions whose answers are checked as they are typed. */
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { decodeText } from "../../../certs/read/text.ts"
import { exists, PRIVATE_MODE } from "../../../certs/replace-file.ts"
import { checkedName } from "../../api/device-registry.ts"
import type { Terminal } from "../../display/terminal.ts"
import { readFileBytes, writeWhole } from "../../files.ts"
import { findPort } from "../../flash/serial-port.ts"
import { type Board, listBoards, readBoard } from "../../image/boards.ts"
import { chips } from "../../image/chip.ts"
import { BUILD_FOLDER } from "../../image/image-file.ts"
import { readManifest } from "../../image/manifest/manifest-file.ts"
import { type DeviceEnv, readDeviceEnv } from "../../image/settings/device-env.ts"
import { earlierAnswers, questions, readAnswers } from "../../setup/answers.ts"
import { Asker } from "../../setup/asker.ts"
import { boardOf, choiceOf, groupNameOf, HERE, settingOf, wifiOf } from "../../setup/checks.ts"
import { changedNames, withSettings } from "../../setup/env-text.ts"
import { projectDirectory } from "../../vm/build-cache.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { flash } from "../flash.ts"
import { image } from "../image.ts"
import { collect } from "../option-values.ts"
import { databaseOption } from "../service/open-database.ts"
import { type Account, askForAccount } from "./account-step.ts"
import { simulateFirstReading, waitForDevice } from "./first-reading.ts"
import { PartTerminal } from "./part-terminal.ts"
import { askForServer, pinServer } from "./server-step.ts"

const HELP = `
Ctrl-C ends it at any question; nothing is half-written, and the next run offers the answers so far.

The file of --answers is JSON5, { name: answer, … }; what it leaves out has its default:
${Object.entries(questions)
    .map(([name, text]) => `  ${name.padEnd(14)}${text}`)
    .join("\n")}

Exit status: 0 when the first reading arrived; 10 if a step is left to you, which is named; 2 if a question has no answer
or an answer of the file is refused; 20 if devices would refuse the server; 130 or 143 when it was stopped.`

const declared = command()
    .option("--answers <file>", "take the answers from a file instead of asking")
    .option("--env <file>", "the settings file that it writes (default: .env.local of the project)")
    .option("--ca <file>", "root of a private CA, as for airpin pin; may be given again", collect)
    .option("--backup <file>", "a root outside the chain, pinned for emergencies; may be given again", collect)
    .option("--no-siblings", "leave out the other roots of the CA's operator")
    .option("--pinned <folder>", "the folder of the anchors", "certs/pinned")
    .addOption(databaseOption())
    .option("--firmware <file>", "the runtime, devicescript-….bin (default: downloaded once, and kept)")
    .option("--out <file>", "the image (default: build/<board>-0x….bin)")
    .option("--port <path>", "the serial port (default: the only one that may be a chip's)")
    .addHelpText("after", () => HELP)

type SetupOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => setup(options, terminal)))

/** Answers of a run before, beside databases and keys. */
const KEPT_IN = path.join(".airpin", "setup.json")
const PURPOSES = ["usb", "simulated"] as const

interface Room {
    name: string
    group: string
    board: Board
    intervalS: number
}

const setup: Command<SetupOptions> = async (options, terminal) => {
    const given = options.answers === undefined ? undefined : await readAnswers(options.answers)
    const asker = new Asker(terminal, { given, earlier: await earlierAnswers(KEPT_IN), keptIn: KEPT_IN })
    const envFile = options.env ?? path.join(projectDirectory, ".env.local")
    const env = await readDeviceEnv(projectDirectory, (await exists(envFile)) ? envFile : undefined)
    const purpose = await asker.ask("purpose", {
        text: "what for: 1 usb: a device that is plugged in, 2 simulated: first a device of this computer's",
        initial: "simulated",
        check: text => choiceOf(PURPOSES, text),
    })
    const isSimulated = purpose === "simulated"
    const found = await askForServer(asker, { initial: env.settings.API_URL, isSimulated, terminal })
    if (found === HERE) return trial(await askForRoom(asker, env, terminal), env, terminal)
    const server = await pinServer(found, options, asker, terminal)
    const room = await askForRoom(asker, env, terminal)
    const wifi = isSimulated ? {} : await askForWifi(asker, env)
    const wanted = { name: room.name, token: env.settings.API_TOKEN, db: options.db, isSimulated }
    const account = await askForAccount(server, wanted, asker, terminal)
    const values = { API_URL: server.url, INTERVAL_S: String(room.intervalS), ...wifi }
    const token = await writeSettings(envFile, values, account, asker, terminal)
    if (room.group !== "") await setGroup(room, account, terminal)
    const done = isSimulated
        ? await simulated(room, { env, url: server.url, token, pinned: options.pinned }, terminal)
        : await flashed(room, { options, envFile, account, asker }, terminal)
    if (done) terminal.line(terminal.paint("green", "✓"), "first reading arrived")
    terminal.result({
        server: server.url,
        device: account.id() ?? room.name,
        board: room.board.id,
        env: envFile,
        firstReading: done,
    })
    return done ? exitCodes.fine : exitCodes.attention
}

async function askForRoom(asker: Asker, { settings }: DeviceEnv, terminal: Terminal): Promise<Room> {
    const name = await asker.ask("name", { text: "name of the room", initial: "classroom-1", check: checkedName })
    const group = await asker.ask("group", {
        text: "building and floor, such as Building A / Floor 1 (may be left out)",
        initial: "",
        check: groupNameOf,
    })
    const boards = await Promise.all((await listBoards()).map(readBoard))
    for (const [at, { devName, id }] of boards.entries())
        terminal.line(at === 0 ? "boards" : "", `${at + 1}  ${devName} (${id})`)
    const board = await asker.ask("board", {
        text: `board, by its number or name`,
        initial: "m5stack_core",
        check: text => boardOf(boards, text),
    })
    const intervalS = await asker.ask("interval", {
        text: "seconds a reading",
        initial: settings.INTERVAL_S ?? "60",
        check: text => Number(settingOf("INTERVAL_S", text)),
    })
    return { name, group, board, intervalS }
}

/** WIFI_SSID and WIFI_PWD; the password is absent for an open network. */
async function askForWifi(asker: Asker, { wifi }: DeviceEnv): Promise<Record<string, string>> {
    const ssid = await asker.ask("wifi", {
        text: "Wi-Fi network: 2.4 GHz and not hidden, the chip joins no other",
        initial: wifi?.ssid,
        check: wifiOf,
    })
    const password = await asker.ask("wifiPassword", {
        text: `password of ${ssid}: 8 to 63 characters (Enter alone: an open network)`,
        initial: wifi?.ssid === ssid ? (wifi.passphrase ?? "") : "",
        check: text => (text === "" ? "" : settingOf("WIFI_PWD", text)),
    })
    return { WIFI_SSID: ssid, WIFI_PWD: password }
}

/**
 * Asks before a value changes, gets the token, and writes the file at once: no token is lost that way.
 *
 * @returns the token
 */
async function writeSettings(
    file: string,
    values: Record<string, string>,
    account: Account,
    asker: Asker,
    terminal: Terminal,
): Promise<string> {
    const before = (await exists(file)) ? decodeText(await readFileBytes(file)) : ""
    // a device that is added or taken over gets a new token; a pasted one is known already
    const next = account.server ? "" : await account.token()
    const changed = changedNames(before, { ...values, API_TOKEN: next })
    if (changed.length > 0 && !(await asker.agrees("overwrite", `Replace ${changed.join(", ")} in ${file}?`)))
        throw new AirpinError("SETUP_DECLINED", `${file} keeps its values`)
    withSettings(before, values) // refuses what cannot be written, before a device is added
    const token = await account.token()
    await writeWhole(file, withSettings(before, { ...values, API_TOKEN: token }), PRIVATE_MODE)
    terminal.line("settings", `${file}: ${Object.keys(values).join(", ")}, API_TOKEN`)
    return token
}

async function setGroup({ group, name }: Room, { setGroup }: Account, terminal: Terminal): Promise<void> {
    if (setGroup) await setGroup(group)
    else
        terminal.warn(
            `${name} is not put into ${group}: that needs an admin; next: airpin site rooms FILE, at the server`,
        )
}

/** A simulated device at a server that ends with it: nothing is written. */
async function trial(room: Room, env: DeviceEnv, terminal: Terminal): Promise<number> {
    const { board, name, intervalS } = room
    const settings = { ...env.settings, INTERVAL_S: String(intervalS) }
    await simulateFirstReading({ name, board, settings }, { intervalS, terminal })
    terminal.line(terminal.paint("green", "✓"), "first reading arrived")
    terminal.line("next", "airpin setup again, with the address of a server that stays")
    terminal.result({ server: HERE, device: name, board: board.id, firstReading: true })
    return exitCodes.fine
}

async function simulated(
    { name, board, intervalS }: Room,
    { env, ...server }: { env: DeviceEnv; url: string; token: string; pinned: string },
    terminal: Terminal,
): Promise<boolean> {
    const settings = { ...env.settings, INTERVAL_S: String(intervalS) }
    await simulateFirstReading({ name, board, settings, server }, { intervalS, terminal })
    terminal.line("next", "airpin setup again, with the device plugged in")
    return true
}

/** False if the rest is left to the person, who is told what that is. */
async function flashed(
    { board, intervalS }: Room,
    { options, envFile, account, asker }: { options: SetupOptions; envFile: string; account: Account; asker: Asker },
    terminal: Terminal,
): Promise<boolean> {
    const part = new PartTerminal({ json: terminal.json, quiet: terminal.quiet })
    const out =
        options.out ?? path.join(BUILD_FOLDER, `${board.id}-0x${chips[board.chip].bootloaderAt.toString(16)}.bin`)
    const { pinned, firmware, port } = options
    await image({ board: board.id, env: envFile, pinned, out, ...(firmware !== undefined && { firmware }) }, part)
    const plugged = await asker.ask("plugged", {
        text: `Plug the ${board.devName} in by USB and press Enter; or type later`,
        initial: "usb",
        check: async text => {
            const answer = choiceOf(["usb", "later"], text)
            if (answer === "usb") await findPort(port)
            return answer
        },
    })
    if (plugged === "later") {
        terminal.line("next", `airpin flash --image ${out}`)
        return false
    }
    const sinceS = Math.floor(Date.now() / 1000)
    await flash({ image: out, baud: 460_800, stub: true, ...(port !== undefined && { port }) }, part)
    const manifest = await readManifest(out)
    const id = account.id()
    if (manifest && id !== undefined)
        await account.server
            ?.storePins?.(id, manifest)
            .catch(error =>
                terminal.warn(
                    `what ${id} trusts was not stored: ${Object(error).message}; next: airpin device pins ${id} FILE`,
                ),
            )
    if (!account.list) {
        terminal.line("next", "look at the server's page: the first reading is due in two minutes")
        return false
    }
    await waitForDevice({ list: account.list, id, sinceS }, { intervalS, terminal })
    return true
}
