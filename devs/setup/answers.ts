/** What `airpin setup` asks: the names of its questions, answers from a file, and those of an earlier run. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import JSON5 from "json5"
import { AirpinError } from "../../certs/error.ts"
import { decodeText } from "../../certs/read/text.ts"
import { makePrivateFolder, PRIVATE_MODE } from "../../certs/replace-file.ts"
import { readFileBytes, writeWhole } from "../files.ts"

/** Each question with what it asks, in the order in which they are asked. */
export const questions = {
    purpose: "usb or simulated",
    server: "https://HOST[:PORT], or here for one on this computer",
    pin: "yes: pin the anchors that are shown",
    name: "name of the room",
    group: "building and floor, as Building A / Floor 1",
    board: "id of a board of boards/",
    interval: "seconds a reading",
    wifi: "name of the Wi-Fi network",
    wifiPassword: "its password",
    source: "where the token comes from: database, admin or paste",
    admin: "name of the admin who logs in",
    adminPassword: "that admin's password",
    token: "the device's token",
    reader: "token of a link of the server, to see the first reading",
    adopt: "yes: take over a device of the server with this name",
    overwrite: "yes: replace the values that the settings file has",
    plugged: "usb once the board is plugged in, or later",
} as const

export type QuestionName = keyof typeof questions
export type Answers = Partial<Record<QuestionName, string>>

const SECRETS: QuestionName[] = ["wifiPassword", "adminPassword", "token", "reader"]
/** Asked anew in each run: they agree to something. */
const AGREEMENTS: QuestionName[] = ["pin", "adopt", "overwrite", "plugged"]

export const isSecret = (name: QuestionName): boolean => SECRETS.includes(name)

const isName = (name: string): name is QuestionName => Object.hasOwn(questions, name)

/** @throws AirpinError SETUP_ANSWERS_UNREADABLE */
export function parseAnswers(text: string, file: string): Answers {
    const answers: Answers = {}
    for (const [name, value] of Object.entries(parsed(text, file))) {
        if (!isName(name))
            throw new AirpinError("SETUP_ANSWERS_UNREADABLE", `${file}: there is no question ${JSON.stringify(name)}`)
        if (!["string", "number", "boolean"].includes(typeof value))
            throw new AirpinError("SETUP_ANSWERS_UNREADABLE", `${file}: ${name} is neither a text nor a number`)
        answers[name] = value === true ? "yes" : value === false ? "no" : String(value)
    }
    return answers
}

function parsed(text: string, file: string): object {
    try {
        const value: unknown = JSON5.parse(text)
        if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
    } catch {
        // the parser's message may quote a secret
    }
    throw new AirpinError("SETUP_ANSWERS_UNREADABLE", `${file} is not a JSON5 document { name: answer, … }`)
}

/** @throws AirpinError FILE_UNREADABLE, SETUP_ANSWERS_UNREADABLE */
export const readAnswers = async (file: string): Promise<Answers> =>
    parseAnswers(decodeText(await readFileBytes(file)), file)

/** The answers of an earlier run; none if there was none, or if its file cannot be read. */
export async function earlierAnswers(file: string): Promise<Answers> {
    const text = await readFile(file, "utf8").catch(() => "{}")
    try {
        return parseAnswers(text, file)
    } catch {
        return {}
    }
}

/** Keeps the answers for a next run, without secrets and agreements. */
export async function keepAnswers(file: string, answers: Answers): Promise<void> {
    const kept = Object.entries(answers).filter(
        ([name]) => isName(name) && !isSecret(name) && !AGREEMENTS.includes(name),
    )
    await makePrivateFolder(path.dirname(file))
    await writeWhole(file, `${JSON.stringify(Object.fromEntries(kept), null, 4)}\n`, PRIVATE_MODE)
}
