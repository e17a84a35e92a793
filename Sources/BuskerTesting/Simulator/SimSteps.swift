// Which step is made, and how.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage
import Synchronization

extension SimWorld {
    /// How many players may wait for their turn.
    static let playersMax = 6
    /// How much of each a world has at most, so that its books stay quick.
    static let uploadsMax = 14
    static let ordersMax = 40
    static let salesMax = 16

    /// Makes one step; everything that is chosen follows from the seed and the number of the step.
    func make(_ step: Int) async throws {
        at(step)
        var random = SimRandom(seed, UInt64(step) &+ 77)
        guard let house else { return }
        let roll = random.below(1_000)
        switch roll {
        case ..<200: await goOn(&random)
        case ..<530: await use(house, &random)
        case ..<660: await play(&random) { await self.work(house) }
        case ..<700: await overtake(house, &random)
        case ..<780: await move(&random)
        case ..<860: await care(house, &random)
        case ..<900: await play(&random) { await self.carry(house) }
        case ..<970: arm(house, &random)
        case ..<980: hangUp(&random)
        case ..<990: weather(house, &random)
        default: try await crash(&random)
        }
        if house.life.isOver || disk?.isCut == true {
            try await restart(fate: random.pick([.drop, .tear, .keep, .drop]) ?? .drop)
        }
        count("steps")
    }

    /// Lets somebody begin, alone or a few turns at a time.
    private func play(_ random: inout SimRandom, _ body: @escaping @Sendable () async -> Void) async {
        let players = stage.players.count
        let turns = players >= Self.playersMax || random.happens(350) ? Int.max : random.below(7)
        _ = await stage.begin(freshPlayer(), turns: turns, body)
    }

    /// Whoever works now is late: its lease lapses, another takes the job, and then it comes back.
    private func overtake(_ house: SimHouse, _ random: inout SimRandom) async {
        guard !stage.players.isEmpty else { return await play(&random) { await self.work(house) } }
        clock.advance(by: .seconds(61 + random.below(30)))
        await care(house, 0)
        await play(&random) { await self.work(house) }
    }

    private func goOn(_ random: inout SimRandom) async {
        guard let player = random.pick(stage.players) else { return await passTime(&random) }
        _ = await stage.go(player, turns: random.happens(200) ? .max : random.below(6))
    }

    private func hangUp(_ random: inout SimRandom) {
        guard let player = random.pick(stage.players) else { return }
        stage.hangUp(player)
        tell("player \(player) hung up")
    }

    private func passTime(_ random: inout SimRandom) async {
        clock.advance(by: .milliseconds(random.below(5_000)))
    }

    private func move(_ random: inout SimRandom) async {
        let roll = random.below(100)
        let seconds =
            switch roll {
            case ..<60: random.below(20)
            case ..<85: random.below(120)
            case ..<97: random.below(3_600)
            default: random.below(3 * 86_400)
            }
        clock.advance(by: .seconds(seconds))
        for fake in fakes { fake.pass(.zero) }
        noteBack()
        collect()
        tell("\(seconds) seconds pass")
    }

    private func care(_ house: SimHouse, _ random: inout SimRandom) async {
        let which = random.below(Self.cares.count)
        if which < Self.caresInTurns {
            await play(&random) { await self.care(house, which) }
        } else {
            await care(house, which)
        }
    }

    /// Something will go wrong.
    private func arm(_ house: SimHouse, _ random: inout SimRandom) {
        let roll = random.below(100)
        let after = random.below(12)
        switch roll {
        case ..<50:
            let fault = random.pick([SimFault.fails, .lost, .undone, .again, .noSync]) ?? .fails
            house.life.arm(fault, at: .database, after: after)
        case ..<62: house.life.arm(random.happens(500) ? .fails : .lost, at: .store, after: random.below(4))
        case ..<68: house.life.arm(random.happens(500) ? .fails : .lost, at: .provider, after: random.below(3))
        case ..<76: house.life.arm(random.happens(500) ? .fails : .lost, at: .hook, after: 0)
        case ..<84: house.life.arm(random.happens(500) ? .fails : .lost, at: .mail, after: 0)
        case ..<94: moods.add(random.pick(SimMood.allCases) ?? .good)
        case ..<97: house.life.arm(random.happens(500) ? .endsBefore : .endsAfter, at: nil, after: after)
        default: disk?.cut(after: random.below(30))
        }
    }

    private func weather(_ house: SimHouse, _ random: inout SimRandom) {
        let isRough = random.happens(500)
        house.faults.change(to: isRough ? FaultPlan(seed: random.next(), perMille: 150) : .none)
        for fake in fakes { fake.turn(isRough ? Self.nature : .calm) }
        tell("the weather is \(isRough ? "rough" : "calm")")
    }

    private func crash(_ random: inout SimRandom) async throws {
        try await restart(fate: random.pick([.drop, .tear, .keep]) ?? .drop)
    }

    /// Somebody uses the service.
    private func use(_ house: SimHouse, _ random: inout SimRandom) async {
        let owner = random.below(users.count)
        let model = model.withLock { $0 }
        switch random.below(100) {
        case ..<10: await upload(house, owner, model, &random)
        case ..<28: await submit(house, owner, model, &random)
        case ..<36: await buy(house, owner, model, &random)
        case ..<46: await letter(house, model, &random)
        case ..<56:
            guard let sale = random.pick(model.sales) else { return }
            await money(house, sale, &random)
        case ..<60: takeBack(random.below(fakes.count), &random)
        case ..<70: await links(house, model, &random)
        case ..<74:
            let number = random.below(30)
            let (user, steps) = (users[owner], Int64(100 + random.below(300)))
            let key = "gift:\(number):\(user.name)"
            await play(&random) { await self.give(house, user, key: key, steps: steps) }
        default:
            guard let order = random.pick(model.orders) else { return await upload(house, owner, model, &random) }
            await follow(house, order, model, &random)
        }
    }

    private func upload(_ house: SimHouse, _ owner: Int, _ model: SimModel, _ random: inout SimRandom) async {
        guard model.uploads.count < Self.uploadsMax else {
            guard random.happens(100), let upload = random.pick(model.uploads) else { return }
            return await play(&random) { await self.deleteUpload(house, upload) }
        }
        let number = UInt64(random.below(12))
        let key = "up:\(owner):\(number)"
        await play(&random) {
            await self.upload(house, owner, key: key, number: number, length: 100 + Int(number) * 40)
        }
    }

    private func submit(_ house: SimHouse, _ owner: Int, _ model: SimModel, _ random: inout SimRandom) async {
        if random.happens(280), !isCareless, model.orders.count < Self.ordersMax {
            let key = "whistle:\(random.below(8))"
            let presses = random.happens(250) ? 2 : 1
            return await play(&random) {
                await self.submit(house, owner, nil, key: key, songs: 1, presses: presses)
            }
        }
        guard let upload = random.pick(model.uploads) else {
            return await self.upload(house, owner, model, &random)
        }
        let number = random.below(Self.ordersMax / 3)
        guard model.orders.count < Self.ordersMax else { return }
        let key: String? = random.happens(850) ? "order:\(number):\(upload.id)" : nil
        let presses = random.happens(250) ? 2 : 1
        let asked = random.happens(60) ? owner : upload.owner
        await play(&random) {
            await self.submit(house, asked, upload.id, key: key, songs: 1 + number % 3, presses: presses)
        }
    }

    private func buy(_ house: SimHouse, _ owner: Int, _ model: SimModel, _ random: inout SimRandom) async {
        let number = random.below(Self.salesMax)
        if number % 3 == 2 {
            guard let order = random.pick(model.orders.filter { $0.work == SimWork.freeKind }) else { return }
            return await buyFile(house, order, as: random.happens(100) ? owner : order.owner)
        }
        let what = SimHouse.packages[number % 2]
        await buy(house, number % users.count, key: "buy:\(number)", what: what, provider: number % fakes.count)
    }

    private func money(_ house: SimHouse, _ sale: SimModel.Sale, _ random: inout SimRandom) async {
        switch random.below(10) {
        case ..<5:
            await pay(sale, random.pick([.card, .card, .declined, .threeDSecure, .delayed(success: true)]) ?? .card)
        case ..<9: await land(house, sale)
        default:
            await refund(
                house, sale, cents: random.happens(500) ? nil : Int64(1 + random.below(300)),
                key: "back:\(random.below(4))")
        }
    }

    private func letter(_ house: SimHouse, _ model: SimModel, _ random: inout SimRandom) async {
        collect()
        let letters = self.model.withLock { $0.letters }
        guard !letters.isEmpty else { return }
        let at = random.below(letters.count)
        let fate = random.below(100)
        let forges = fate < 6
        if fate >= 12 { _ = self.model.withLock { $0.letters.remove(at: at) } }
        if fate >= 97 { return tell("webhook \(letters[at].delivery.id) was lost") }
        await deliver(house, letters[at], forges: forges, processes: random.happens(700))
    }

    private func links(_ house: SimHouse, _ model: SimModel, _ random: inout SimRandom) async {
        if random.happens(600) {
            let sold = model.orders.filter { order in model.sales.contains { $0.job == order.id } }
            guard let order = random.pick(sold) else { return }
            return await take(house, order, as: random.happens(100) ? random.below(users.count) : order.owner)
        }
        if random.happens(550), let link = random.pick(model.links.suffix(random.happens(800) ? 2 : 40)) {
            return await play(&random) { await self.redeem(house, link) }
        }
        guard let sale = random.pick(model.sales.filter { $0.kind == DownloadEffects.kind }) else { return }
        await link(house, sale, as: random.happens(150) ? random.below(users.count) : sale.owner)
    }

    private func follow(
        _ house: SimHouse, _ order: SimModel.Order, _ model: SimModel, _ random: inout SimRandom
    ) async {
        let roll = random.below(100)
        let isFresh = random.happens(500)
        let order = isFresh ? model.orders.last ?? order : order
        let (place, pieces) = (random.below(2), random.happens(600) ? 1_000 : 1)
        let start: Int64? = random.happens(400) ? Int64(random.below(20)) : nil
        let other = random.below(users.count)
        await play(&random) {
            switch roll {
            case ..<22: await self.look(house, order)
            case ..<40: await self.cancel(house, order)
            case ..<62: await self.retry(house, order)
            case ..<65: await self.delete(house, order)
            case ..<90: await self.download(house, order, place: place, from: start, pieces: pieces)
            default: if other != order.owner { await self.spy(house, order, as: other) }
            }
        }
    }
}
