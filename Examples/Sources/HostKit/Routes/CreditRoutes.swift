// Credits: what there is, what it costs, and how it is bought.

import Busker
import BuskerCore
import BuskerLedger
import BuskerPayments
import HTTPTypes
import Hummingbird
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
            ) { [rooms] request in
                let name = try request.who().ledgerName()
                let page = try request.page()
                do throws(LedgerError) {
                    return .json(View.page(try await rooms.ledger.history(of: name, page: page), View.entry))
                } catch  where error.code == .unknownAccount {
                    return .json(["items": [], "next_cursor": .null])
                }
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
                answers: [200: .json("The purchase.", .reference("Purchase"))], handler: look),
        ]
    }

    @Sendable private func export(_ request: HostRequest) async throws -> Response {
        let name = try request.who().ledgerName()
        let ledger = rooms.ledger
        do throws(LedgerError) {
            _ = try await ledger.balance(of: name)
        } catch  where error.code == .unknownAccount {
            throw Problem.notFound
        }
        let body = ResponseBody { writer in
            var sink = writer
            _ = try await ledger.exportCSV(CSVExport(.history(name))) { bytes in
                try await sink.write(ByteBuffer(bytes: bytes))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"history.csv\"",
            ], body: body)
    }

    private func open() throws -> CreditShop {
        guard let shop = rooms.shop else { throw Problem(503, "payments_off") }
        return shop
    }

    @Sendable private func buy(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let package = try await request.json().need("package")
        let shop = try open()
        let key = try request.idempotencyKey() ?? "once:\(IDGenerator().make(RequestKind.self))"
        let page = rooms.configuration.publicURL ?? "http://\(rooms.configuration.host):\(rooms.configuration.port)"
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
        do throws(PaymentError) {
            purchase = try await shop.inbox.settle(id, of: owner)
        } catch {
            rooms.log.info("look failed", metadata: ["purchase": "\(id)", "code": "\(error.code)"])
        }
        return .json(View.purchase(purchase, try await shop.package(of: purchase)))
    }
}
