// Credits: what there is, what it costs, and how it is bought.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerHTTP
import BuskerLedger
import BuskerPayments
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The routes of credits.
struct CreditRoutes {
    let rooms: HostRooms

    var routes: [Route] { reading + buying }

    private var reading: [Route] {
        [
            Route(
                .get, "/credits/balance", "balance", "What stands to the account.", tag: "credits",
                access: .account(scope: "read"), answers: [200: .json("The balance.", .reference("Balance"))]
            ) { [rooms] request in .json(try await rooms.balance(of: try request.who())) },
            Route(
                .get, "/credits/packages", "packages", "What credits cost.", tag: "credits", access: .everybody,
                answers: [200: .json("The packages.", .object([("items", .list(.reference("Package")))]))]
            ) { [rooms] _ in
                .json(["items": .list(try await rooms.ledger.priceList().packages.map(View.package))])
            },
            Route(
                .get, "/credits/history", "history", "What happened to the account, the newest first.",
                tag: "credits", access: .account(scope: "read"), parameters: Route.Parameter.paging,
                answers: [200: .json("Entries.", .page(.reference("Entry")))]
            ) { request in
                let name = try request.who().ledgerName()
                let page = try request.page()
                return .json(try await history(of: name, page))
            },
            Route(
                .get, "/credits/history.csv", "historyCSV", "The whole history as CSV (RFC 4180).", tag: "credits",
                access: .account(scope: "read"), answers: [200: .bytes("The history.", "text/csv")],
                handler: export),
        ]
    }

    private var buying: [Route] {
        [
            Route(
                .post, "/credits/purchase", "purchase", "Begins to buy a package; pay at checkout_url.",
                tag: "credits", access: .account(scope: "buy"), parameters: [.idempotency],
                body: .json(.object([("package", .text(1...100))])),
                answers: [201: .json("The purchase.", .reference("Purchase"))], refuses: [402, 409], handler: buy),
            Route(
                .get, "/credits/purchases/{id}", "purchaseState", "How a purchase stands; asks the provider too.",
                tag: "credits", access: .account(scope: "read"),
                answers: [200: .json("The purchase.", .reference("Purchase"))], refuses: [409], handler: look),
        ]
    }

    private func history(of name: AccountName, _ page: PageRequest) async throws -> JSON {
        let found: Page<HistoryEntry>
        do {
            found = try await rooms.ledger.history(of: name, page: page)
        } catch {
            guard error.code == .unknownAccount else { throw error }
            return ["items": [], "next_cursor": .null]
        }
        return View.page(found, View.entry)
    }

    @Sendable private func export(_ request: HostRequest) async throws -> Response {
        let name = try request.who().ledgerName()
        let ledger = rooms.ledger
        do {
            _ = try await ledger.balance(of: name)
        } catch {
            guard error.code == .unknownAccount else { throw error }
            throw Problem.notFound
        }
        let body = ResponseBody { writer in
            let pipe = PiecePipe()
            let task = Task {
                do {
                    _ = try await ledger.exportCSV(CSVExport(.history(name))) { bytes in try await pipe.send(bytes) }
                    pipe.finish()
                } catch {
                    pipe.finish(throwing: error)
                }
            }
            defer {
                pipe.close()
                task.cancel()
            }
            for try await piece in pipe.body.pieces { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"history.csv\"",
            ], body: body)
    }

    private func open() throws -> CreditShop {
        guard let shop = rooms.shop else { throw Problem(409, "payments_off") }
        return shop
    }

    @Sendable private func buy(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let package = try await request.json().need("package")
        let shop = try open()
        let key = try request.idempotencyKey() ?? "once:\(IDGenerator().make(RequestKind.self))"
        let page = rooms.address.text
        let order = CreditOrder(
            package, for: try caller.ledgerName(), at: .stripe, key: key, successURL: "\(page)/#/credits?paid=1",
            cancelURL: "\(page)/#/credits", email: caller.account.email.text)
        let purchase = try await shop.buy(order)
        return .json(View.purchase(purchase, try await shop.package(of: purchase)), status: 201)
    }

    @Sendable private func look(_ request: HostRequest) async throws -> Response {
        let shop = try open()
        let owner = try request.who().owner
        let id: PurchaseID = try request.id()
        guard var purchase = try await shop.inbox.purchase(id, of: owner) else { throw Problem.notFound }
        // A provider that does not answer must not hide what is known.
        do {
            purchase = try await shop.inbox.settle(id, of: owner)
        } catch {
            rooms.log.info("look failed", metadata: ["purchase": "\(id)", "code": "\(error.code)"])
        }
        return .json(View.purchase(purchase, try await shop.package(of: purchase)))
    }
}
