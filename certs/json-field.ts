const SHA256 = /^[0-9a-f]{64}$/

/** A value from a JSON file, read into a type. Each reader throws an Error that names the field by its path. */
export class JsonField {
    readonly #value: unknown
    /** where it is in the file: "anchors[0].subject"; "" for the whole */
    readonly path: string

    private constructor(value: unknown, path: string) {
        this.#value = value
        this.path = path
    }

    /** @throws SyntaxError when the text is not JSON */
    static parse(text: string): JsonField {
        return new JsonField(JSON.parse(text), "")
    }

    has(name: string): boolean {
        return Object.hasOwn(this.#members(), name)
    }

    /** A member of the object. A missing one is reported by its own readers. */
    at(name: string): JsonField {
        const value = this.has(name) ? this.#members()[name] : undefined
        return new JsonField(value, this.path ? `${this.path}.${name}` : name)
    }

    /** All members of the object, in the order of the file. */
    map<Value>(read: (field: JsonField) => Value): Map<string, Value> {
        return new Map(Object.keys(this.#members()).map(name => [name, read(this.at(name))]))
    }

    /** A list with at least one item. */
    nonEmptyList<Item>(read: (field: JsonField) => Item): Item[] {
        const items = this.list(read)
        if (items.length === 0) throw this.#not("a list with at least one item")
        return items
    }

    list<Item>(read: (field: JsonField) => Item): Item[] {
        if (!Array.isArray(this.#value)) throw this.#not("a list")
        return this.#value.map((item, index) => read(new JsonField(item, `${this.path}[${index}]`)))
    }

    text(): string {
        if (typeof this.#value !== "string") throw this.#not("a string")
        return this.#value
    }

    /** A string of this form; `expected` describes it in the error. */
    matching(form: RegExp, expected: string): string {
        const text = this.text()
        if (!form.test(text)) throw this.#not(expected)
        return text
    }

    /** 64 lower-case hexadecimal digits. */
    sha256(): string {
        return this.matching(SHA256, "a SHA-256 of 64 lower-case hexadecimal digits")
    }

    /** One of these strings. */
    oneOf<Value extends string>(values: readonly Value[]): Value {
        const text = this.text()
        const value = values.find(known => known === text)
        if (value === undefined) throw this.#not(`one of ${values.join(", ")}`)
        return value
    }

    /** An integer from 0. */
    count(): number {
        if (typeof this.#value !== "number" || !Number.isSafeInteger(this.#value) || this.#value < 0)
            throw this.#not("an integer from 0")
        return this.#value
    }

    flag(): boolean {
        if (typeof this.#value !== "boolean") throw this.#not("true or false")
        return this.#value
    }

    literal<Value extends string | number>(value: Value): Value {
        if (this.#value !== value) throw this.#not(String(value))
        return value
    }

    #members(): Record<string, unknown> {
        if (!isObject(this.#value)) throw this.#not("an object")
        return this.#value
    }

    #not(expected: string): Error {
        const problem = this.#value === undefined ? "is missing" : `is not ${expected}`
        return new Error(this.path ? `${this.path} ${problem}` : `the file ${problem}`)
    }
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}
