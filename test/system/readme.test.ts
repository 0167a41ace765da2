import assert from "node:assert/strict"
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { get } from "node:https"
import { tmpdir } from "node:os"
import path from "node:path"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { ChipModel } from "../flash/support/chip-model.ts"
import { hasPseudoTerminals } from "../flash/support/pseudo-terminal.ts"
import { airpin, airpinUntil, type Outcome } from "../support/airpin.ts"
import { buildFirmware } from "../support/firmware-image.ts"

/** What a project folder holds besides node_modules and the tests. */
const PROJECT = ["src", "boards", "certs", "devs", "package.json", "tsconfig.json", "devsconfig.json", ".env.defaults"]
/** Longest wait for output: the first step compiles the firmware on a busy machine. */
const OUTPUT_MS = 60_000
/** A reading every 5 s, each posted at once: the steps take a minute instead of five. */
const QUICK = "INTERVAL_S=5\nBATCH=1\n"

/** Every `npx airpin …` command of a numbered step, without `npx airpin`. */
function stepCommands(readme: string): Map<number, string[]> {
    const steps = [...readme.matchAll(/^(\d+)\. (.*)$/gm)]
    return new Map(
        steps.map(([, number, text]) => [
            Number(number),
            [...text!.matchAll(/`([^`]*)`/g)]
                .flatMap(([, code]) => code!.split(" && "))
                .filter(code => code.startsWith("npx airpin "))
                .map(code => code.slice("npx airpin ".length)),
        ]),
    )
}

describe("the README's ten steps, as a new user types them", () => {
    let home: string
    let bin: string
    let readme: string
    let steps: Map<number, string[]>
    let chip: ChipModel
    let server: Awaited<ReturnType<typeof airpinUntil>>
    let url: string
    let root: string
    let token: string

    before(async function () {
        if (!hasPseudoTerminals) return this.skip()
        readme = await readFile(path.join(projectDirectory, "README.md"), "utf8")
        steps = stepCommands(readme)
        home = await mkdtemp(path.join(tmpdir(), "airpin-readme-"))
        for (const name of PROJECT)
            await cp(path.join(projectDirectory, name), path.join(home, name), { recursive: true })
        await symlink(path.join(projectDirectory, "node_modules"), path.join(home, "node_modules"))
        bin = path.join(home, "devs/airpin.mjs")
        await writeFile(path.join(home, "runtime.bin"), buildFirmware())
        chip = await ChipModel.plugIn()
        server = await airpinUntil(["serve", "--port", "0"], out => /https:\/\/\S+/.test(out), OUTPUT_MS, home, bin)
        url = /https:\/\/[^\s/]+/.exec(server.stdout())![0]
        root = path.join(home, ".airpin/ca/root.pem")
    })

    after(async () => {
        await server?.stop()
        await chip?.unplug()
        if (home) await rm(home, { recursive: true, force: true })
    })

    /** A command's arguments, with this test's server in place of air.example.org and its folder for ~. */
    function fill(command: string): string[] {
        return command.replaceAll("air.example.org", url.slice("https://".length)).replaceAll("~", home).split(" ")
    }

    function argumentsOf(step: number, index = 0): string[] {
        const command = steps.get(step)?.[index]
        assert.ok(command, `step ${step} has no command ${index + 1}`)
        return fill(command)
    }

    async function runs(args: string[], ...extra: string[]): Promise<Outcome> {
        const outcome = await airpin([...args, ...extra], home, bin)
        assert.equal(outcome.code, 0, `${args.join(" ")}: ${outcome.stdout}${outcome.stderr}`)
        return outcome
    }

    const run = (step: number, ...extra: string[]) => runs(argumentsOf(step), ...extra)

    it("2: doctor finds nothing missing", () => run(2))

    it("3: device add prints a token", async () => {
        const { stdout } = await run(3)
        token = /^token +([\w-]{20,})/m.exec(stdout)![1]!
    })

    it("4: .env.local takes address, token and network", () =>
        writeFile(
            path.join(home, ".env.local"),
            `API_URL=${url}\nAPI_TOKEN=${token}\nWIFI_SSID=office\nWIFI_PWD=correct horse\n${QUICK}`,
        ))

    it("5: ca new makes a root", () => run(5, "--dir", path.join(home, "airpin-ca")))

    it("6: pin writes the anchors", async () => {
        await run(6, "--ca", root)
        const { anchors } = JSON.parse(await readFile(path.join(home, "certs/pinned/pins.json"), "utf8")) as {
            anchors: unknown[]
        }
        assert.equal(anchors.length, 2, "the server's root and the backup")
    })

    it("7: image makes a file", () => run(7, "--firmware", path.join(home, "runtime.bin")))

    it("8: sim boots that file, and the server accepts its readings", async () => {
        const sim = await airpinUntil(argumentsOf(8), out => /acknowledged up to here/.test(out), OUTPUT_MS, home, bin)
        assert.ok(sim.seen, sim.stdout())
        await sim.stop()
    })

    it("9: flash writes it, and the page serves it", async () => {
        await run(9, "--port", chip.path)
        const page = await airpinUntil(argumentsOf(9, 1), out => /http:\/\/\S+/.test(out), OUTPUT_MS, home, bin)
        assert.ok(page.seen, page.stdout())
        await page.stop()
        const image = await readFile(path.join(home, argumentsOf(8).at(-1)!))
        assert.deepEqual(chip.flash.subarray(0x1000, 0x1000 + image.length), image)
    })

    it("an image for the next device holds its own token", async () => {
        await writeFile(path.join(home, "classroom-4.env"), "API_TOKEN=the-token-of-classroom-4")
        const command = /`npx airpin (image [^`]*--env [^`]*)`/.exec(readme)![1]!
        await runs(command.split(" "), "--firmware", path.join(home, "runtime.bin"))
        const image = await readFile(path.join(home, "build/classroom-4-0x1000.bin"), "latin1")
        assert.ok(image.includes("the-token-of-classroom-4") && !image.includes(token))
    })

    it("new pins: pin, repin and flash only the bundle", async () => {
        const [pin, repin, flash, ...rest] = [...readme.matchAll(/^npx airpin (.*)$/gm)].map(([, text]) => fill(text!))
        assert.deepEqual(rest, [])
        await runs(pin!, "--ca", root)
        await runs(repin!)
        chip.reset()
        await runs(flash!, "--port", chip.path)
    })

    it("10: the readings are on the server", async () => {
        const { stdout } = await run(10)
        const [, link = ""] = /Bearer (\S+)/.exec(stdout)!
        const devices = await getJson(`${url}/api/v1/devices`, await readFile(root, "utf8"), link)
        assert.match(JSON.stringify(devices), /"classroom-3"/)
        assert.match(JSON.stringify(devices), /"co2Ppm":\d+/)
    })
})

function getJson(url: string, ca: string, token: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
        get(url, { ca, headers: { authorization: `Bearer ${token}` } }, async response => {
            let text = ""
            for await (const chunk of response) text += chunk
            resolve(JSON.parse(text))
        }).on("error", reject)
    })
}
