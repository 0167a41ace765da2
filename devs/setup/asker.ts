/** Asks a person, or takes the answers of a file. */
import { AirpinError } from "../../certs/error.ts"
import { errorRow } from "../../certs/error-codes/table.ts"
import { type Answers, isSecret, keepAnswers, type QuestionName, questions } from "./answers.ts"

/** A terminal with a person at it. */
export interface Person {
    readonly isInteractive: boolean
    question<Value>(
        question: { text: string; initial?: string | undefined; secret?: boolean },
        check: (answer: string) => Value | Promise<Value>,
        isFinal: (error: AirpinError) => boolean,
    ): Promise<Value | undefined>
    confirm(question: string): Promise<boolean>
}

/** The exit status of errors for which another answer is no remedy: devices would refuse the server. */
const REFUSED_EXIT = 20
const isFinal = ({ code }: AirpinError) => errorRow(code).exit === REFUSED_EXIT

export class Asker {
    readonly #person: Person
    /** of a file; undefined: a person is asked */
    readonly #given: Answers | undefined
    /** of this run and an earlier one */
    readonly #known: Answers
    readonly #keptIn: string

    /** @throws AirpinError SETUP_NOT_ASKED if there is neither a person nor a file */
    constructor(
        person: Person,
        { given, earlier, keptIn }: { given?: Answers | undefined; earlier: Answers; keptIn: string },
    ) {
        if (!given && !person.isInteractive)
            throw new AirpinError("SETUP_NOT_ASKED", "there is neither a terminal nor a file of --answers")
        this.#person = person
        this.#given = given
        this.#known = { ...earlier }
        this.#keptIn = keptIn
    }

    /**
     * The checked answer. A person is asked again until it is right; the answer of a file is refused.
     *
     * @param initial the answer of an empty line; that of an earlier run comes before it
     * @throws AirpinError SETUP_NOT_ASKED; what `check` throws, for a file's answer or if devices would refuse the server
     */
    async ask<Value>(
        name: QuestionName,
        {
            text,
            initial,
            check,
        }: { text: string; initial?: string | undefined; check(answer: string): Value | Promise<Value> },
    ): Promise<Value> {
        if (this.#given) {
            const answer = this.#given[name] ?? initial
            if (answer === undefined) throw notAnswered(name)
            return check(answer)
        }
        const offered = this.#known[name] ?? initial
        let typed = ""
        const checked = (answer: string) => {
            typed = answer
            return check(answer)
        }
        const question = { text, initial: offered, secret: isSecret(name) }
        const value = await this.#person.question(question, checked, isFinal)
        if (value === undefined) throw notAnswered(name)
        this.#known[name] = typed
        await keepAnswers(this.#keptIn, this.#known)
        return value
    }

    /** True if the person, or the file, agrees. */
    async agrees(name: QuestionName, text: string): Promise<boolean> {
        return this.#given ? this.#given[name] === "yes" : this.#person.confirm(text)
    }
}

const notAnswered = (name: QuestionName) =>
    new AirpinError("SETUP_NOT_ASKED", `there is no answer to "${name}" (${questions[name]})`)
