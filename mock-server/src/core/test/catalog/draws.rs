//! Weighted aliases: each invoke is drawn for by itself, from the seed.

use super::{number, publish, to};
use crate::core::catalog::{Catalog, FunctionId, Resolved, Version};

/// A catalog with this seed, in which `live` leads to version 1, and to version 2 with this weight.
fn weighted(seed: u64, weight: f64) -> (Catalog<String>, FunctionId) {
    let mut catalog = Catalog::new(seed);
    let function = catalog.create("f", "one".to_owned());
    publish(&mut catalog, function);
    catalog.update(function, "two".to_owned()).unwrap();
    publish(&mut catalog, function);
    catalog.create_alias(function, "live", to(1).with_weight(2, weight)).unwrap();
    (catalog, function)
}

fn draw((catalog, function): &mut (Catalog<String>, FunctionId)) -> u64 {
    match catalog.resolve(*function, Some("live")).unwrap() {
        Resolved { version: Version::Number(number), alias: Some(alias) } if alias == "live" => number,
        other => panic!("{other:?}"),
    }
}

/// The numbers are those of SplitMix64, calculated elsewhere.
#[test]
fn a_seed_gives_this_sequence() {
    let mut weighted = weighted(7, 0.25);
    let drawn: Vec<_> = (0..24).map(|_| draw(&mut weighted)).collect();
    assert_eq!(drawn, [1, 2, 1, 1, 1, 2, 1, 1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1]);
}

#[test]
fn another_seed_gives_another_sequence_and_a_copy_the_same() {
    let (mut one, mut other) = (weighted(7, 0.5), weighted(8, 0.5));
    let mut copy = one.clone();
    let [one, copy, other] =
        [&mut one, &mut copy, &mut other].map(|drawn| (0..64).map(|_| draw(drawn)).collect::<Vec<_>>());
    assert_eq!(one, copy);
    assert_ne!(one, other);
}

#[test]
fn in_the_long_run_each_version_gets_its_part() {
    const DRAWS: u32 = 10_000;

    for (seed, weight) in [(0, 0.01), (1, 0.1), (2, 0.5), (3, 0.75), (4, 0.999)] {
        let mut weighted = weighted(seed, weight);
        let drawn = (0..DRAWS).filter(|_| draw(&mut weighted) == 2).count();
        let expected = f64::from(DRAWS) * weight;
        let sigma = (expected * (1.0 - weight)).sqrt();
        let drawn = f64::from(u32::try_from(drawn).unwrap());
        assert!((drawn - expected).abs() <= 4.0 * sigma, "seed {seed}, weight {weight}: {drawn}");
    }
}

#[test]
fn a_weight_of_nothing_is_never_drawn_and_one_of_everything_always() {
    for (weight, version) in [(0.0, 1), (1.0, 2)] {
        let mut weighted = weighted(0, weight);
        assert!((0..10_000).all(|_| draw(&mut weighted) == version), "{weight}");
    }
}

#[test]
fn only_invokes_of_weighted_aliases_draw() {
    let (mut busy, mut quiet) = (weighted(7, 0.5), weighted(7, 0.5));
    busy.0.create_alias(busy.1, "plain", to(1)).unwrap();
    for _ in 0..64 {
        for qualifier in [None, Some("1"), Some("$LATEST"), Some("plain"), Some("unknown")] {
            let _either = busy.0.resolve(busy.1, qualifier);
        }
        busy.0.check(busy.1, Some("live")).unwrap();
        assert_eq!(draw(&mut busy), draw(&mut quiet));
    }
    assert_eq!(busy.0.content(busy.1, number(2)), Some(&"two".to_owned()));
}
