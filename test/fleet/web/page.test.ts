import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { chips } from "../../../devs/image/chip.ts"
import { bridgeSerial } from "../../flash/support/bridge-serial.ts"
import { ChipModel } from "../../flash/support/chip-model.ts"
import { hasPseudoTerminals } from "../../flash/support/pseudo-terminal.ts"
import { airpinUntil, temporaryFolder } from "../../support/airpin.ts"
import type { ChipName } from "../../support/firmware-image.ts"
import { BOARDS, CLASS_SET_OPTIONS, type State, writeClassSet } from "../support/class-set.ts"

const CHROMIUM = "/usr/bin/chromium"
/** AIRPIN_LONG_FLEET=30: a whole class set, with runtimes of the real size. */
const LONG = Number(process.env.AIRPIN_LONG_FLEET ?? 0)
const DEVICES = LONG || 3
const WRITING_TIMEOUT_MS = 120_000
/** AIRPIN_UPDATE_PICTURES=1 takes it again. */
const PICTURE = new URL("../../../devs/fleet/web/page.png", import.meta.url).pathname

/** Two of one board, and one of another. */
const boardOf = (at: number) => BOARDS[LONG ? at % 3 : at === 2 ? 1 : 2]!

describe("the page of a class set, in a browser", function () {
    this.timeout(LONG ? 3_600_000 : WRITING_TIMEOUT_MS)
    let folder: string
    let browser: Browser
    let page: Page
    let command: Awaited<ReturnType<typeof airpinUntil>>
    let url = ""
    const chipModels: ChipModel[] = []
    /** the chip that the user chooses next */
    let chosen: ChipModel
    /** warnings and errors on the console */
    const discrepancies: string[] = []

    before(async function () {
        if (!hasPseudoTerminals || !existsSync(CHROMIUM)) return this.skip()
        folder = await temporaryFolder()
        await writeClassSet(
            folder,
            Array.from({ length: DEVICES }, (_, at) => boardOf(at).id),
            LONG > 0,
        )
        await serve()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        page = await browser.newPage({ viewport: { width: 900, height: 900 } })
        page.on(
            "console",
            message => ["warning", "error"].includes(message.type()) && discrepancies.push(message.text()),
        )
        page.on("pageerror", error => discrepancies.push(error.message))
        await bridgeSerial(page, () => chosen.path)
        await page.goto(url)
        await row(0).waitFor()
    })
    after(async () => {
        await browser?.close()
        await command?.stop()
        await Promise.all(chipModels.map(chip => chip.unplug()))
    })

    async function serve(): Promise<void> {
        const args = ["fleet", "flash", "rooms.csv", "--web", ...CLASS_SET_OPTIONS]
        command = await airpinUntil(args, out => /page +http:.*\n/.test(out), WRITING_TIMEOUT_MS, folder)
        url = /page +(http:\S+)/.exec(command.stdout())?.[1] ?? ""
        assert.notEqual(url, "", command.stdout())
    }

    const name = (at: number) => `Room ${101 + at}`
    const row = (at: number) => page.getByRole("listitem").filter({ hasText: name(at) })
    const button = (at: number) => row(at).getByRole("button")
    const devices = async () =>
        (JSON.parse(await readFile(path.join(folder, ".airpin/fleet/rooms/state.json"), "utf8")) as State).devices

    async function plugIn(at: number, kind: ChipName = boardOf(at).chip): Promise<ChipModel> {
        const chip = await ChipModel.plugIn({ kind, mac: Buffer.from([0xa0, 0xb1, 0xc2, 0, 0, chipModels.length]) })
        chipModels.push(chip)
        return chip
    }

    async function isFlashed(at: number, chip: ChipModel): Promise<void> {
        await row(at).getByText("flashed and verified").waitFor({ timeout: WRITING_TIMEOUT_MS })
        const { image, flashed } = (await devices())[name(at)]!
        const bytes = await readFile(path.join(folder, ".airpin/fleet/rooms", image.file))
        const startAt = chips[boardOf(at).chip].bootloaderAt
        assert.equal(flashed?.sha256, image.sha256)
        assert.ok(chip.flash.subarray(startAt, startAt + bytes.length).equals(bytes), `${name(at)} differs`)
    }

    it("lists the rooms, with board and group, and offers the labels", async () => {
        assert.equal(await page.locator("#count").textContent(), `0 of ${DEVICES} flashed, 0 have posted`)
        assert.match(
            (await row(0).allInnerTexts()).join().replaceAll(/\s+/g, " "),
            /^Room 101 Building A \/ Floor 1 · .+ not flashed Flash$/,
        )
        const [download] = await Promise.all([
            page.waitForEvent("download"),
            page
                .getByRole("link", { name: /Labels|sheet 1/ })
                .first()
                .click(),
        ])
        assert.match(await readFile(await download.path(), "utf8"), /^<svg[\s\S]*Room 101/)
    })

    it("refuses a chip that is not of the room's board, and writes nothing to it", async () => {
        const other = BOARDS.find(({ chip }) => chip !== boardOf(0).chip)!
        chosen = await plugIn(0, other.chip)
        await button(0).click()
        await row(0).getByText("CHIP_MISMATCH").waitFor()
        assert.deepEqual([...chosen.sectorsTouched], [])
        assert.equal((await devices())[name(0)]!.mac, undefined)
    })

    it("goes on after a plug was pulled while its chip was written", async () => {
        chosen = await plugIn(0)
        chosen.faults = { unplugAtByte: LONG ? 500_000 : 25_000 }
        await button(0).click()
        await row(0).getByText("It was unplugged").waitFor({ timeout: WRITING_TIMEOUT_MS })
        await row(0).getByText("interrupted", { exact: true }).waitFor()
        assert.notEqual((await devices())[name(0)]!.mac, undefined)
        chosen.faults = {}
        await chosen.plugIn()
        await button(0).click()
        await isFlashed(0, chosen)
    })

    it("goes to the next open room, and flashes each with one click", async () => {
        for (let at = 1; at < DEVICES; at++) {
            assert.equal(await page.locator(":focus").getAttribute("aria-label"), `Flash: ${name(at)}`)
            chosen = await plugIn(at)
            await page.keyboard.press("Enter")
            if (process.env.AIRPIN_UPDATE_PICTURES && at === 1) {
                await row(at)
                    .getByText(/^[1-9]\d? %$/)
                    .waitFor()
                await page.screenshot({ path: PICTURE })
            }
            await isFlashed(at, chosen)
        }
        await page.getByText(`${DEVICES} of ${DEVICES} flashed, 0 have posted`).waitFor()
        assert.deepEqual(
            discrepancies.filter(text => !text.includes("409")),
            [],
        )
    })

    it("asks before a chip gets the image of another room, and then forgets the room that it was", async () => {
        chosen = chipModels[1]! // that of room 101
        const same = 1 // of the same board, in the short form
        const other = LONG ? 3 : same
        chosen.reset()
        chosen.sectorsTouched.clear()
        await button(other).click()
        await row(other).getByText("this chip is Room 101 already").waitFor()
        assert.deepEqual([...chosen.sectorsTouched], [])
        chosen.reset() // its reset line is not the model's
        await row(other).getByRole("button", { name: "Flash it all the same" }).click()
        await isFlashed(other, chosen)
        await row(0).getByText("not flashed", { exact: true }).waitFor()
    })

    it("shows that it was stopped, exits with 130 while a room is open, and goes on with the next run", async () => {
        const { code, stdout } = await command.stop()
        assert.equal(code, 130, stdout)
        await page.getByRole("alert").getByText("airpin does not respond").waitFor()
        await serve()
        await page.goto(url)
        await page.getByText(`${DEVICES - 1} of ${DEVICES} flashed, 0 have posted`).waitFor()
        assert.match(command.stdout(), new RegExp(`images +0 made, ${DEVICES} kept`))
    })
})
