use super::*;
use crate::inventory::counter::Delta;
use crate::transact::MOST_PARTS;

fn sku() -> Sku {
    Sku::parse("A").unwrap()
}

fn of(vendor: &str, quantity: u32) -> Allocation {
    Allocation { sku: sku(), quantity, vendor_id: VendorId::parse(vendor).unwrap(), warehouse_id: WarehouseId::parse("w1").unwrap() }
}

fn goods(quantity: u32) -> Demand {
    Demand { goods: vec![(sku(), quantity)], ..Demand::default() }
}

fn held(quantity: u32) -> Hold {
    let at = "2026-11-23T09:00:00Z".parse().unwrap();
    new(OrderId::new(at, [0; 10]), &goods(quantity), &Known::new(), at).hold
}

fn allocated(allocations: &[Allocation]) -> Hold {
    let quantity = allocations.iter().map(|a| a.quantity).sum();
    held(quantity).allocate(allocations, &[], &Known::new()).unwrap().unwrap().hold
}

type Books<'a> = ((i64, i64), Vec<(&'a str, i64, i64)>);

/// What is added to the four counters of the SKU: (free, taken), and per vendor (available, allocated).
fn books(change: &Change) -> Books<'_> {
    let (mut pool, mut rows) = ((0, 0), Vec::new());
    for (counter, delta) in &change.moves {
        match &counter.of {
            Counted::Pool(_) => pool = (pool.0 + delta.left, pool.1 + delta.taken),
            Counted::Row(_, vendor, _) => rows.push((vendor.as_str(), delta.left, delta.taken)),
            Counted::Budget(_) => {}
        }
    }
    (pool, rows)
}

/// Pool and rows change by the same sum.
fn assert_balanced(change: &Change) {
    let (pool, rows) = books(change);
    assert_eq!(pool.0 + pool.1, rows.iter().map(|(_, left, taken)| left + taken).sum::<i64>(), "{change:?}");
}

#[test]
fn each_change_moves_what_it_says_and_keeps_the_books_balanced() {
    let two = allocated(&[of("v1", 2), of("v2", 1)]);
    let cases = [
        ("allocate", held(2).allocate(&[of("v1", 2)], &[], &Known::new()).unwrap().unwrap(), (0, 0), vec![("v1", -2, 2)]),
        (
            "allocate elsewhere",
            allocated(&[of("v1", 2)]).allocate(&[of("v2", 2)], &[], &Known::new()).unwrap().unwrap(),
            (0, 0),
            vec![("v1", 2, -2), ("v2", -2, 2)],
        ),
        ("release a hold", held(3).release().unwrap(), (3, -3), vec![]),
        ("release allocations", two.release().unwrap(), (3, -3), vec![("v1", 2, -2), ("v2", 1, -1)]),
        ("release a part", two.release_part(7, &[of("v2", 1)], Portion::NONE).unwrap().unwrap(), (1, -1), vec![("v2", 1, -1)]),
        ("goods leave", two.take_off(7, &[of("v1", 2)]).unwrap().unwrap(), (0, -2), vec![("v1", 0, -2)]),
        (
            "reallocate: the vendor's two are lost, two others are taken",
            two.reallocate(7, (&[of("v1", 2)], &[of("v3", 2)]), &[], &Known::new()).unwrap().unwrap(),
            (-2, 0),
            vec![("v1", 0, -2), ("v3", -2, 2)],
        ),
        (
            "reallocate within a vendor",
            two.reallocate(7, (&[of("v1", 1)], &[of("v2", 1)]), &[], &Known::new()).unwrap().unwrap(),
            (-1, 0),
            vec![("v1", 0, -1), ("v2", -1, 1)],
        ),
    ];
    for (name, change, pool, rows) in cases {
        assert_eq!(books(&change), (pool, rows), "{name}");
        assert_balanced(&change);
    }
}

#[test]
fn a_repeat_changes_nothing() {
    let order = allocated(&[of("v1", 2), of("v2", 1)]);
    assert!(order.allocate(&[of("v2", 1), of("v1", 1), of("v1", 1)], &[], &Known::new()).unwrap().is_none());
    let once = order.reallocate(7, (&[of("v1", 2)], &[of("v3", 2)]), &[], &Known::new()).unwrap().unwrap().hold;
    assert!(once.reallocate(7, (&[of("v1", 2)], &[of("v3", 2)]), &[], &Known::new()).unwrap().is_none());
    let less = once.release_part(9, &[of("v3", 1)], Portion::NONE).unwrap().unwrap().hold;
    assert!(less.release_part(9, &[of("v3", 1)], Portion::NONE).unwrap().is_none());
    assert!(less.take_off(9, &[of("v3", 1)]).unwrap().is_none(), "what was given back did not leave");
    let released = less.release().unwrap();
    assert_eq!(books(&released), ((2, -2), vec![("v2", 1, -1), ("v3", 1, -1)]));
    assert_eq!(released.hold.release(), None);
}

#[test]
fn nobody_gives_up_what_he_has_not() {
    let order = allocated(&[of("v1", 2)]);
    assert!(order.release_part(1, &[of("v1", 3)], Portion::NONE).is_err());
    assert!(order.take_off(1, &[of("v1", 3)]).is_err());
    assert!(order.reallocate(1, (&[of("v2", 1)], &[]), &[], &Known::new()).is_err());
    assert!(held(2).allocate(&[of("v1", 3)], &[], &Known::new()).is_err());
    assert!(held(2).allocate(&[of("v1", 1)], &[], &Known::new()).is_err());
}

#[test]
fn a_sku_that_the_demand_names_twice_is_one_demand() {
    let at = "2026-11-23T09:00:00Z".parse().unwrap();
    let change = new(OrderId::new(at, [0; 10]), &Demand { goods: vec![(sku(), 2), (sku(), 3)], ..Demand::default() }, &Known::new(), at);
    assert_eq!(books(&change), ((-5, 5), vec![]));
    assert_eq!(change.counters().len(), 1, "one condition, that five are free");
    assert_eq!(change.needs(&Counted::Pool(sku())), 5);
}

#[test]
fn an_order_gives_back_to_the_shards_that_it_took_from() {
    let at: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    let order = OrderId::new(at, [0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    let lefts = |lefts: [i64; 4]| Spread::Lefts { live: 4, lefts: (0..).zip(lefts).collect() };
    let known = Known::from([(Counted::Pool(sku()), lefts([1, 3, 2, 0]))]);
    let pool = Counted::Pool(sku());
    let held = new(order, &goods(5), &known, at);
    let taken = [(pool.shard(1), 3), (pool.shard(2), 2)];
    assert_eq!(held.hold.taken(), BTreeMap::from(taken.clone()));
    let own = allocate_all(&held.hold);
    let part = own.release_part(7, &[of("v1", 4)], Portion::NONE).unwrap().unwrap();
    let back: Vec<(u16, i64)> =
        part.moves.iter().filter(|(counter, _)| counter.of == pool).map(|(counter, delta)| (counter.shard, delta.left)).collect();
    assert_eq!(back, [(1, 3), (2, 1)]);
    let rest = part.hold.release().unwrap();
    assert_eq!(rest.moves[&pool.shard(2)], Delta { left: 1, taken: -1 });
    assert_eq!(rest.hold.taken(), BTreeMap::new());
}

fn allocate_all(hold: &Hold) -> Hold {
    let quantity = u32::try_from(hold.held()[&sku()]).unwrap();
    hold.allocate(&[of("v1", quantity)], &[], &Known::new()).unwrap().unwrap().hold
}

/// The log of a hold is kept as JSON; what was written under one release is read under the next.
#[test]
fn the_log_is_short_and_reads_as_it_was_written() {
    let order = allocated(&[of("v1", 2)]).take_off(7, &[of("v1", 2)]).unwrap().unwrap().hold;
    let json = serde_json::to_string(&order.log).unwrap();
    assert_eq!(
        json,
        r#"[{"what":"held","moves":{"P#A#0":[-2,2]}},{"what":"allocated","moves":{"S#A#v1#w1":[-2,2]}},{"what":"left","run":7,"moves":{"P#A#0":[0,-2],"S#A#v1#w1":[0,-2]}}]"#
    );
    assert_eq!(serde_json::from_str::<Vec<Entry>>(&json).unwrap(), order.log);
}

mod any_order {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// What one does with a hold.
    #[derive(Debug, Clone)]
    enum Step {
        Allocate(u32),
        Reallocate(u64, u32),
        ReleasePart(u64, u32),
        TakeOff(u64, u32),
        Release,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let run = 1..4_u64;
        let step = prop_oneof![
            3 => (0..5_u32).prop_map(Step::Allocate),
            2 => (run.clone(), 0..4_u32).prop_map(|(run, n)| Step::Reallocate(run, n)),
            2 => (run.clone(), 0..4_u32).prop_map(|(run, n)| Step::ReleasePart(run, n)),
            2 => (run, 0..4_u32).prop_map(|(run, n)| Step::TakeOff(run, n)),
            1 => Just(Step::Release),
        ];
        prop::collection::vec(step, 0..8)
    }

    /// What three shards of each thing have; the first vendor's row, the second's, the pool.
    fn shelves() -> impl Strategy<Value = Vec<Vec<i64>>> {
        prop::collection::vec(prop::collection::vec(0..6_i64, 3), 2)
    }

    fn things() -> Vec<Counted> {
        let row = |vendor| Counted::Row(sku(), VendorId::parse(vendor).unwrap(), WarehouseId::parse("w1").unwrap());
        vec![row("v1"), row("v2"), Counted::Pool(sku())]
    }

    struct World(Moves);

    impl World {
        /// The rows have this, and the pool as much, elsewhere.
        fn with(shelves: &[Vec<i64>]) -> Self {
            let mut counts = Moves::new();
            let things = things();
            for (of, lefts) in things.iter().zip(shelves) {
                for (shard, left) in (0..).zip(lefts) {
                    add(&mut counts, of.shard(shard), *left, 0);
                    add(&mut counts, things[2].shard(2 - shard), *left, 0);
                }
            }
            Self(counts)
        }

        fn known(&self) -> Known {
            let lefts = |of: &Counted| self.0.iter().filter(|(c, _)| c.of == *of).map(|(c, d)| (c.shard, d.left)).collect();
            things().into_iter().map(|of| (of.clone(), Spread::Lefts { live: 3, lefts: lefts(&of) })).collect()
        }

        /// Writes a change as the table does: all of it, or nothing where a counter would fall below zero.
        fn write(&mut self, change: &Change) -> bool {
            let mut then = self.0.clone();
            add_all(&mut then, &change.counters());
            let fits = then.values().all(|delta| delta.left >= 0 && delta.taken >= 0);
            if fits {
                self.0 = then;
            }
            fits
        }

        fn sum(&self, pool: bool) -> (i64, i64) {
            let of = self.0.iter().filter(|(counter, _)| matches!(counter.of, Counted::Pool(_)) == pool);
            of.fold((0, 0), |sum, (_, delta)| (sum.0 + delta.left, sum.1 + delta.taken))
        }
    }

    fn alloc(hold: &Hold, first: u32) -> Vec<Allocation> {
        let all = u32::try_from(hold.held().values().sum::<i64>()).unwrap();
        vec![of("v1", first.min(all)), of("v2", all - first.min(all))]
    }

    fn decided(hold: &Hold, step: &Step, known: &Known) -> Option<Change> {
        let decided = match step {
            Step::Allocate(first) => hold.allocate(&alloc(hold, *first), &[], known),
            Step::Reallocate(run, n) => hold.reallocate(*run, (&[of("v1", *n)], &[of("v2", *n)]), &[], known),
            Step::ReleasePart(run, n) => hold.release_part(*run, &[of("v1", *n)], Portion::NONE),
            Step::TakeOff(run, n) => hold.take_off(*run, &[of("v2", *n)]),
            Step::Release => Ok(hold.release()),
        };
        // As the adapter, which asks for nothing of what is released and takes off only what is allocated.
        if hold.status() == Status::Released { None } else { decided.ok().flatten() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Whatever an order does in whatever sequence, refused or not: no counter below zero, pool and rows in balance, the counters are
        /// what was there and what the log says, and whoever releases leaves nothing taken.
        #[test]
        fn keeps_the_books(shelves in shelves(), quantity in 1..7_u32, last in any::<u8>(), steps in steps()) {
            let at = "2026-11-23T09:00:00Z".parse().unwrap();
            let order = OrderId::new(at, [0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
            let mut world = World::with(&shelves);
            let before = world.0.clone();
            let free = world.sum(true).0;
            let change = new(order, &goods(quantity), &world.known(), at);
            prop_assert_eq!(world.write(&change), i64::from(quantity) <= free, "held just where all shards together have enough");
            if i64::from(quantity) > free {
                return Ok(());
            }
            let mut hold = change.hold;
            for step in &steps {
                if let Some(change) = decided(&hold, step, &world.known())
                    && world.write(&change)
                {
                    hold = change.hold;
                }
                let (pool, rows) = (world.sum(true), world.sum(false));
                prop_assert_eq!(pool.0 + pool.1, rows.0 + rows.1, "after {:?}", step);
                let taken: BTreeMap<Counter, i64> =
                    world.0.iter().filter(|(_, delta)| delta.taken != 0).map(|(counter, delta)| (counter.clone(), delta.taken)).collect();
                prop_assert_eq!(&taken, &hold.taken(), "after {:?}", step);
            }
            // Moving between shards is not in the log: so sums are compared.
            for of in things() {
                let sum = |moves: &Moves| moves.iter().filter(|(c, _)| c.of == of).map(|(_, d)| d.left).sum::<i64>();
                prop_assert_eq!(sum(&before) + sum(&log::sum(&hold.log)), sum(&world.0));
            }
            if let Some(change) = hold.release() {
                prop_assert!(world.write(&change));
            }
            prop_assert_eq!((world.sum(true).1, world.sum(false).1), (0, 0));
        }
    }
}

/// A hold of 250 pieces, each on a shelf of its own, and its allocation.
fn wide() -> (Hold, Vec<Allocation>) {
    let shelves: Vec<Allocation> = (0..250).map(|nth| of(&format!("v{nth:03}"), 1)).collect();
    (held(250), shelves)
}

type Next = dyn Fn(&Hold) -> Option<Change>;

/// Every piece is written, and after each the decision is made anew, as after a crash; what all pieces come to.
fn in_pieces(mut hold: Hold, next: &Next) -> (Hold, Moves, usize) {
    let (mut sum, mut pieces) = (Moves::new(), 0);
    while let Some(change) = next(&hold) {
        let piece = change.begun(&hold).unwrap_or(change);
        assert!(piece.counters().len() < MOST_PARTS, "piece {pieces} moves {} counters", piece.counters().len());
        add_all(&mut sum, &piece.moves);
        (hold, pieces) = (piece.hold, pieces + 1);
    }
    sum.retain(|_, delta| (delta.left, delta.taken) != (0, 0));
    (hold, sum, pieces)
}

#[test]
fn a_change_too_large_for_one_transaction_is_made_in_pieces_and_once() {
    let (held, shelves) = wide();
    let all = shelves.clone();
    let (allocated, _, pieces) = in_pieces(held.clone(), &move |hold| hold.allocate(&all, &[], &Known::new()).unwrap());
    assert_eq!((allocated.status(), allocated.allocated().len(), pieces), (Status::Allocated, 250, 3));

    let cases: [(&str, Box<Next>, Status); 3] = [
        ("release", Box::new(|hold: &Hold| hold.release()), Status::Released),
        (
            "take off",
            {
                let all = shelves.clone();
                Box::new(move |hold: &Hold| hold.take_off(7, &all).unwrap())
            },
            Status::Allocated,
        ),
        (
            "release a part",
            {
                let all = shelves.clone();
                Box::new(move |hold: &Hold| hold.release_part(7, &all, Portion::NONE).unwrap())
            },
            Status::Allocated,
        ),
    ];
    for (name, next, status) in cases {
        let at_once = next(&allocated).unwrap().moves;
        let (after, moved, pieces) = in_pieces(allocated.clone(), &*next);
        assert_eq!((after.status(), after.taken().len(), pieces), (status, 0, 3), "{name}");
        assert_eq!(moved, at_once, "{name}");
    }
}

/// All of a wide allocation moves to as many other shelves.
#[test]
fn a_reallocation_too_large_for_one_transaction_is_made_in_pieces_and_once_or_taken_back() {
    let (held, shelves) = wide();
    let elsewhere = |letter: char| -> Vec<Allocation> { (0..250).map(|nth| of(&format!("{letter}{nth:03}"), 1)).collect() };
    let all = shelves.clone();
    let (was, _, _) = in_pieces(held, &move |hold| hold.allocate(&all, &[], &Known::new()).unwrap());
    let moving = |to: Vec<Allocation>| {
        let from = shelves.clone();
        move |hold: &Hold| hold.reallocate(9, (&from, &to), &[], &Known::new()).unwrap()
    };
    let first = moving(elsewhere('w'));
    let at_once = first(&was).unwrap().moves;
    let (now, moved, pieces) = in_pieces(was.clone(), &first);
    assert_eq!((now.allocated(), pieces), (quantities(&elsewhere('w')), 6));
    assert_eq!(moved, at_once);
    // After any piece, whoever goes on: with the same plan, with another, with none of it, with the order's death.
    for made in [1, 3, 5] {
        let mut begun = was.clone();
        for _ in 0..made {
            begun = first(&begun).unwrap().begun(&begun).unwrap().hold;
        }
        let (same, _, _) = in_pieces(begun.clone(), &first);
        assert_eq!(same.allocated(), now.allocated(), "{made}");
        let (other, sum, _) = in_pieces(begun.clone(), &moving(elsewhere('x')));
        assert_eq!((other.allocated(), other.held()), (quantities(&elsewhere('x')), now.held()), "{made}");
        let left = |moves: &Moves| moves.values().map(|delta| delta.left).sum::<i64>();
        assert_eq!(left(&sum) + left(&log::sum(&begun.log)) - left(&log::sum(&was.log)), left(&at_once), "{made}");
        let (back, _, _) = in_pieces(begun.clone(), &|hold| hold.taken_back(|run| run == 9));
        assert_eq!(
            log::sum(&back.log).into_iter().filter(|(_, delta)| (delta.left, delta.taken) != (0, 0)).collect::<Moves>(),
            {
                let mut sum = log::sum(&was.log);
                sum.retain(|_, delta| (delta.left, delta.taken) != (0, 0));
                sum
            },
            "{made}"
        );
        let (from, to) = (shelves.clone(), elsewhere('w'));
        let sourced = move |hold: &Hold| hold.release_sourced(7, 9, (&from, &to), Portion::NONE).unwrap();
        let (cancelled, _, _) = in_pieces(begun.clone(), &sourced);
        assert_eq!(cancelled.taken().len(), 0, "{made}");
        assert!(first(&cancelled).is_none(), "it is not made any more");
        let (dead, _, _) = in_pieces(begun, &Hold::release);
        for ended in [cancelled, dead] {
            let pool = |moves: &Moves| {
                moves.iter().filter(|(counter, _)| matches!(counter.of, Counted::Pool(_))).map(|(_, delta)| delta.left).sum::<i64>()
            };
            let all = log::sum(&ended.log);
            assert_eq!((pool(&all), left(&all) - pool(&all)), (0, 0), "{made}: all is left again, in the pool and on the shelves");
        }
    }
}

#[test]
fn what_a_piece_of_an_allocation_set_aside_goes_back_with_the_order_or_without() {
    let (held, shelves) = wide();
    let change = held.allocate(&shelves, &[], &Known::new()).unwrap().unwrap();
    let begun = change.begun(&held).unwrap().hold;
    assert_eq!((begun.status(), begun.allocated().len()), (Status::Held, 99));
    let (again, _, _) = in_pieces(begun.clone(), &|hold| hold.unbegun().unwrap());
    assert_eq!((again.status(), again.taken()), (Status::Held, held.taken()), "as before");
    let (dead, _, _) = in_pieces(begun.clone(), &Hold::release);
    assert_eq!((dead.status(), dead.taken().len()), (Status::Released, 0));
    // Another plan, made by the run after a crash.
    let elsewhere: Vec<Allocation> = shelves[50..].iter().cloned().chain((0..50).map(|nth| of(&format!("w{nth:03}"), 1))).collect();
    let wanted = elsewhere.clone();
    let (other, _, _) = in_pieces(begun, &move |hold| hold.allocate(&wanted, &[], &Known::new()).unwrap());
    assert_eq!((other.status(), other.allocated()), (Status::Allocated, quantities(&elsewhere)));
}

/// A piece knows no limit, so it counts nothing that has one.
#[test]
fn an_allocation_in_pieces_is_counted_on_its_days_with_the_last_of_them() {
    let (mut hold, shelves) = wide();
    let at = shelves[0].vendor_id.clone();
    let day = Budget { key: BudgetKey::VendorDay(at, "2026-11-26".parse().unwrap()), amount: 1, limit: 7 };
    let mut counted = Vec::new();
    while let Some(change) = hold.allocate(&shelves, std::slice::from_ref(&day), &Known::new()).unwrap() {
        let piece = change.begun(&hold).unwrap_or(change);
        let days = piece.moves.keys().filter(|counter| counter.of.sku().is_none()).count();
        counted.push((days, piece.limits.values().copied().collect::<Vec<_>>()));
        hold = piece.hold;
    }
    assert_eq!(counted, [(0, vec![]), (0, vec![]), (1, vec![7])]);
    let (dead, _, _) = in_pieces(hold, &Hold::release);
    assert_eq!((dead.status(), dead.taken().len()), (Status::Released, 0));
}
