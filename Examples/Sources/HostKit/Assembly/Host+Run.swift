// What runs in a host until it is told to stop.

import Busker
import BuskerCore
import BuskerHTTPClient
import BuskerJobs
import BuskerPostgres
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

extension Host {
    /// All routes, as router and document know them.
    public var routes: [Route] {
        let own =
            RouteGroup.allCases.filter(plan.groups.contains).flatMap { routes(of: $0) } + plan.routes(rooms)
            + HealthRoutes(rooms: rooms).routes + PageRoutes(page: rooms.page).routes
        return own + [document(of: own + [document(of: [])])]
    }

    private func routes(of group: RouteGroup) -> [Route] {
        switch group {
        case .accounts: AuthRoutes(rooms: rooms).routes
        case .keys: KeyRoutes(rooms: rooms).routes
        case .credits: CreditRoutes(rooms: rooms).routes
        case .payments: PaymentRoutes(rooms: rooms).routes
        case .uploads: UploadRoutes(rooms: rooms).routes + TusRoutes(rooms: rooms).routes
        case .jobs: WorkRoutes(rooms: rooms).routes + JobRoutes(rooms: rooms).routes
        case .hooks: HookRoutes(rooms: rooms).routes
        case .events: EventRoutes(rooms: rooms).routes + TicketRoutes(rooms: rooms).routes
        case .outputs: OutputRoutes(rooms: rooms).routes
        case .admin: AdminRoutes(rooms: rooms).routes
        }
    }

    /// The route of the document that describes some routes.
    private func document(of routes: [Route]) -> Route {
        let json = OpenAPIDocument(title: plan.name, routes: routes, schemas: plan.schemas).json
        return Route(
            .get, "/openapi.json", "openapi", "This document.", tag: "health", access: .everybody,
            answers: [200: .json("The document.", .object([("openapi", .text())]))]
        ) { _ in .json(json) }
    }

    /// Runs until a signal says to stop, or the task is cancelled; then stops within one deadline.
    ///
    /// - Parameter listening: is told the port once requests can come.
    /// - Throws: what ended it early, such as a port that is taken.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], listening: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let configuration = rooms.configuration
        var services: [any Service] = []
        if configuration.role != .web {
            services.append(WorkerService(rooms: rooms))
            services.append(HookService(rooms: rooms))
            services.append(CareService(tasks: care, log: rooms.log))
        } else if let database = rooms.database as? PostgresDatabase {
            services.append(ListenService(database: database, queue: rooms.service.queue))
        }
        if configuration.role != .worker { services.append(application(listening)) }
        var settings = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: signals,
            logger: Logger(label: "lifecycle") { _ in
                SwiftLogNoOpLogHandler()
            })
        settings.maximumGracefulShutdownDuration = .seconds(configuration.shutdownSeconds)
        try await ServiceGroup(configuration: settings).run()
    }

    private func application(_ listening: @escaping @Sendable (Int) async -> Void) -> some Service {
        let configuration = rooms.configuration
        let responder = HostResponder(
            table: RouteTable(routes),
            doorman: Doorman(
                accounts: rooms.accounts, tickets: rooms.tickets, clock: rooms.clock,
                byAddress: RateLimiter(perMinute: configuration.ratePerMinute * 4),
                byAccount: RateLimiter(perMinute: configuration.ratePerMinute)),
            metrics: rooms.metrics,
            settings: HostResponder.Settings(
                origins: configuration.corsOrigins, trustedProxies: configuration.trustedProxies,
                isSecure: configuration.publicURL?.hasPrefix("https:") ?? false,
                bodyTime: .seconds(configuration.headSeconds)), log: rooms.log, ids: IDGenerator())
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100)
        // What trusted proxies bring comes from few addresses; they are the ones to count.
        let places = ConnectionPlaces(
            most: configuration.trustedProxies > 0 ? 0 : configuration.connectionsPerAddress)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionCare(places: places, headTime: .seconds(configuration.headSeconds))
            ],
            idleTimeout: .seconds(60), httpDecoderConfiguration: decoder)
        let address = rooms.address
        var log = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        return Application(
            responder: responder, server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(8_192)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                address.listens(configuration.host, port)
                await listening(port)
            }, logger: log)
    }
}

/// Works on jobs until it is told to stop.
private struct WorkerService: Service {
    let rooms: HostRooms

    func run() async throws {
        let (configuration, log) = (rooms.configuration, rooms.log)
        let worker = try rooms.service.worker(jobsMax: configuration.workers, clock: ContinuousClock()) { notice in
            if case .failed(let error) = notice { log.warning("worker", metadata: ["code": "\(error.code)"]) }
            if case .settled(let job) = notice {
                log.info(
                    "job settled",
                    metadata: ["job": "\(job.id)", "state": "\(job.state.rawValue)", "problem": "\(job.problem ?? "")"])
            }
        }
        let hints = try (rooms.database as? PostgresDatabase)?.listen(JobQueue.channel)
        let time = Duration.seconds(max(1, configuration.shutdownSeconds - 3))
        await withGracefulShutdownHandler {
            await worker.run(hints: hints)
        } onGracefulShutdown: {
            Task { await worker.shutdown(within: time) }
        }
    }
}

/// Tells the servers of customers what became of their jobs.
private struct HookService: Service {
    let rooms: HostRooms

    func run() async throws {
        let worker = try JobWorker(
            rooms.hooks.jobs, handlers: [WebhookDelivery(rooms.hooks, over: PinnedTransport())],
            settings: WorkerSettings(queues: [rooms.hooks.queue], jobsMax: 16), clock: ContinuousClock())
        await withGracefulShutdownHandler {
            await worker.run()
        } onGracefulShutdown: {
            Task { await worker.shutdown(within: .seconds(1)) }
        }
    }
}

/// Hears what other processes say about jobs.
private struct ListenService: Service {
    let database: PostgresDatabase
    let queue: JobQueue

    func run() async throws {
        let messages = try database.listen(JobQueue.channel)
        await cancelWhenGracefulShutdown {
            for await message in messages { queue.hear(message) }
        }
    }
}

/// Sees to what nobody asks for.
private struct CareService: Service {
    let tasks: [HousekeepingTask]
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await Housekeeping(tasks, log: log).run(clock: ContinuousClock())
        }
    }
}
