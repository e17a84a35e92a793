// What administrators do, and how an account ends.

public import BuskerCore
public import BuskerDatabase

extension AccountStore {
    /// Accounts, the newest first.
    ///
    /// - Throws: ``AccountsError`` with `badCursor`.
    public func accounts(page: PageRequest = PageRequest()) async throws(AccountsError) -> Page<Account> {
        let limit = min(page.limit, limits.pageRowsMax)
        let list = "accounts"
        let place: SQL
        let next: (Account) throws -> Cursor = { try Cursor(list: list, after: $0.id) }
        do {
            let after = try page.after?.position(in: list, as: AccountID.self)
            place = after.map { "id < \($0)" } ?? "1 = 1"
        } catch {
            throw AccountsError(.badCursor, "The cursor belongs to another list; begin again at the first page.")
        }
        let rows = try await reading { tx in
            try AccountRows.list("\(place) ORDER BY id DESC LIMIT \(limit + 1)", in: tx)
        }
        let items = Array(rows.prefix(limit))
        do {
            return Page(items: items, next: rows.count > limit ? try items.last.map(next) : nil)
        } catch {
            throw AccountsError(any: error)
        }
    }

    /// Gives an account another role.
    ///
    /// - Throws: ``AccountsError`` with `notFound` or `lastAdmin`.
    @discardableResult
    public func setRole(_ role: AccountRole, of id: AccountID) async throws(AccountsError) -> Account {
        try await writing { [self] tx in try setRole(role, of: id, in: tx) }
    }

    /// The same in a transaction.
    @discardableResult
    public func setRole(_ role: AccountRole, of id: AccountID, in tx: Transaction) throws -> Account {
        if role != .admin { try keepAnAdmin(without: id, in: tx) }
        let row = try AccountRows.lock(id, in: tx)
        guard row.account.role != role else { return row.account }
        let account = row.account.with(role: role)
        try AccountRows.save(account, row.password, at: clock.now, in: tx)
        try effects.apply(.roleChanged(account), in: tx)
        return account
    }

    /// Disables an account or enables it again; its sessions end, its keys are refused while it is disabled.
    ///
    /// - Throws: ``AccountsError`` with `notFound` or `lastAdmin`.
    @discardableResult
    public func setDisabled(_ isDisabled: Bool, _ id: AccountID) async throws(AccountsError) -> Account {
        try await writing { [self] tx in try setDisabled(isDisabled, id, in: tx) }
    }

    /// The same in a transaction.
    @discardableResult
    public func setDisabled(_ isDisabled: Bool, _ id: AccountID, in tx: Transaction) throws -> Account {
        if isDisabled { try keepAnAdmin(without: id, in: tx) }
        let row = try AccountRows.lock(id, in: tx)
        guard row.account.isDisabled != isDisabled else { return row.account }
        let account = row.account.with(isDisabled: isDisabled)
        try AccountRows.save(account, row.password, at: clock.now, in: tx)
        if isDisabled {
            try SessionRows.end("account = \(id)", reason: "disabled", at: clock.now, in: tx)
            try LinkRows.forget(id, in: tx)
        }
        try effects.apply(.disabled(account), in: tx)
        return account
    }

    /// Erases an account: address, password, sessions, keys and links go, its name stays, so that books still add up.
    ///
    /// Other rooms erase theirs by the effect, in the same transaction. The address can be registered again, as a new account.
    ///
    /// - Throws: ``AccountsError`` with `notFound` or `lastAdmin`.
    public func erase(_ id: AccountID) async throws(AccountsError) {
        try await writing { [self] tx in try erase(id, in: tx) }
    }

    /// The same in a transaction.
    public func erase(_ id: AccountID, in tx: Transaction) throws {
        try keepAnAdmin(without: id, in: tx)
        let email = try AccountRows.lock(id, in: tx).account.email
        try LinkRows.forget(id, in: tx)
        try tx.execute(
            "DELETE FROM accounts_refresh WHERE session IN (SELECT id FROM accounts_session WHERE account = \(id))")
        try tx.execute("DELETE FROM accounts_session WHERE account = \(id)")
        try tx.execute("DELETE FROM accounts_key WHERE account = \(id)")
        for purpose in [Throttle.Purpose.loginOfAccount, .mailOfAccount] {
            try Throttle(purpose, email.key.utf8, limits.mails).forget(in: tx)
        }
        try AccountRows.erase(id, at: clock.now, in: tx)
        try effects.apply(.erased(id), in: tx)
    }

    /// Refuses to go on without any administrator, if this account is one; whoever changes administrators takes turns.
    private func keepAnAdmin(without id: AccountID, in tx: Transaction) throws {
        guard let account = try AccountRows.find("id = \(id)", in: tx)?.account, account.role == .admin,
            !account.isDisabled
        else { return }
        try AccountRows.keepAnAdmin(besides: id, in: tx)
    }

    /// Forgets what is over: up to `limit` rows each of links, sessions and counts; how many there were.
    ///
    /// Ended sessions and links are kept for ``AccountLimits/keptSeconds``, so that a stolen token that comes late is still known.
    @discardableResult
    public func sweep(limit: Int = 1_000) async throws(AccountsError) -> Int {
        let now = clock.now
        let old = now.advanced(by: .seconds(-limits.keptSeconds))
        let limit = min(max(limit, 1), 10_000)
        return try await writing { tx in
            let links = try tx.execute(
                """
                DELETE FROM accounts_link WHERE sum IN (
                    SELECT sum FROM accounts_link WHERE expires_us < \(old) ORDER BY expires_us LIMIT \(limit))
                """)
            let ended: [SessionID] = try tx.rows(
                """
                SELECT id FROM accounts_session WHERE expires_us < \(old) ORDER BY expires_us
                LIMIT \(limit)\(tx.dialect.forUpdateSkipLocked)
                """
            ).map { try $0.get(0) }
            for id in ended { try tx.execute("DELETE FROM accounts_refresh WHERE session = \(id)") }
            for id in ended { try tx.execute("DELETE FROM accounts_session WHERE id = \(id)") }
            let counts = try tx.execute(
                """
                DELETE FROM accounts_throttle WHERE bucket IN (
                    SELECT bucket FROM accounts_throttle WHERE full_us < \(now) ORDER BY full_us LIMIT \(limit))
                AND full_us < \(now)
                """)
            return links + ended.count + counts
        }
    }
}
