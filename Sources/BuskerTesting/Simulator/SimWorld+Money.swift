// What people, banks and providers do with money.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerLedger
import BuskerPayments
import BuskerStorage
import HTTPTypes
import Synchronization

extension SimWorld {
    /// Opens a checkout for credit or for a download; the same key finds the same purchase.
    func buy(_ house: SimHouse, _ owner: Int, key: String, what: String, provider: Int) async {
        let user = users[owner]
        let name = fakes[provider].provider
        let product = name == .polar ? SimHouse.polarProduct : nil
        do throws(PaymentError) {
            let purchase = try await house.shop.buy(
                CreditOrder(
                    what, for: user.account, at: name, key: key, successURL: "https://host.example/thanks",
                    product: product))
            tell("\(user.name) buys \(what) as \(purchase.id) at \(name)")
            told(house) { model in
                guard !model.sales.contains(where: { $0.id == purchase.id }) else { return }
                model.sales.append(
                    SimModel.Sale(
                        id: purchase.id, owner: owner, kind: what, provider: provider, checkout: purchase.checkout))
            }
        } catch {
            tell("buy \(key) \(error.code)")
        }
    }

    /// A buyer pays on a checkout.
    func pay(_ sale: SimModel.Sale, _ how: FakePayment) async {
        guard let checkout = sale.checkout else { return }
        let payment = await fakes[sale.provider].pay(checkout: checkout, how)
        tell("\(sale.id) paid by \(how): \(payment ?? "nothing")")
    }

    /// The buyer comes back from the checkout.
    func land(_ house: SimHouse, _ sale: SimModel.Sale) async {
        do throws(PaymentError) {
            let purchase = try await house.shop.inbox.settle(sale.id, of: users[sale.owner].name)
            tell("\(sale.id) is \(purchase.state)")
        } catch {
            tell("landing of \(sale.id) \(error.code)")
        }
    }

    /// The host gives money back.
    func refund(_ house: SimHouse, _ sale: SimModel.Sale, cents: Int64?, key: String) async {
        do throws(PaymentError) {
            let amount = cents.map { Money(minorUnits: $0, currency: .usd) }
            let purchase = try await house.shop.inbox.refund(sale.id, amount: amount, key: key)
            tell("\(sale.id) refunded, \(purchase.state)")
        } catch {
            tell("refund of \(sale.id) \(error.code)")
        }
        noteBack()
    }

    /// The provider or a bank takes money back without asking the host.
    func takeBack(_ provider: Int, _ random: inout SimRandom) {
        let fake = fakes[provider]
        guard let book = random.pick(fake.books()) else { return }
        let amount: Int64? = random.happens(500) ? nil : max(1, book.paid.minorUnits / 3)
        if random.happens(600) {
            let fails = random.pick([FakeRefund.never, .never, .atOnce, .later]) ?? .never
            let id = fake.refund(payment: book.payment, amount: amount, fails: fails)
            tell("\(fake.provider) refunds \(book.payment) \(fails): \(id != nil)")
        } else {
            let ends = random.pick([FakeDispute.won, .lost, .open, .inquiry]) ?? .won
            let id = fake.dispute(payment: book.payment, amount: amount, ends: ends)
            tell("\(fake.provider) disputes \(book.payment) \(ends): \(id != nil)")
        }
        noteBack()
    }

    /// Notes since when money is known to be gone at the providers.
    func noteBack() {
        let now = clock.now
        let books = fakes.flatMap { $0.books() }
        model.withLock { model in
            for book in books {
                if book.refunded.minorUnits + book.contested.minorUnits > 0 {
                    if model.backSince[book.payment] == nil { model.backSince[book.payment] = now }
                } else {
                    model.backSince[book.payment] = nil
                }
            }
        }
    }

    /// Takes what the providers send to the post office of the world.
    func collect() {
        let letters = fakes.enumerated().flatMap { at, fake in
            fake.deliveries().map { SimModel.Letter(delivery: $0, provider: at) }
        }
        model.withLock { $0.letters += letters }
    }

    /// A webhook arrives, whole or forged; what is not taken comes again.
    func deliver(_ house: SimHouse, _ letter: SimModel.Letter, forges: Bool, processes: Bool) async {
        let delivery = letter.delivery
        var body = delivery.body
        if forges, let at = body.firstIndex(of: UInt8(ascii: ":")) { body[at] = UInt8(ascii: ";") }
        if sabotage == .creditByEvent, !forges { await creditByEvent(house, letter) }
        let answer = await house.doors[letter.provider].take(rawBody: body, headers: delivery.headers)
        tell("webhook \(delivery.id) \(delivery.type) \(delivery.attempt): \(answer.status)")
        if forges {
            if answer.status == 200 {
                model.withLock { $0.breaks.append(SimBreak("webhooks", "a forged \(delivery.id) was taken")) }
            }
            return
        }
        guard answer.status == 200, !house.life.isOver else { return fakes[letter.provider].refused(delivery) }
        guard let receipt = answer.receipt else { return }
        told(house) { $0.receipts.append(receipt) }
        guard processes else { return }
        do throws(PaymentError) {
            let outcome = try await house.shop.inbox.process(receipt)
            tell("receipt \(receipt) \(outcome)")
        } catch {
            tell("receipt \(receipt) \(error.code)")
        }
    }

    private func creditByEvent(_ house: SimHouse, _ letter: SimModel.Letter) async {
        let type = letter.delivery.type
        guard type.contains("succeeded") || type.contains("paid") || type.contains("completed") else { return }
        let key = "event:\(letter.delivery.id):\(letter.delivery.attempt)"
        _ = try? await house.ledger.grant(
            Amount(steps: 1_000, unit: house.unit), to: users[0].account, key: IdempotencyKey(trusted: key, scope: ""))
    }

    /// Opens the checkout of a file that a job made.
    func buyFile(_ house: SimHouse, _ order: SimModel.Order, as owner: Int) async {
        do throws(DownloadError) {
            let purchase = try await house.sale.buy(
                DownloadOrder(order.id, owner: users[owner].name, successURL: "https://host.example/thanks"))
            tell("\(users[owner].name) buys \(order.id) as \(purchase.id)")
            told(house) { model in
                if owner != order.owner {
                    model.breaks.append(SimBreak("privacy", "another's \(order.id) was sold", about: ["\(order.id)"]))
                }
                guard !model.sales.contains(where: { $0.id == purchase.id }) else { return }
                model.sales.append(
                    SimModel.Sale(
                        id: purchase.id, owner: owner, kind: DownloadEffects.kind, provider: seller,
                        checkout: purchase.checkout, job: order.id))
            }
        } catch {
            tell("buying \(order.id) \(error.code)")
        }
    }

    /// Takes a file home that was bought.
    func take(_ house: SimHouse, _ order: SimModel.Order, as owner: Int) async {
        do {
            if sabotage == .staleGate, owner == order.owner, let sale = remembered.withLock({ $0["\(order.id)"] }) {
                tell("\(order.id) let out from memory")
                return checkPaid([sale.purchase])
            }
            let paid = try await house.sale.take(order.id, owner: users[owner].name)
            let bytes = try await house.service.open(paid).body.collect(upTo: 1 << 16)
            tell("\(order.id) downloaded for \(paid.grant.purchase)")
            remembered.withLock { $0["\(order.id)"] = paid.grant }
            told(house) { model in
                if owner != order.owner {
                    model.breaks.append(SimBreak("privacy", "another's \(order.id) was taken", about: ["\(order.id)"]))
                }
                if bytes != SimWork.bytes(of: order.id, 0) {
                    model.breaks.append(
                        SimBreak("downloads", "the song of \(order.id) is wrong", about: ["\(order.id)"]))
                }
            }
            checkPaid([paid.grant.purchase])
        } catch {
            tell("taking \(order.id) as \(users[owner].name) \(Self.word(error))")
        }
    }

    /// Makes a link to a file that was bought.
    func link(_ house: SimHouse, _ sale: SimModel.Sale, as owner: Int) async {
        do throws(DownloadError) {
            let file = try DownloadFile(key: "songs/\(sale.id)", name: "song.wav")
            let link = try await house.gate.link(to: file, purchase: sale.id, buyer: users[owner].name)
            tell("\(users[owner].name) has a link to \(sale.id)")
            told(house) { model in
                model.links.append(SimModel.Link(token: link.token, sale: sale.id))
                if owner != sale.owner {
                    model.breaks.append(SimBreak("privacy", "another's \(sale.id) was linked", about: ["\(sale.id)"]))
                }
            }
            checkPaid([sale.id])
        } catch {
            tell("link to \(sale.id) for \(users[owner].name) \(error.code)")
        }
    }

    /// Uses a link; the money must be there, or have gone back only a moment ago.
    func redeem(_ house: SimHouse, _ link: SimModel.Link) async {
        do throws(DownloadError) {
            let grant = try await house.gate.redeem(link.token)
            tell("\(grant.purchase) downloaded")
            checkPaid([link.sale])
        } catch {
            tell("download of \(link.sale) \(error.code)")
        }
    }

    /// A link lives two minutes, and the gate may rely on a look that is one minute old.
    private func checkPaid(_ sales: [PurchaseID]) {
        let now = clock.now
        let books = fakes.flatMap { $0.books() }.filter { book in
            Self.purchase(of: book).map { sales.contains($0) } ?? false
        }
        let sale = sales.map { "\($0)" }.joined(separator: " ")
        model.withLock { model in
            let isPaid = books.contains { book in
                guard book.refunded.minorUnits + book.contested.minorUnits > 0 else { return true }
                return model.backSince[book.payment].map { $0.advanced(by: .seconds(181)) > now } ?? true
            }
            guard !isPaid else { return }
            model.breaks.append(
                SimBreak(
                    "downloads", "\(sale) was let out without its money", about: ["\(sale)"] + books.map(\.payment)))
        }
    }

    /// The purchase that a payment carries.
    static func purchase(of book: FakeBook) -> PurchaseID? {
        let note = book.notes[CheckoutOrder.purchaseNote] ?? book.notes["custom_id"] ?? book.notes["reference_id"]
        return note.flatMap { try? PurchaseID(parsing: $0) }
    }
}
