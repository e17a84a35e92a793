// How money goes back at Stripe: refunds and disputes.

import BuskerCore
import BuskerPayments

extension FakeStripe {
    // MARK: Refunds

    mutating func createRefund(_ form: FakeForm, _ request: FakeRequest, at now: Timestamp) throws(FakeRefusal)
        -> FakeJSON
    {
        try check(
            form,
            [
                "amount", "charge", "expand[#]", "instructions_email", "metadata[*]", "origin", "payment_intent",
                "reason",
            ])
        if let reason = form["reason"], !["duplicate", "fraudulent", "requested_by_customer"].contains(reason) {
            throw .stripe(
                400, "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", param: "reason")
        }
        let expand = try expansion(form, ["charge", "payment_intent"])
        let notes = try metadata(form)
        let charge = try refundable(form)
        let left = charge.captured - charge.refunded - lost(charge)
        let amount = try form["amount"].map { text throws(FakeRefusal) in try integer(text, "amount") } ?? left
        guard left > 0 else {
            throw .stripe(
                400, "Charge \(charge.id) has already been refunded.", code: "charge_already_refunded", isFinal: true)
        }
        guard amount > 0 else {
            throw .stripe(
                400, "This value must be greater than or equal to 1.", code: "parameter_invalid_integer",
                param: "amount")
        }
        guard amount <= left else {
            throw .stripe(
                400, "Refund amount (\(amount)) is greater than unrefunded amount on charge (\(left))",
                param: "amount", isFinal: true)
        }
        let id = "re_" + identifier(request)
        let isDoomed =
            seed.happens(desk.failingRefunds, "fails \(id)") || intents[charge.intent]?.method?.refundsFail == true
        addRefund(
            id, charge, amount, isDoomed ? .later : .never, reason: form["reason"], notes: notes, at: now)
        return json(try refund(id), expand: expand)
    }

    /// The charge to give back from, unless a dispute is open.
    private func refundable(_ form: FakeForm) throws(FakeRefusal) -> StripeCharge {
        guard (form["charge"] == nil) != (form["payment_intent"] == nil) else {
            throw .stripe(400, "One of the following params should be provided: payment_intent or charge.")
        }
        var id = form["charge"]
        if let name = form["payment_intent"] {
            let intent = try intent(name)
            guard intent.status == "succeeded" else {
                throw .stripe(
                    400, "This PaymentIntent (\(name)) does not have a successful charge to refund.",
                    code: "payment_intent_unexpected_state", param: "payment_intent", isFinal: true)
            }
            id = intent.charge
        }
        guard let charge = charges[id ?? ""] else { throw missing("charge", id ?? "", param: "charge") }
        guard charge.isPaid, charge.captured > 0 else {
            throw .stripe(400, "Charge \(charge.id) is not captured.", code: "charge_not_refundable", isFinal: true)
        }
        guard !isDisputed(charge) else {
            throw .stripe(
                400, "Charge \(charge.id) has been charged back; cannot issue a refund.", code: "charge_disputed",
                isFinal: true)
        }
        return charge
    }

    mutating func refund(_ payment: String, minorUnits: Int64?, fails: FakeRefund, at now: Timestamp) -> String? {
        guard let charge = intents[payment]?.charge.flatMap({ charges[$0] }), charge.isPaid, !isDisputed(charge) else {
            return nil
        }
        let left = charge.captured - charge.refunded - lost(charge)
        guard let amount = steps(minorUnits, charge.currency) ?? (minorUnits == nil ? left : nil), amount > 0,
            amount <= left
        else { return nil }
        let id = "re_" + seed.text(24, "refund \(charge.refunds.count) of \(charge.id)")
        addRefund(id, charge, amount, fails, reason: "requested_by_customer", notes: [:], at: now)
        return id
    }

    private mutating func addRefund(
        _ id: String, _ charge: StripeCharge, _ amount: Int64, _ fails: FakeRefund, reason: String?,
        notes: [String: String], at now: Timestamp
    ) {
        refunds[id] = StripeRefund(
            id: id, createdAt: now, charge: charge.id, intent: charge.intent, amount: amount,
            currency: charge.currency, reason: reason, metadata: notes,
            status: fails == .atOnce ? "pending" : "succeeded")
        charges.change(charge.id) { charge in
            charge.refunds.append(id)
            charge.refunded += amount
        }
        tellRefund("refund.created", id, at: now)
        tellCharge("charge.refunded", charge.id, at: now)
        switch fails {
        case .never: tellRefund("charge.refund.updated", id, at: now)
        case .atOnce: fail(id, at: now)
        case .later: agenda.add(.failRefund(id), at: now.advanced(by: .seconds(5 * 86_400)))
        }
    }

    /// The buyer's bank sends a refund back.
    mutating func fail(_ id: String, at now: Timestamp) {
        guard let refund = refunds[id], refund.status != "failed" else { return }
        refunds.change(id) { refund in
            refund.status = "failed"
            refund.failure = "lost_or_stolen_card"
        }
        charges.change(refund.charge) { $0.refunded -= refund.amount }
        tellRefund("refund.failed", id, at: now)
        tellRefund("refund.updated", id, at: now)
        tellRefund("charge.refund.updated", id, at: now)
    }

    private mutating func tellRefund(_ type: String, _ id: String, at now: Timestamp) {
        guard let refund = refunds[id] else { return }
        tell(type, id, json(refund), at: now)
    }

    // MARK: Disputes

    mutating func dispute(_ payment: String, minorUnits: Int64?, ends: FakeDispute, at now: Timestamp) -> String? {
        guard let charge = intents[payment]?.charge.flatMap({ charges[$0] }), charge.isPaid else { return nil }
        let sums = sums(charge)
        let left = charge.captured - sums.refunded - sums.contested
        guard let amount = steps(minorUnits, charge.currency) ?? (minorUnits == nil ? left : nil), amount > 0,
            amount <= left
        else { return nil }
        let id = "du_" + seed.text(24, "dispute \(charge.disputes.count) of \(charge.id)")
        disputes[id] = StripeDispute(
            id: id, createdAt: now, charge: charge.id, intent: charge.intent, amount: amount,
            currency: charge.currency, ends: ends,
            status: ends == .inquiry ? "warning_needs_response" : "needs_response")
        charges.change(charge.id) { $0.disputes.append(id) }
        tellDispute("created", id, at: now)
        tellCharge("charge.updated", charge.id, at: now)
        if ends != .inquiry { tellDispute("funds_withdrawn", id, at: now) }
        if ends != .open { agenda.add(.closeDispute(id), at: now.advanced(by: .seconds(30 * 86_400))) }
        return id
    }

    mutating func end(_ id: String, at now: Timestamp) {
        guard let dispute = disputes[id] else { return }
        let status =
            switch dispute.ends {
            case .won: "won"
            case .lost: "lost"
            case .inquiry: "warning_closed"
            case .open: dispute.status
            }
        disputes.change(id) { $0.status = status }
        tellDispute("closed", id, at: now)
        if status == "won" { tellDispute("funds_reinstated", id, at: now) }
    }

    private mutating func tellDispute(_ type: String, _ id: String, at now: Timestamp) {
        guard let dispute = disputes[id] else { return }
        tell("charge.dispute." + type, id, json(dispute), at: now)
    }

    // MARK: The truth

    private func isDisputed(_ charge: StripeCharge) -> Bool { sums(charge).isDisputed }

    private func lost(_ charge: StripeCharge) -> Int64 { sums(charge).lost }

    private func sums(_ charge: StripeCharge) -> FakeSums {
        var sums = FakeSums(paid: charge.captured, refunded: charge.refunded)
        for dispute in charge.disputes.compactMap({ disputes[$0] }) {
            if dispute.status == "lost" { sums.lost += dispute.amount }
            if dispute.status == "lost" || dispute.isOpen { sums.contested += dispute.amount }
            sums.isDisputed = sums.isDisputed || dispute.isOpen
        }
        return sums
    }

    func books() -> [FakeBook] {
        charges.items.compactMap { charge in
            guard charge.isPaid, charge.captured > 0, let intent = intents[charge.intent] else { return nil }
            return FakeBook(
                payment: intent.id, checkout: intent.session, notes: intent.metadata, currency: charge.currency,
                sums: sums(charge), convention: .stripe)
        }
    }

    private func steps(_ minorUnits: Int64?, _ currency: String) -> Int64? {
        guard let minorUnits, let currency = try? Currency(currency.uppercased()) else { return nil }
        return try? AmountConvention.stripe.steps(of: Money(minorUnits: minorUnits, currency: currency))
    }
}

extension StripeMethod {
    /// Whether refunds to it come back.
    var refundsFail: Bool {
        if case .failsRefunds = conduct { true } else { false }
    }
}

extension FakeBook {
    /// A book of sums in the provider's own steps; nothing when its currency cannot be counted.
    init?(
        payment: String, checkout: String?, notes: [String: String], currency: String, sums: FakeSums,
        convention: AmountConvention
    ) {
        guard let paid = try? convention.money(steps: sums.paid, code: currency),
            let refunded = try? convention.money(steps: sums.refunded, code: currency),
            let contested = try? convention.money(steps: sums.contested, code: currency),
            let lost = try? convention.money(steps: sums.lost, code: currency)
        else { return nil }
        self.init(
            payment: payment, checkout: checkout, notes: notes, paid: paid, refunded: refunded, contested: contested,
            lost: lost, isDisputed: sums.isDisputed)
    }
}
