/** Starts what `airpin serve` tells others by itself: alerts, and MQTT. Both are set by its environment. */
import path from "node:path"
import type { FastifyInstance } from "fastify"
import { AlertService } from "../../api/alerts/alert-service.ts"
import type { Channel } from "../../api/alerts/channels/channel.ts"
import { channelsOf } from "../../api/alerts/channels/channels.ts"
import { type AlertSettings, alertSettings } from "../../api/alerts/settings.ts"
import type { Variables } from "../../api/environment.ts"
import type { MqttPublisher } from "../../api/mqtt/publisher.ts"
import { type MqttSettings, mqttSettings } from "../../api/mqtt/settings.ts"
import type { Database } from "../../api/store/database.ts"
import type { Terminal } from "../../display/terminal.ts"

const PINS_FOLDER = "certs/pinned"

export interface NotificationSettings {
    alerts: AlertSettings
    mqtt: MqttSettings | undefined
}

/** @throws AirpinError ENVIRONMENT_INVALID */
export function notificationSettings(variables: Variables): NotificationSettings {
    return { alerts: alertSettings(variables), mqtt: mqttSettings(variables) }
}

export interface NotificationOptions {
    db: Database
    /** not ready yet */
    app: FastifyInstance
    terminal: Terminal
    clockDoubt(): string | undefined
    certificatePem(): string | undefined
}

export interface Notifications {
    /** Prints where they go. */
    show(): void
    close(): Promise<void>
}

export async function startNotifications(
    settings: NotificationSettings,
    options: NotificationOptions,
): Promise<Notifications> {
    const { terminal } = options
    const channels = channelsOf(settings.alerts)
    const alerts = channels.length > 0 ? startAlerts(settings.alerts, channels, options) : undefined
    const mqtt = settings.mqtt && (await startMqtt(settings.mqtt, options))
    return {
        show: () => {
            for (const [at, { name, place }] of channels.entries())
                terminal.line(at === 0 ? "alerts" : "", `${name}: ${place}`)
            if (settings.mqtt) terminal.line("mqtt", brokerText(settings.mqtt))
        },
        close: async () => {
            await Promise.all([alerts?.close(), mqtt?.close()])
        },
    }
}

function startAlerts(settings: AlertSettings, channels: Channel[], options: NotificationOptions): AlertService {
    const { db, app, clockDoubt, certificatePem } = options
    const diskFolder = db.kind === "sqlite" && db.place !== ":memory:" ? path.dirname(db.place) : undefined
    const sources = { clockDoubt, certificatePem, pinsFolder: PINS_FOLDER, diskFolder }
    const service = new AlertService({
        db,
        settings,
        channels,
        sources,
        onDelivery: (channel, result) => app.metrics.alertDeliveries.inc({ channel, result }),
        onFailure: reporter(options),
    })
    service.start()
    return service
}

async function startMqtt(settings: MqttSettings, options: NotificationOptions): Promise<MqttPublisher> {
    // loading the client of MQTT takes longer than that of Fastify
    const { MqttPublisher } = await import("../../api/mqtt/publisher.ts")
    const publisher = new MqttPublisher({ db: options.db, settings, onFailure: reporter(options) })
    options.app.addHook("onResponse", async ({ storedReadings }) => {
        if (storedReadings !== null) publisher.wake()
    })
    publisher.start()
    return publisher
}

const brokerText = ({ host, port, topics }: MqttSettings) => `${host}:${port}, topics below ${topics.base}/`

function reporter({ app, terminal }: NotificationOptions): (text: string) => void {
    return text => {
        terminal.warn(text)
        app.log.warn(text)
    }
}
