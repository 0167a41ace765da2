/**
 * The only file that depends on internals of `@devicescript/cli`: where its
 * virtual machine and its compiler are in the one CommonJS file that it ships.
 * That is why package.json pins its exact version.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { compileFunction } from "node:vm"
import { AirpinError } from "../../certs/error.ts"

/** The only version whose internals this file knows. */
export const CLI_VERSION = "2.16.4"

const require = createRequire(import.meta.url)

/** The parts of the Emscripten module that airpin uses. */
export interface VmModule {
    HEAPU8: Uint8Array
    dmesg(line: string): void
    log(...args: unknown[]): void
    error(error: unknown): void
    panicHandler(code: number): void
    deployHandler(code: number): void
    sendPacket(frame: Uint8Array): void
    flashSize: number
    flashLoad(): Uint8Array
    flashSave(bytes: Uint8Array): void
    sockOpen(hostPtr: number, port: number): number
    sockWrite(ptr: number, length: number): number
    sockClose(): number
    sockIsAvailable(): boolean
    devsSetDeviceId(hex: string): void
    devsDeploy(bytecode: Uint8Array): number
    devsVerify(bytecode: Uint8Array): number
    devsGcStress(on: boolean): void
    _malloc(length: number): number
    _free(ptr: number): void
    _jd_em_process(): number
    _jd_em_frame_received(ptr: number): number
    _jd_em_tcpsock_on_event(event: number, ptr: number, length: number): void
}

/** What an instance uses besides its hooks. */
export interface VmSurroundings {
    /** milliseconds since the epoch, an integer */
    now(): number
    /** source of the chip's random numbers */
    randomBytes(length: number): Uint8Array
}

type VmFactory = (overrides: VmOverrides) => Promise<VmModule>
type LoadVm = (...surroundings: unknown[]) => void

/** Emscripten's own hook for whoever has the module already; returns the instance's exports. */
interface VmOverrides {
    instantiateWasm(imports: object, done: (instance: WebAssembly.Instance) => void): object
}

/** Emscripten puts the WebAssembly into its JavaScript as a data URL. */
const WASM_URL = /data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/

/** The module's two parts: its JavaScript makes the hooks of each instance, its WebAssembly is the same for all. */
interface Vm {
    load: LoadVm
    wasm: WebAssembly.Module
}

let loadedVm: Promise<Vm> | undefined

/**
 * Creates a virtual machine: the runtime's own C code, compiled to WebAssembly.
 * Its hooks are still the defaults, and nothing runs yet.
 */
export async function createVm({ now, randomBytes }: VmSurroundings): Promise<VmModule> {
    const { load, wasm } = await (loadedVm ??= loadVm())
    const module = { exports: undefined as unknown as VmFactory }
    const fakeCrypto = { randomBytes }
    const vmRequire = (id: string) => (id === "crypto" ? fakeCrypto : require(id))
    const directory = path.dirname(cliFile())
    load({}, module, vmRequire, cliFile(), directory, { now }, quietProcess, quietConsole)
    return module.exports({
        instantiateWasm: (imports, done) => {
            const instance = new WebAssembly.Instance(wasm, imports)
            done(instance)
            return instance.exports
        },
    })
}

/** Reads and compiles the module once: all instances of this thread share the machine code. */
async function loadVm(): Promise<Vm> {
    const source = vmSource()
    const wasm = Buffer.from(WASM_URL.exec(source)?.[1] ?? "", "base64")
    return {
        // The CLI's file has no types: what it exports is cast to what this file knows of it.
        load: compileFunction(source.replace(WASM_URL, ""), vmParameters) as LoadVm,
        wasm: await WebAssembly.compile(wasm),
    }
}

const vmParameters = ["exports", "module2", "require", "__filename", "__dirname", "Date", "process", "console"]

/** The module handles uncaught errors of the whole process and sets its exit code; this keeps it from ours. */
const quietProcess = { ...process, versions: process.versions, argv: ["node"], on: () => undefined }
const quietConsole = { log: () => undefined, debug: () => undefined, warn: () => undefined, error: () => undefined }

const VM_WRAPPER = "var require_devicescript_vm = __commonJS({"

/** The source of the VM's module, without its wrapper; the 28 MB around it are never decoded. */
function vmSource(): string {
    const bytes = readFileSync(cliFile())
    const start = bytes.indexOf("{\n", bytes.indexOf(VM_WRAPPER) + VM_WRAPPER.length) + 2
    const text = bytes.subarray(start, bytes.indexOf("\n});\n", start)).toString()
    return text.slice(0, text.lastIndexOf("}"))
}

export interface CompileResult {
    success: boolean
    binary?: Uint8Array
    diagnostics: { formatted?: string; messageText?: unknown; filename?: string; line?: number }[]
    dbg: { sizes: Record<string, number> }
}

/** What the CLI's file is made to export: the compiler, and the encoder of board configurations. */
interface Cli {
    compileFile(entry: string, options: object): Promise<CompileResult>
    boardConfig(board: object): Uint8Array
}

/** Appended to the CLI's file; `validateBoard` and `compileBoard` are what `devs build` and `devs flash` call. */
const EXPORTS = `
module.exports.compileFile = compileFile
module.exports.boardConfig = board => {
    const known = import_compiler8.resolveBuildConfig()
    validateBoard(board, known)
    return import_compiler8.serializeDcfg(compileBoard(known.archs[board.archId], board))
}
`

let cli: Cli | undefined

/**
 * Compiles one DeviceScript program; the working directory must be the project.
 *
 * @param entry path of the program's main file
 * @param outDir where the debug information goes, relative to the project
 */
export async function compileWithCli(entry: string, outDir: string): Promise<CompileResult> {
    cli ??= loadCli()
    return cli.compileFile(entry, { outDir, quiet: true })
}

/**
 * Encodes a board file's contents, with its `id`, as the chip reads it.
 *
 * @throws Error from the CLI's checks of chip, product id and pins
 */
export function compileBoardWithCli(board: object): Buffer {
    cli ??= loadCli()
    return Buffer.from(cli.boardConfig(board))
}

function loadCli(): Cli {
    const file = cliFile()
    const source = readFileSync(file, "utf8") + EXPORTS
    const module = { exports: {} as Cli }
    const run = compileFunction(source.replace(/^#!.*/, ""), [
        "exports",
        "require",
        "module",
        "__filename",
        "__dirname",
    ])
    run(module.exports, createRequire(file), module, file, path.dirname(file))
    return module.exports
}

/** @throws AirpinError CLI_VERSION if a version other than the pinned one is installed */
function cliFile(): string {
    const manifest = require("@devicescript/cli/package.json") as { version: string }
    if (manifest.version !== CLI_VERSION)
        throw new AirpinError(
            "CLI_VERSION",
            `@devicescript/cli is ${manifest.version}; airpin works only with ${CLI_VERSION}`,
        )
    return path.join(path.dirname(require.resolve("@devicescript/cli/package.json")), "built/devicescript-cli.cjs")
}
