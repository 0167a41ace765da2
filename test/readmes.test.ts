import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import type { CommandUnknownOpts } from "@commander-js/extra-typings"
import { commands } from "../devs/program.ts"

const NOT_OURS = /^(node_modules|\.git|\.airpin|build)(\/|$)/
const names = readdirSync(".", { recursive: true, encoding: "utf8" }).filter(name => !NOT_OURS.test(name))
const documents = names.filter(name => /(^|\/)(README|CONTRIBUTING|SECURITY|CHANGELOG)\.md$/.test(name)).sort()
const baseNames = new Set(names.map(name => path.basename(name)))

/** Made by commands, kept out of git, or kept by the owner. */
const MADE =
    /^(build|\.airpin|certs\/pinned|secrets|staging|versions)\/|(^|\/)(runtimes|pins|presented|edge)\.json$|^\.env\.local$|^\.\.\/shared\//
/** Not files of this tree: placeholders, repositories, media types, packages, URLs. */
const NO_FILE = /\bNAME\b|^(microsoft|espressif)\/|^(application|text|image)\/|^@|^\/|^~|^node_modules\/|:/

/** What a document shows as code: fenced lines, and spans within the text. */
function codeOf(text: string): { lines: string[]; spans: string[] } {
    const fences = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map(match => match[1]!)
    const rest = text.replaceAll(/^```[^\n]*\n[\s\S]*?^```/gm, "")
    return {
        lines: fences.flatMap(fence => fence.split("\n")),
        spans: [...rest.matchAll(/`([^`\n]+)`/g)].map(match => match[1]!),
    }
}

/** Paths in code spans and links: a folder or a file with an extension, without placeholders. */
function pathsOf(text: string): string[] {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(match => match[1]!)
    const spans = codeOf(text).spans.filter(
        span => /^[\w.@~/-]+$/.test(span) && /\/|\.(ts|md|json|json5|mjs|js)$/.test(span),
    )
    return [...links, ...spans].filter(name => !MADE.test(name) && !NO_FILE.test(name))
}

/** True for a path below the document's folder or the project's, and for the plain name of any file of the tree. */
function exists(document: string, name: string): boolean {
    const isPlain = !name.includes("/")
    return existsSync(path.join(path.dirname(document), name)) || existsSync(name) || (isPlain && baseNames.has(name))
}

/** The arguments of an `airpin` that a document shows; `isComplete` if a reader can run it as it stands. */
interface ShownCommand {
    words: string[]
    isComplete: boolean
}

function commandsOf(text: string): ShownCommand[] {
    const { lines, spans } = codeOf(text)
    const shown = (texts: string[], pattern: RegExp) =>
        texts.flatMap(line => [...line.matchAll(pattern)]).map(match => wordsOf(match[1]!))
    return [
        ...shown(lines, /(?:npx airpin|airpin\.mjs) +([^#&]+)/g).map(words => ({
            words,
            isComplete: !words.some(isPlaceholder),
        })),
        ...shown(spans, /^(?:npx )?airpin +([^#&]+)/g).map(words => ({ words, isComplete: false })),
    ]
}

const wordsOf = (text: string) => (text.match(/'[^']*'|\S+/g) ?? []).map(word => word.replaceAll("'", ""))

/** A text that stands for a value: HOST[:PORT], N, KEY=VALUE … */
const isPlaceholder = (word: string) => /^\[?[A-Z][A-Z_]*\b(?!=\d)|…|^[<[]/.test(word)

async function requireParsed({ words: [name = "", ...words], isComplete }: ShownCommand): Promise<void> {
    if (isPlaceholder(name)) return
    const definition = await silentDefinition(name.replace(/,$/, ""))
    if (isComplete) await definition.parseAsync(words, { from: "user" })
    else requireKnown(definition, words)
}

const definitions = new Map<string, CommandUnknownOpts>()

/** The command, which parses its arguments and does nothing. */
async function silentDefinition(name: string): Promise<CommandUnknownOpts> {
    const known = definitions.get(name)
    if (known) return known
    const [, load] = commands[name] ?? assert.fail(`no command ${name}`)
    const { definition } = await load()
    silence(definition)
    definitions.set(name, definition)
    return definition
}

function silence(command: CommandUnknownOpts): void {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    command.option("--json").option("-q, --quiet")
    if (command.commands.length === 0) command.action(() => undefined)
    for (const subcommand of command.commands) silence(subcommand)
}

/** Its subcommand and its options must exist; values may be missing. */
function requireKnown(definition: CommandUnknownOpts, words: string[]): void {
    const command = definition.commands.find(subcommand => subcommand.name() === words[0]) ?? definition
    const known = ["--help", ...command.options.flatMap(({ long, short }) => [long, short])]
    const options = words.filter(word => word.startsWith("-"))
    for (const option of options) assert.ok(known.includes(option), `no option ${option}`)
    const [subcommand] = words
    if (definition.commands.length > 0 && subcommand?.match(/^[a-z]/))
        assert.ok(command !== definition, `no subcommand ${subcommand}`)
}

describe("the documents", () => {
    for (const document of documents) {
        const text = readFileSync(document, "utf8")

        it(`${document} names only files that exist`, () => {
            assert.deepEqual(
                pathsOf(text).filter(name => !exists(document, name)),
                [],
            )
        })

        const commands = commandsOf(text)
        if (commands.length > 0)
            it(`${document} shows only commands that airpin parses`, async () => {
                for (const command of commands)
                    await requireParsed(command).catch(error =>
                        assert.fail(`airpin ${command.words.join(" ")}: ${error.message}`),
                    )
            })
    }

    it("give a reason for each dependency, and for no other package", () => {
        const { dependencies }: { dependencies: object } = JSON.parse(readFileSync("package.json", "utf8"))
        const [, table = ""] = readFileSync(".github/CONTRIBUTING.md", "utf8").split("## Dependencies")
        const rows = table.split("\n").filter(line => line.startsWith("| `"))
        const named = rows.flatMap(row => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(match => match[1]))
        assert.deepEqual(named.toSorted(), Object.keys(dependencies).toSorted())
    })

    it("are found", () => {
        assert.ok(documents.length >= 8, documents.join(", "))
        assert.ok(documents.flatMap(document => commandsOf(readFileSync(document, "utf8"))).length > 20)
    })
})
