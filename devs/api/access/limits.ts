/** How much each client may ask for in a minute. Each process counts for itself. */
import { setTimeout } from "node:timers/promises"
import rateLimit, { normalizeIP } from "@fastify/rate-limit"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { windowStore } from "./window-store.ts"

const WINDOW_MS = 60_000

/**
 * Posts per device and minute. A device posts at most 12 times a minute, and after an outage as fast as its chip can
 * what it holds: 57 blocks of flash of 64 readings and its RAM, about 4,000 readings, in posts of 1 to 30.
 */
const DEFAULT_MAX_POSTS = 1_200

/**
 * Requests per reader and address, of anyone else per address. A page asks for 50 to 100 a minute with 40 devices, and
 * thirty people may share one link and one address.
 */
const DEFAULT_MAX_READS = 3_000

/** Requests with a token that is wrong, and log-ins, per address. */
const MAX_WRONG_TOKENS = 10
const MAX_LOG_INS = 10

/** A client with more wrong tokens than that waits this long for each response, … */
const WRONG_TOKEN_DELAY_MS = 1_000
/** … unless as many wait already. */
const MAX_DELAYED = 200

type Limiter = ReturnType<FastifyInstance["createRateLimit"]>

export interface LimitOptions {
    /** monotonic time, s */
    monotonicS: () => number
    /** requests to read per reader and minute */
    maxReads?: number | undefined
    /** posts per device and minute */
    maxPosts?: number | undefined
}

/** The limits of one app. */
export class Limits {
    readonly #posts: Limiter
    readonly #reads: Limiter
    readonly #wrongTokens: Limiter
    readonly #logIns: Limiter
    #delayed = 0

    private constructor(app: FastifyInstance, maxReads: number, maxPosts: number) {
        const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string) =>
            app.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator })
        this.#posts = limiter(maxPosts, request => request.holder?.id ?? "")
        this.#reads = limiter(maxReads, request => `${addressOf(request)} ${request.reader?.name ?? ""}`)
        this.#wrongTokens = limiter(MAX_WRONG_TOKENS, addressOf)
        this.#logIns = limiter(MAX_LOG_INS, addressOf)
    }

    static async open(app: FastifyInstance, options: LimitOptions): Promise<Limits> {
        const { monotonicS, maxReads = DEFAULT_MAX_READS, maxPosts = DEFAULT_MAX_POSTS } = options
        await app.register(rateLimit, { global: false, store: windowStore(() => monotonicS() * 1000) })
        return new Limits(app, maxReads, maxPosts)
    }

    /** Counts a post of the device `request.holder`. @throws AirpinError RATE_LIMIT */
    async countPost(request: FastifyRequest, reply: FastifyReply): Promise<void> {
        await this.#count(this.#posts, request, reply, "posts of this device")
    }

    /** Counts a request of `request.reader`. @throws AirpinError RATE_LIMIT */
    async countRead(request: FastifyRequest, reply: FastifyReply): Promise<void> {
        await this.#count(this.#reads, request, reply, "requests of this reader")
    }

    /** Counts a request with a wrong token. @throws AirpinError RATE_LIMIT, after a while */
    async countWrongToken(request: FastifyRequest, reply: FastifyReply): Promise<void> {
        try {
            await this.#count(this.#wrongTokens, request, reply, "requests with a wrong token")
        } catch (error) {
            await this.#delay()
            throw error
        }
    }

    /** Counts a log-in before its password is checked. @throws AirpinError RATE_LIMIT */
    async countLogIn(request: FastifyRequest, reply: FastifyReply): Promise<void> {
        await this.#count(this.#logIns, request, reply, "log-ins from this address")
    }

    async #count(limiter: Limiter, request: FastifyRequest, reply: FastifyReply, what: string): Promise<void> {
        const counted = await limiter(request)
        if (counted.isAllowed || !counted.isExceeded) return
        reply.header("retry-after", `${counted.ttlInSeconds}`)
        throw new AirpinError("RATE_LIMIT", `more than ${counted.max} ${what} in a minute`)
    }

    async #delay(): Promise<void> {
        if (this.#delayed >= MAX_DELAYED) return
        this.#delayed++
        await setTimeout(WRONG_TOKEN_DELAY_MS)
        this.#delayed--
    }
}

/** The client's address: of IPv6 the network of 64 bits, which one client has to itself. */
function addressOf({ ip }: FastifyRequest): string {
    return normalizeIP(ip)
}
