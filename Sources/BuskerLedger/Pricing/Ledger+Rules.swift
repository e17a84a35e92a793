// Alerts and top-up rules of accounts.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Tells with the event `low_balance` when what can be spent falls to a threshold; another rule of the name is replaced.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `unitMismatch`, `badPricing`, or `limit` beyond 20 rules.
    public func setAlert(
        _ name: String, on account: AccountName, at threshold: Amount, rearm: BalanceAlert.Rearm = .rising
    ) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in
            try self.setAlert(name, on: account, at: threshold, rearm: rearm, in: tx)
        }
    }

    /// Sets an alert as part of a transaction.
    public func setAlert(
        _ name: String, on account: AccountName, at threshold: Amount, rearm: BalanceAlert.Rearm = .rising,
        in tx: Transaction
    ) throws(LedgerError) {
        _ = try PricingStore.lock(tx, clock: clock)
        let owner = try watched(account, name, [threshold], in: tx)
        guard (0...LedgerLimits.amountMax).contains(threshold.steps) else {
            throw .pricing("The threshold of an alert is not negative.")
        }
        let alert = BalanceAlert(threshold: threshold.steps, rearm: rearm)
        try RuleStore.save([RuleRow(account: owner, name: name, rule: .alert(alert))], in: tx)
    }

    /// Arms an alert again that was told.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, or `badPricing` when there is no such alert.
    public func rearmAlert(_ name: String, on account: AccountName) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.rearmAlert(name, on: account, in: tx) }
    }

    /// Arms an alert again as part of a transaction.
    public func rearmAlert(_ name: String, on account: AccountName, in tx: Transaction) throws(LedgerError) {
        _ = try PricingStore.lock(tx, clock: clock)
        var row = try rule(name, account, in: tx)
        guard case .alert(var alert) = row.rule else { throw .pricing("The rule \(name) is not an alert.") }
        _ = alert.apply(.rearm)
        row.rule = .alert(alert)
        try RuleStore.save([row], in: tx)
    }

    /// Asks with the event `topup_due` for a top-up whenever what can be spent, less debt, plus what is under way, is
    /// at most a threshold; at once where it is so already.
    ///
    /// Another rule of the name is replaced.
    ///
    /// The rule charges nobody: the host does, under a key made from the account, the rule and the number of the attempt in
    /// the event, and tells how it ended with ``report(_:attempt:of:on:)``. ``TopUpMachine`` says when a rule waits, pauses
    /// (`topup_paused`) or switches itself off (`topup_off`).
    ///
    /// - Parameters:
    ///   - name: what the rule is called on the account.
    ///   - account: whose balance it watches.
    ///   - threshold: what can be spent at most when it asks.
    ///   - goal: how much a top-up adds.
    ///   - distance: the least that a top-up must lift a balance above the threshold; one step where nothing is said.
    ///   - safety: how often and how long after a declined charge it may ask.
    /// - Throws: ``LedgerError`` with `unknownAccount`, `unitMismatch`, `badPricing`, or `limit` beyond 20 rules.
    public func setTopUp(
        _ name: String, on account: AccountName, at threshold: Amount, goal: TopUpGoal, distance: Amount? = nil,
        safety: TopUpSafety = TopUpSafety()
    ) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in
            try self.setTopUp(
                name, on: account, at: threshold, goal: goal, distance: distance, safety: safety, in: tx)
        }
    }

    /// Sets a top-up rule as part of a transaction.
    public func setTopUp(
        _ name: String, on account: AccountName, at threshold: Amount, goal: TopUpGoal, distance: Amount? = nil,
        safety: TopUpSafety = TopUpSafety(), in tx: Transaction
    ) throws(LedgerError) {
        let now = try PricingStore.lock(tx, clock: clock)
        let (amount, refill): (Amount, TopUpRefill) =
            switch goal {
            case .fixed(let amount): (amount, .fixed(amount.steps))
            case .target(let amount): (amount, .target(amount.steps))
            }
        let owner = try watched(account, name, [threshold, amount] + (distance.map { [$0] } ?? []), in: tx)
        var machine = try TopUpMachine(
            threshold: threshold.steps, refill: refill, distance: distance?.steps ?? 1, safety: safety)
        let old = try RuleStore.rules("account = \(owner) AND name = \(name)", in: tx).first
        if case .topUp(let before)? = old?.rule { machine.carryOn(before) }
        try evaluate(RuleRow(account: owner, name: name, rule: .topUp(machine)), at: now, in: tx)
    }

    /// Tells how a top-up that a rule asked for ended; telling it again changes nothing.
    ///
    /// Grant the credit first, in the same transaction, then report `settled`: until then the top-up counts as balance.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, or `badPricing` when there is no such rule or attempt.
    public func report(
        _ outcome: TopUpOutcome, attempt: Int64, of rule: String, on account: AccountName
    ) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in
            try self.report(outcome, attempt: attempt, of: rule, on: account, in: tx)
        }
    }

    /// Tells how a top-up ended as part of a transaction.
    public func report(
        _ outcome: TopUpOutcome, attempt: Int64, of rule: String, on account: AccountName, in tx: Transaction
    ) throws(LedgerError) {
        let event: TopUpMachine.Event =
            switch outcome {
            case .settled: .settled(attempt: attempt)
            case .declined: .declined(attempt: attempt)
            case .failed: .failed(attempt: attempt)
            }
        try change(rule, account, event, in: tx)
    }

    /// Lets a top-up rule go on that is paused, off or waiting.
    public func resumeTopUp(_ name: String, on account: AccountName) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.resumeTopUp(name, on: account, in: tx) }
    }

    /// Lets a top-up rule go on as part of a transaction.
    public func resumeTopUp(_ name: String, on account: AccountName, in tx: Transaction) throws(LedgerError) {
        try change(name, account, .resume, in: tx)
    }

    /// Switches a top-up rule off until it is resumed.
    public func switchOffTopUp(_ name: String, on account: AccountName) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.switchOffTopUp(name, on: account, in: tx) }
    }

    /// Switches a top-up rule off as part of a transaction.
    public func switchOffTopUp(_ name: String, on account: AccountName, in tx: Transaction) throws(LedgerError) {
        try change(name, account, .switchOff, in: tx)
    }

    /// Takes a rule away; one that is not there stays away.
    public func removeRule(_ name: String, on account: AccountName) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.removeRule(name, on: account, in: tx) }
    }

    /// Takes a rule away as part of a transaction.
    public func removeRule(_ name: String, on account: AccountName, in tx: Transaction) throws(LedgerError) {
        _ = try PricingStore.lock(tx, clock: clock)
        let owner = try PricingStore.account(account, in: tx).number
        try tx.run("DELETE FROM ledger_rule WHERE account = \(owner) AND name = \(name)")
    }

    /// The rules of an account, in the order of the bytes of their names.
    public func rules(of account: AccountName) async throws(LedgerError) -> [AccountRule] {
        try await pricedRead { tx throws(LedgerError) in try self.rules(of: account, in: tx) }
    }

    /// The rules of an account, as part of a transaction.
    public func rules(of account: AccountName, in tx: ReadTransaction) throws(LedgerError) -> [AccountRule] {
        let owner = try PricingStore.account(account, in: tx).number
        return try RuleStore.rules("account = \(owner)", in: tx)
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            .map { AccountRule(name: $0.name, rule: $0.rule) }
    }

    /// Looks again at top-up rules whose wait or patience is over, at most `limit` of them; call it now and then.
    ///
    /// - Returns: how many rules were looked at.
    @discardableResult
    public func checkRules(limit: Int = 100) async throws(LedgerError) -> Int {
        try await priced { tx throws(LedgerError) in try self.checkRules(limit: limit, in: tx) }
    }

    /// Looks again at top-up rules as part of a transaction.
    @discardableResult
    public func checkRules(limit: Int = 100, in tx: Transaction) throws(LedgerError) -> Int {
        let now = try PricingStore.lock(tx, clock: clock)
        let most = min(max(limit, 0), limits.pageRowsMax)
        let due = try RuleStore.rules("check_us <= \(now) ORDER BY check_us LIMIT \(most)", in: tx)
        for row in due { try evaluate(row, at: now, in: tx) }
        return due.count
    }

    /// Applies an event to a top-up rule, then looks at the balance.
    private func change(
        _ name: String, _ account: AccountName, _ event: TopUpMachine.Event, in tx: Transaction
    ) throws(LedgerError) {
        let now = try PricingStore.lock(tx, clock: clock)
        var row = try rule(name, account, in: tx)
        let events = try row.apply(event, at: now, transaction: 0)
        try EventRow.write(events, in: tx)
        try evaluate(row, at: now, in: tx)
    }

    /// Looks at the balance for a top-up rule, and saves it.
    private func evaluate(_ row: RuleRow, at now: Timestamp, in tx: Transaction) throws(LedgerError) {
        var row = row
        let standing = try RuleStore.standing(row.account, in: tx)
        let events = try row.apply(
            .balance(available: standing.free, debt: standing.debt), at: now, transaction: 0)
        try EventRow.write(events, in: tx)
        try RuleStore.save([row], in: tx)
    }

    private func rule(_ name: String, _ account: AccountName, in tx: ReadTransaction) throws(LedgerError) -> RuleRow {
        let owner = try PricingStore.account(account, in: tx).number
        guard let row = try RuleStore.rules("account = \(owner) AND name = \(name)", in: tx).first else {
            throw .pricing("The account \(account) has no rule of that name.")
        }
        return row
    }

    /// The number of an account that may get a rule of a name.
    private func watched(
        _ account: AccountName, _ name: String, _ amounts: [Amount], in tx: ReadTransaction
    ) throws(LedgerError) -> Int64 {
        guard NameRule.holds(name, bytesMax: 100) else { throw .pricing("A rule is named by 1 to 100 bytes.") }
        let owner = try PricingStore.account(account, in: tx)
        for amount in amounts where amount.unit != owner.unit {
            throw LedgerError(.unitMismatch, "The rule is in \(amount.unit), the account counts in \(owner.unit).")
        }
        let others: Int64? = try tx.find(
            value: "SELECT COUNT(*) FROM ledger_rule WHERE account = \(owner.number) AND name <> \(name)")
        guard (others ?? 0) < PricingLimits.rulesPerAccountMax else {
            throw LedgerError(.limit, "An account has at most \(PricingLimits.rulesPerAccountMax) rules; remove one.")
        }
        return owner.number
    }
}

extension TopUpMachine {
    /// Takes over what another rule of the same name has under way, so that changing a rule charges nobody twice.
    ///
    /// A rule that is paused or off begins to watch again; one that waits goes on waiting.
    mutating func carryOn(_ before: TopUpMachine) {
        attempts = before.attempts
        pending = before.pending
        recent = before.recent
        guard case .waiting = before.state else { return }
        declines = before.declines
        state = before.state
    }
}
