/** Checks responses against the OpenAPI document of the app, and remembers what was checked. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"

/** A response as it was sent. */
export interface Sent {
    status: number
    mediaType: string
    body: string
}

type Json = Record<string, unknown>

const DOCUMENT_ID = "airpin"

export class Contract {
    /** every route of the document: "GET /api/v1/devices/{id}" */
    readonly routes: string[]
    /** "GET /api/v1/devices 200" or "GET /api/v1/devices 503 READS_BUSY", for each response that was checked */
    readonly checked = new Set<string>()
    readonly #document: Json
    readonly #ajv = new Ajv2020({ strict: false, validateFormats: false })

    /** @param document OpenAPI 3.1; members that it does not name are refused here, although clients must accept them */
    constructor(document: object) {
        this.#document = closed(structuredClone(document) as Json)
        this.#ajv.addSchema(this.#document, DOCUMENT_ID)
        const paths = this.#document.paths as Record<string, Json>
        this.routes = Object.entries(paths).flatMap(([path, methods]) =>
            Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
        )
    }

    /** What the document has to be checked: each 2xx status, and each code of each error status. */
    declared(): string[] {
        return this.routes.flatMap(route =>
            Object.entries(this.#responses(route)).flatMap(([status, response]) => {
                const codes = codesOf(response)
                return codes.length === 0 ? [`${route} ${status}`] : codes.map(code => `${route} ${status} ${code}`)
            }),
        )
    }

    /** Throws unless the route may send this. */
    check(route: string, { status, mediaType, body }: Sent): void {
        const response = this.#responses(route)[status]
        if (response === undefined) throw new Error(`${route} does not declare ${status}: ${body}`)
        const content = (response as { content?: Json }).content ?? {}
        if (content[mediaType] === undefined) throw new Error(`${route} ${status} does not declare ${mediaType}`)
        const isJson = mediaType.endsWith("json")
        const value: unknown = isJson ? JSON.parse(body) : body
        const validate = this.#validator(route, status, mediaType)
        if (!validate(value))
            throw new Error(`${route} ${status}: ${this.#ajv.errorsText(validate.errors)} in ${body.slice(0, 500)}`)
        const code = status >= 400 ? ` ${(value as { code: string }).code}` : ""
        this.checked.add(`${route} ${status}${code}`)
    }

    /** Throws unless a schema of this name describes the value. */
    checkNamed(name: string, value: unknown): void {
        const validate = this.#ajv.compile({ $ref: `${DOCUMENT_ID}#/components/schemas/${name}` })
        if (!validate(value)) throw new Error(`${name}: ${this.#ajv.errorsText(validate.errors)}`)
    }

    #responses(route: string): Record<string, Json> {
        const [method = "", path = ""] = route.split(" ")
        const paths = this.#document.paths as Record<string, Record<string, { responses: Record<string, Json> }>>
        return paths[path]?.[method.toLowerCase()]?.responses ?? {}
    }

    #validator(route: string, status: number, mediaType: string): ValidateFunction {
        const [method = "", path = ""] = route.split(" ")
        const names = ["paths", path, method.toLowerCase(), "responses", `${status}`, "content", mediaType, "schema"]
        const pointer = names.map(name => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1")))
        return this.#ajv.compile({ $ref: `${DOCUMENT_ID}#/${pointer.join("/")}` })
    }
}

/** The codes of an error response. */
function codesOf(response: Json): string[] {
    const content = response.content as Record<string, { schema: { properties?: { code?: { enum?: string[] } } } }>
    return Object.values(content).flatMap(({ schema }) => schema.properties?.code?.enum ?? [])
}

/** The document with every object schema closed that says nothing about other members. */
function closed<Node>(node: Node): Node {
    if (typeof node !== "object" || node === null) return node
    for (const child of Object.values(node)) closed(child)
    const isOpen = "properties" in node && "type" in node && !("additionalProperties" in node) && !("allOf" in node)
    return isOpen ? Object.assign(node, { additionalProperties: false }) : node
}
