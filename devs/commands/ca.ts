import { realpath } from "node:fs/promises"
import { homedir } from "node:os"
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../certs/error.ts"
import { createCa, openCa, type ServerCredentials } from "../../certs/local-ca.ts"
import {
    exists,
    makeFolder,
    PRIVATE_FOLDER_MODE,
    PRIVATE_MODE,
    PUBLIC_MODE,
    writeSynced,
} from "../../certs/replace-file.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { MAX_COMMON_NAME_LENGTH } from "../../certs/x509/issue.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"

const folder = () =>
    new Option("--dir <folder>", "where the CA is kept; never in a repository").default(
        path.join(homedir(), "airpin-ca"),
        "~/airpin-ca",
    )

const declaredNew = command()
    .name("new")
    .description("make the CA; only its owner can read the private keys")
    .addOption(folder())
    .option("--name <text>", 'name of the root (default: "airpin private root" and the year)')

const declaredIssue = command()
    .name("issue")
    .description("issue a server's certificate and key")
    .addOption(folder())
    .requiredOption("--name <host...>", "DNS names and IP addresses of the server")
    .requiredOption("--out <folder>", "where fullchain.pem and privkey.pem go; never in a repository")

type CaNewOptions = OptionsOf<typeof declaredNew>
type CaIssueOptions = OptionsOf<typeof declaredIssue>

export const definition = command()
    .addCommand(declaredNew.action(run((terminal, options) => caNew(options, terminal))))
    .addCommand(declaredIssue.action(run((terminal, options) => caIssue(options, terminal))))

/** as long as a fleet may live; the chip does not check dates, the tools do */
const LIFETIME_YEARS = 20
const LIFETIME_MS = LIFETIME_YEARS * 365.25 * 24 * 3600 * 1000

/** `airpin ca new`: creates a private root to keep offline and pin as a backup. */
const caNew: Command<CaNewOptions> = async ({ dir, name }, terminal) => {
    await requireOutsideRepository(dir)
    const rootName = name ?? `airpin private root ${new Date().getFullYear()}`
    const names = { rootName, intermediateName: `${rootName}: servers` }
    if (rootName.trim() === "") throw new AirpinError("CA_NAME_EMPTY", `"${rootName}" is no name for a root`)
    requireCommonName(names.intermediateName)
    const { rootPem } = await createCa(path.resolve(dir), { ...names, lifetimeMs: LIFETIME_MS })
    const [root] = parsePem(rootPem)
    const rootFile = path.join(dir, "root.pem")
    terminal.line("root", `${root.subject}, until ${root.notAfter.toISOString().slice(0, 10)}`)
    terminal.line("", terminal.paint("dim", `SPKI SHA-256 ${root.spkiSha256}`))
    terminal.line("kept in", `${dir}: move it to an offline medium; whoever has it can impersonate your server`)
    terminal.line("next", `airpin pin HOST --backup ${rootFile}`)
    terminal.result({
        directory: dir,
        root: rootFile,
        subject: root.subject,
        spkiSha256: root.spkiSha256,
        notAfter: root.notAfter.toISOString(),
    })
    return exitCodes.fine
}

/** `airpin ca issue`: issues a server certificate from the private CA, in an emergency. */
const caIssue: Command<CaIssueOptions> = async ({ dir, name, out }, terminal) => {
    await requireOutsideRepository(out)
    const localCa = await openCa(path.resolve(dir))
    const credentials = await localCa.issue({ names: name })
    const files = await writeCredentials(out, credentials)
    const [leaf] = parsePem(credentials.chainPem)
    terminal.line("issued", `${name.join(", ")}, until ${leaf.notAfter.toISOString().slice(0, 10)}`)
    terminal.line("chain", files.chain)
    terminal.line("key", files.key)
    terminal.line("next", "install both on the server; devices with this root pinned as a backup accept it at once")
    terminal.result({ names: name, ...files, notAfter: leaf.notAfter.toISOString() })
    return exitCodes.fine
}

async function writeCredentials(directory: string, { keyPem, chainPem }: ServerCredentials) {
    const files = { chain: path.join(directory, "fullchain.pem"), key: path.join(directory, "privkey.pem") }
    await makeFolder(directory, PRIVATE_FOLDER_MODE)
    for (const file of Object.values(files)) await requireAbsent(file)
    await writeSynced(files.key, keyPem, PRIVATE_MODE)
    await writeSynced(files.chain, chainPem, PUBLIC_MODE)
    return files
}

async function requireAbsent(file: string): Promise<void> {
    if (!(await exists(file))) return
    throw new AirpinError("CA_OUTPUT_EXISTS", `${file} already exists`)
}

function requireCommonName(name: string): void {
    if (name.length <= MAX_COMMON_NAME_LENGTH) return
    throw new AirpinError(
        "CA_NAME_TOO_LONG",
        `"${name}" has ${name.length} characters; the limit is ${MAX_COMMON_NAME_LENGTH}`,
    )
}

/** folders in which version control keeps its own files */
const REPOSITORY_FOLDERS = [".git", ".hg", ".svn", ".jj"]

/**
 * Refuses folders inside a repository, because private keys get published by being committed.
 *
 * @throws AirpinError CA_IN_REPOSITORY
 */
async function requireOutsideRepository(directory: string): Promise<void> {
    let folder = await realFolder(path.resolve(directory))
    for (;;) {
        for (const name of REPOSITORY_FOLDERS)
            if (await exists(path.join(folder, name))) throw inRepository(directory, folder)
        const parent = path.dirname(folder)
        if (parent === folder) return
        folder = parent
    }
}

/** The folder with symbolic links resolved; when it does not exist yet, its nearest existing parent. */
async function realFolder(folder: string): Promise<string> {
    const found = await realpath(folder).catch(() => undefined) // not there yet
    return found ?? realFolder(path.dirname(folder))
}

function inRepository(directory: string, repository: string): AirpinError {
    return new AirpinError(
        "CA_IN_REPOSITORY",
        `${directory} is inside the repository ${repository}, and private keys must never be committed`,
    )
}
