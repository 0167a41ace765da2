import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { chmod, mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings"
import { asAirpinError } from "../../../certs/error.ts"
import { errorRow, isErrorCode } from "../../../certs/error-codes/table.ts"
import { writeLock } from "../../../certs/lock.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { commands, runProgram } from "../../../devs/program.ts"
import { buildFirmware } from "../../../devs/vm/firmware.ts"
import { openStored } from "../../api/support/stored.ts"
import { imageFor } from "../../flash/support/flashing.ts"
import { airpin, BIN, type Outcome, temporaryFolder } from "../../support/airpin.ts"
import { stockImage } from "../../support/flash-file.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

/** A line of a stack trace, or of Node's own report of an uncaught error. */
const TRACE = /^\s+at .+:\d+:\d+\)?$|^Node\.js v|node:internal/m

/** A command that cannot do its work ends sooner. */
const MAX_RUN_MS = 40_000

/** A command that does something: "device add". */
interface Leaf {
    path: string[]
    command: CommandUnknownOpts
}

const leaves: Leaf[] = []
for (const [name, [, load]] of Object.entries(commands)) {
    const { definition } = await load()
    if (definition.commands.length === 0) leaves.push({ path: [name], command: definition })
    for (const command of definition.commands) leaves.push({ path: [name, command.name()], command })
}

/** Valid values for the arguments that a command requires, by their name. */
const samples: Record<string, string> = { name: "classroom", id: "kitchen", settings: "BATCH=2" }
const requiredArguments = ({ command }: Leaf) =>
    command.registeredArguments.filter(({ required }) => required).map(argument => samples[argument.name()] ?? "none")

/** @ stands for the folder with the files. Options with which a command reads and writes its files at once, without a network and without much work. */
const base: Record<string, string[]> = {
    pin: ["--chain=@/chain.pem", "--servername=localhost", "--ca=@/root.pem", "--pinned=@/pins"],
    bundle: ["--pinned=@/pinned", "--out=@/out/bundle"],
    trust: ["--chain=@/chain.pem", "--servername=localhost", "--bundle=@/root.pem"],
    rehearse: ["--chain=@/chain.pem", "--servername=localhost", "--bundle=@/root.pem"],
    image: [
        "--board=m5stack_core",
        "--firmware=@/stock-0x1000.bin",
        "--pinned=@/pinned",
        "--env=@/device.env",
        "--out=@/out/i",
    ],
    flash: ["--web", "--out=@/out/page", "--image=@/device.bin"],
    soak: ["--days=1", "--devices=1"],
    sim: ["--speed=max", "--for=60", "--interval=10", "--batch=1"],
    "device add": ["--db=@/readings.db"],
    "device list": ["--db=@/readings.db"],
    "device revoke": ["--db=@/readings.db"],
    "device show": ["--db=@/readings.db"],
    "device set": ["--db=@/readings.db"],
    "ca new": ["--dir=@/out/ca"],
    "ca issue": ["--dir=@/ca", "--name=localhost", "--out=@/out/issued"],
    "bench image": ["--firmware=@/stock-0x1000.bin"],
}

/** Options that name what the command writes; it is created where it is missing. */
const outputs = ["--out", "--svg", "--export", "--dir", "pin --pinned", "serve --db", "device add --db"]
/** Options that matter only at the end of a long run, or with another option. */
const unread = ["soak --out", "pin --images"]
const takesPath = ({ flags }: Option) => /<(file|folder|csv)>/.test(flags)
const takesFolder = ({ flags }: Option) => flags.includes("<folder>")
/** True if the option refuses this text. */
function refuses({ parseArg }: Option, text: string): boolean {
    try {
        parseArg?.(text, undefined)
        return false
    } catch {
        return true
    }
}

interface WrongUse {
    args: string[]
    /** expected exit status; undefined: that of the error's row */
    code?: number
}

/** Command lines that commander itself refuses. */
function wrongWords(leaf: Leaf): WrongUse[] {
    const { command, path: words } = leaf
    const required = requiredArguments(leaf)
    const lines = [[...required, "--no-such-option"]]
    if (!command.registeredArguments.some(({ variadic }) => variadic)) lines.push(["one", "too", "many", "words"])
    if (required.length > 0 || command.options.some(({ mandatory }) => mandatory)) lines.push([])
    for (const option of command.options) {
        const name = option.long ?? ""
        if (option.required) lines.push([...required, name]) // its value is missing
        if (refuses(option, "no value")) lines.push([...required, `${name}=no value`])
        const { conflictsWith } = option as Option & { conflictsWith: string[] }
        for (const other of conflictsWith) {
            const conflicting = command.options.find(each => each.attributeName() === other)
            assert.ok(conflicting, `${name} conflicts with ${other}, which does not exist`)
            lines.push([...required, withValue(option), withValue(conflicting)])
        }
    }
    return lines.map(line => ({ args: [...words, ...line], code: 2 }))
}

/** The option with a value that it accepts. */
function withValue(option: Option): string {
    const name = option.long ?? ""
    if (!option.required && !option.optional) return name
    const value = ["none", "1", "115200", "max"].find(text => !refuses(option, text))
    return `${name}=${value}`
}

/** Each path that is given to an option missing, of the other kind, or unreadable. */
function wrongPaths(leaf: Leaf): WrongUse[] {
    const line = [...leaf.path, ...requiredArguments(leaf), ...(base[leaf.path.join(" ")] ?? [])]
    const isOne = (of: string[], { long }: Option) =>
        of.some(name => name === long || name === `${leaf.path.join(" ")} ${long}`)
    const options = leaf.command.options.filter(option => takesPath(option) && !isOne(unread, option))
    return options.flatMap(option => {
        const name = option.long ?? ""
        const given = line.filter(word => !word.startsWith(`${name}=`))
        const isOutput = isOne(outputs, option)
        const other = takesFolder(option) ? "a-file" : "a-folder"
        return [
            ...(isOutput ? [] : [{ args: [...given, `${name}=@/missing/path`] }]),
            { args: [...given, `${name}=@/${other}`] },
            { args: [...given, `${name}=${takesFolder(option) ? "@/a-file/below" : unreadable}`] },
        ]
    })
}

/** root may read any file, but not this one */
const unreadable = process.getuid?.() === 0 && existsSync("/proc/self/mem") ? "/proc/self/mem" : "@/unreadable"

describe("every command", function () {
    this.timeout(150_000)
    let folder: string
    before(async () => {
        await buildFirmware() // so that no command compiles
        folder = await temporaryFolder()
        const file = (name: string) => path.join(folder, name)
        const authority = await temporaryCa()
        const certificate = parsePem(authority.rootPem)[0]
        await mkdir(file("a-folder"))
        await writeFile(file("a-file"), "some text\n")
        await writeFile(file("unreadable"), "")
        await chmod(file("unreadable"), 0)
        await writeFile(file("chain.pem"), authority.server.chainPem)
        await writeFile(file("root.pem"), authority.rootPem)
        await writeFile(file("stock-0x1000.bin"), stockImage())
        await writeFile(file("device.bin"), imageFor("esp32").bytes)
        await writeFile(
            file("device.env"),
            "API_URL=https://localhost\nAPI_TOKEN=t\nWIFI_SSID=office\nWIFI_PWD=password\n",
        )
        const anchor = { certificate, role: "issuer", source: "ca-file", reason: "a test" } as const
        await writeLock(file("pinned"), [anchor], "localhost:443")
        const store = await openStored(file("readings.db"))
        await addDevice(store.db, { id: "kitchen", createdAt: 1 })
        await store.close()
    })

    /** Runs each of them in this process, as cli.ts does, and checks how it ends. */
    async function check(uses: WrongUse[]): Promise<void> {
        const faults: string[] = []
        for (const use of uses) {
            const fault = await silently(() => faultOf(use, folder))
            if (fault) faults.push(`airpin ${use.args.join(" ")}: ${fault}`)
        }
        assert.deepEqual(faults, [])
    }

    for (const leaf of leaves) {
        const name = leaf.path.join(" ")
        it(`exits 2 where its words are wrong, with an error in JSON and a next step: ${name}`, () =>
            check(wrongWords(leaf)))
        const paths = wrongPaths(leaf)
        if (paths.length > 0) it(`says which path is wrong, without a stack trace: ${name}`, () => check(paths))
    }

    it("exits 2 where no command is named, or none of this name", () =>
        check(
            [[], ["no-such-command"], ["device"], ["device", "no-such"], ["--no-such"]].map(args => ({
                args,
                code: 2,
            })),
        ))

    for (const args of [
        [],
        ["no-such-command"],
        ["sim", "--batch", "x"],
        ["trust"],
        ["device", "show", "k", "--db=none"],
    ])
        it(`has the same error in JSON and in words: ${args.join(" ")}`, async () => {
            const { code, stdout, stderr } = await airpin(["--json", ...args], folder)
            const { error } = JSON.parse(stdout)
            assert.ok(isErrorCode(error.code))
            assert.equal(code, errorRow(error.code).exit)
            assert.ok(
                stderr.endsWith(`error     ${error.message} [${error.code}]\nnext      ${error.nextStep}\n`),
                stderr,
            )
            assert.doesNotMatch(stderr, TRACE)
        })
})

/** What is wrong with how a command ends; undefined if it ends as it must. */
async function faultOf({ args, code: expected }: WrongUse, folder: string): Promise<string | undefined> {
    const running = runProgram(["--json", ...args.map(word => word.replace("@", folder))]).catch(error => error)
    const failure: unknown = await Promise.race([running, wait(MAX_RUN_MS, new Error("still running"), { ref: false })])
    if (failure === undefined) return "no error"
    const { code, message, nextStep } = asAirpinError(failure)
    const words = `[${code}] ${message}; next: ${nextStep}`
    if (code === "INTERNAL" || TRACE.test(words)) return `a bug: ${words} ${failure instanceof Error && failure.stack}`
    if (expected !== undefined && errorRow(code).exit !== expected) return `exit ${errorRow(code).exit}: ${words}`
    return /^[a-z]\S* \S/.test(nextStep) ? undefined : `no next step: ${words}`
}

/** Runs it without what it prints. */
async function silently<Result>(work: () => Promise<Result>): Promise<Result> {
    const { stdout, stderr, exitCode } = process
    const [out, err] = [stdout.write, stderr.write]
    stdout.write = stderr.write = () => true
    try {
        return await work()
    } finally {
        stdout.write = out
        stderr.write = err
        process.exitCode = exitCode
    }
}

describe("the exit status", () => {
    /** Runs the command line in a shell, where COMMAND stands for airpin. */
    function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
        const command = line.replace("COMMAND", `"${process.execPath}" "${BIN}"`)
        const options = { env: { ...process.env, ...env } }
        return new Promise(resolve =>
            execFile("bash", ["-c", `set -o pipefail; ${command}`], options, (error, stdout, stderr) =>
                resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
            ),
        )
    }

    const places = { LC_ALL: "C", LANG: "tr_TR.UTF-8", COLUMNS: "10", TERM: "", NO_COLOR: "1", FORCE_COLOR: "1" }
    const lines: [line: string, code: number, environment?: NodeJS.ProcessEnv][] = [
        ["COMMAND errors | head -1", 0],
        ["COMMAND --json errors | head -1", 0],
        ["COMMAND --help | head -1", 0],
        ["COMMAND errors NO_SUCH 2>&1 | head -c 1", 2],
        ["COMMAND errors > /dev/full", 1],
        ["COMMAND --json errors > /dev/full", 1],
        ["COMMAND --help > /dev/full", 1],
        ["COMMAND sim --speed 1000 > /dev/full", 1],
        ["COMMAND errors NO_SUCH > /dev/full", 2],
        ["COMMAND --json errors NO_SUCH > /dev/full", 2],
        ["COMMAND errors NO_SUCH 2> /dev/full", 2],
        ["COMMAND errors NO_SUCH >&- 2>&- <&-", 2],
        ["COMMAND errors >&- <&-", 0],
        ...Object.entries(places).flatMap(([name, value]): [string, number, NodeJS.ProcessEnv][] => [
            ["COMMAND errors DISK_FULL", 0, { [name]: value }],
            ["COMMAND errors NO_SUCH", 2, { [name]: value }],
        ]),
    ]
    for (const [line, code, environment] of lines)
        it(`is ${code} after ${JSON.stringify(environment ?? {})} ${line}`, async () => {
            const outcome = await shell(line, environment)
            assert.equal(outcome.code, code, outcome.stdout + outcome.stderr)
            assert.doesNotMatch(outcome.stdout + outcome.stderr, TRACE)
        })

    it("ends a simulation whose reader is gone", async () => {
        const { code, stderr } = await shell("COMMAND sim --speed 1000 | head -60 > /dev/null")
        assert.equal(code, 0, stderr)
    }).timeout(60_000)
})
